import {
  confirmDeletion,
  formatBytes,
  formatDate,
  html,
  Icon,
  joinFacts,
  Menu,
  t,
  TextWithCode,
  variant,
} from "../shared.js";

/** A document of a library, with what the user may do with it. */
export function LibraryDocument(props) {
  const { doc, task, actions, edits, onTag, openDialog, selected, onSelect } = props;
  const { document_id: id, title, status, error, tags = [], notes = [] } = doc;
  const working = status === "queued" || status === "indexing";
  return html`
    <li class="document" data-status=${status}>
      ${
        onSelect &&
        html`<label class="check-document"><input type="checkbox" checked=${selected}
          aria-label=${t("library.select", { title })}
          onChange=${(event) => onSelect(id, event.target.checked)} /></label>`
      }
      <div class="document-main">
        <button type="button" class="document-name document-title" disabled=${status !== "ready"}
          title=${title}
          onClick=${() => actions.openPanel({ kind: "source", document: doc })}>${title}</button>
        ${
          status === "failed" &&
          html`<p class="problem"><${TextWithCode} text=${error ?? t("documents.failed")} /></p>`
        }
        <span class="muted">${factsOf(doc, task)}</span>
        ${
          status === "ready" &&
          notes.map(
            ({ kind, params, text }) => html`<p key=${kind} class="document-note">${
              variant("documents.note", kind, params) ?? text
            }</p>`,
          )
        }
        ${
          tags.length > 0 &&
          html`<ul class="tags" aria-label=${t("library.tagsOf", { title })}>${tags.map(
            (tag) => html`<li key=${tag}><button type="button" class="tag"
            onClick=${() => onTag(tag)}>${tag}</button></li>`,
          )}</ul>`
        }
        ${
          working &&
          html`<progress class="progress" max="1" value=${task?.progress ?? null}
          aria-label=${t("documents.indexing", { title })}></progress>`
        }
      </div>
      ${
        edits &&
        status === "failed" &&
        html`<button type="button" class="button quiet" aria-label=${t("library.retryOf", { title })}
        onClick=${() => actions.retryDocument(id)}><${Icon} name="retry" size=${16}
        /> ${t("library.retry")}</button>`
      }
      ${
        edits &&
        html`<${Menu} label=${t("library.documentMenu", { title })}
        items=${actsOn(doc, actions, openDialog)} />`
      }
    </li>
  `;
}

function factsOf({ status, pages, bytes, created_at: added }, task) {
  if (status === "queued") return t("documents.queued");
  if (status === "indexing") return task?.message || t("documents.reading");
  return joinFacts([
    formatBytes(bytes),
    pages && t("documents.pages", { count: pages }),
    formatDate(added),
  ]);
}

function actsOn(doc, actions, openDialog) {
  const { document_id: id, title } = doc;
  const rename = () =>
    actions.openDialog({
      kind: "prompt",
      title: t("library.renameDocument"),
      label: t("library.documentTitle"),
      value: title,
      verb: t("common.rename"),
      onConfirm: (picked) => actions.changeDocument({ document_id: id, title: picked }),
    });
  return [
    { text: t("common.rename"), icon: "pencil", act: rename },
    {
      text: t("library.editTags"),
      icon: "tag",
      act: () => openDialog({ kind: "tags", documents: [doc] }),
    },
    {
      text: t("library.move"),
      icon: "folder",
      act: () => openDialog({ kind: "move", documents: [doc] }),
    },
    { text: t("common.delete"), icon: "trash", danger: true, act: () => confirmDeletion(doc, actions) },
  ];
}
