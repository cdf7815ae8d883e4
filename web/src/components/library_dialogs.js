import { libraryGroups, parseTags } from "../library_lists.js";
import { canEditLibrary, html, Modal, Select, t, useState } from "../shared.js";

/** The dialog about documents that is open. */
export function LibraryDialog({ kind, ...props }) {
  const Window = kind === "tags" ? TagsDialog : MoveDialog;
  return html`<${Window} ...${props} />`;
}

/** The tags of a document; of several, those that all of them get besides. */
function TagsDialog({ documents, actions, close }) {
  const only = documents.length === 1 ? documents[0] : null;
  const title = only ? t("library.editTags") : t("library.addTags");
  const [text, setText] = useState((only?.tags ?? []).join(", "));
  const submit = (event) => {
    event.preventDefault();
    close();
    inTurn(documents, ({ document_id, tags = [] }) =>
      actions.changeDocument({
        document_id,
        tags: only ? parseTags(text) : [...new Set([...tags, ...parseTags(text)])],
      }),
    );
  };
  return html`
    <${Modal} label=${title} onClose=${close}>
      <form class="stack" onSubmit=${submit}>
        <h2>${title}</h2>
        <p>${only?.title ?? t("library.count", { count: documents.length })}</p>
        <label class="field"><span>${t("library.tags")}</span>
          <input data-focus value=${text} maxlength="1000" autocomplete="off"
            onInput=${(event) => setText(event.target.value)} />
          <small class="muted">${t("library.tagsHint")}</small></label>
        <${Buttons} verb=${t("library.save")} close=${close} />
      </form>
    <//>
  `;
}

function MoveDialog({ documents, state, actions, close }) {
  const from = documents[0].collection_id ?? state.user.id;
  const options = libraryGroups(state)
    .flatMap(({ libraries }) => libraries)
    .filter(({ id, role }) => id !== from && canEditLibrary(role))
    .map(({ id, name }) => ({ value: id, text: name }));
  const [target, setTarget] = useState(options[0]?.value);
  const submit = (event) => {
    event.preventDefault();
    close();
    inTurn(documents, ({ document_id }) =>
      actions.changeDocument({ document_id, collection_id: target }),
    );
  };
  return html`
    <${Modal} label=${t("library.moveTitle", { count: documents.length })} onClose=${close}>
      <form class="stack" onSubmit=${submit}>
        <h2>${t("library.moveTitle", { count: documents.length })}</h2>
        ${
          options.length
            ? html`<p>${t("library.moveText")}</p>
            <${Select} label=${t("library.moveTo")} value=${target} options=${options}
              onPick=${setTarget} data-focus />`
            : html`<p>${t("library.moveNowhere")}</p>`
        }
        <${Buttons} verb=${t("library.move")} close=${close} disabled=${!options.length} />
      </form>
    <//>
  `;
}

// One after the other, so that the server is not asked for hundreds of changes at once.
async function inTurn(documents, change) {
  for (const doc of documents) await change(doc);
}

function Buttons({ verb, close, disabled = false }) {
  return html`<div class="modal-buttons">
    <button type="button" class="button" onClick=${close}>${t("common.cancel")}</button>
    <button class="button primary" disabled=${disabled}>${verb}</button>
  </div>`;
}
