import { libraryGroups, parseTags } from "../library_lists.js";
import { canEditLibrary, html, Modal, Select, t, useState } from "../shared.js";

/** The dialog about documents that is open. */
export function LibraryDialog({ kind, ...props }) {
  const Window = kind === "tags" ? TagsDialog : MoveDialog;
  return html`<${Window} ...${props} />`;
}

function TagsDialog({ documents: [doc], actions, close }) {
  const [text, setText] = useState((doc.tags ?? []).join(", "));
  const submit = (event) => {
    event.preventDefault();
    close();
    actions.changeDocument({ document_id: doc.document_id, tags: parseTags(text) });
  };
  return html`
    <${Modal} label=${t("library.editTags")} onClose=${close}>
      <form class="stack" onSubmit=${submit}>
        <h2>${t("library.editTags")}</h2>
        <p>${doc.title}</p>
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
    for (const { document_id: id } of documents)
      actions.changeDocument({ document_id: id, collection_id: target });
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

function Buttons({ verb, close, disabled = false }) {
  return html`<div class="modal-buttons">
    <button type="button" class="button" onClick=${close}>${t("common.cancel")}</button>
    <button class="button primary" disabled=${disabled}>${verb}</button>
  </div>`;
}
