import { html, useRef } from "../view.js";
import { bytes, plural } from "../format.js";
import { moveFocus } from "../keyboard.js";
import { ACCEPTED } from "../uploads.js";
import { Icon } from "./icons.js";
import { Panel } from "./panel.js";
import { Words } from "./words.js";

export function Documents({ state, actions, uploads, modal }) {
  const { documents, tasks } = state;
  const picker = useRef();
  const pick = () => {
    uploads.add(picker.current.files);
    picker.current.value = "";
  };
  return html`
    <${Panel} title="Documents" modal=${modal} onClose=${() => actions.openPanel(null)}>
      <div class="drop-here">
        <input ref=${picker} type="file" multiple hidden accept=${ACCEPTED.join(",")}
          onChange=${pick} />
        <button type="button" class="button primary"
          onClick=${() => picker.current.click()}><${Icon} name="upload" size=${18}
          /> Add documents</button>
        <span class="muted"><span
          class="with-mouse">or drop files and folders on this page, </span>${state.limits.max_upload_bytes ? `up to ${bytes(state.limits.max_upload_bytes)} each` : ""}</span>
      </div>
      ${documents === null && html`<p class="waiting">Loading your documents…</p>`}
      ${
        documents?.length === 0 &&
        !state.uploads.length &&
        html`<p
        class="panel-empty">No documents yet. What you add here can be asked about in every conversation.</p>`
      }
      <ul class="documents" aria-label="Documents"
        onKeyDown=${(event) => moveFocus(event, ".document-name")}>
        ${state.uploads.map(
          (upload) => html`<${Upload} key=${upload.id} upload=${upload}
          uploads=${uploads} />`,
        )}
        ${documents?.map(
          (doc) => html`<${Document} key=${doc.document_id} doc=${doc}
          task=${tasks[doc.task_id]} actions=${actions} />`,
        )}
      </ul>
    <//>
  `;
}

const UPLOAD_WORDS = {
  waiting: "Waiting",
  uploading: "Uploading",
  accepted: "Uploaded",
  duplicate: "Already in your library",
};

function Upload({ upload, uploads }) {
  const { name, size, status, progress, error, again } = upload;
  const over = status === "failed" || status === "duplicate";
  return html`
    <li class="document" data-status=${status}>
      <div class="document-main">
        <span class="document-title">${name}</span>
        ${
          status === "failed"
            ? html`<p class="problem" role="alert"><${Words} text=${error} /></p>`
            : html`<span class="muted">${UPLOAD_WORDS[status]} · ${bytes(size)}</span>`
        }
        ${
          status === "uploading" &&
          html`<${Progress} value=${progress} label=${`Uploading ${name}`}
          />`
        }
      </div>
      ${
        again &&
        html`<button type="button" class="icon-button small"
        aria-label=${`Try ${name} again`} title="Try again"
        onClick=${() => uploads.again(upload)}><${Icon} name="retry" size=${16} /></button>`
      }
      ${
        over &&
        html`<button type="button" class="icon-button small" aria-label=${`Dismiss ${name}`}
        title="Dismiss" onClick=${() => uploads.dismiss(upload.id)}><${Icon} name="close" size=${16}
        /></button>`
      }
    </li>
  `;
}

function Document({ doc, task, actions }) {
  const { document_id: id, title, status, error } = doc;
  const read = () => actions.openPanel({ kind: "source", document: doc });
  const remove = () =>
    actions.openDialog({
      title: "Delete this document?",
      text: `“${title}” will be removed with everything that was indexed from it. Answers that cite it stay, but can no longer open it.`,
      verb: "Delete",
      onConfirm: () => actions.removeDocument(id),
    });
  const working = status === "queued" || status === "indexing";
  return html`
    <li class="document" data-status=${status}>
      <div class="document-main">
        <button type="button" class="document-name document-title" disabled=${status !== "ready"}
          title=${title} onClick=${read}>${title}</button>
        ${
          status === "failed"
            ? html`<p class="problem"><${Words}
              text=${error ?? "This document could not be read. Delete it and try another file."}
              /></p>`
            : html`<span class="muted">${facts(doc, task)}</span>`
        }
        ${working && html`<${Progress} value=${task?.progress} label=${`Indexing ${title}`} />`}
      </div>
      <button type="button" class="icon-button small" aria-label=${`Delete ${title}`} title="Delete"
        onClick=${remove}><${Icon} name="trash" size=${16} /></button>
    </li>
  `;
}

function facts({ status, pages, bytes: size }, task) {
  if (status === "queued") return "Waiting to be read";
  if (status === "indexing") return task?.message || "Reading";
  return [bytes(size), pages && plural(pages, "page")].filter(Boolean).join(" · ");
}

function Progress({ value, label }) {
  return html`<progress class="progress" max="1" value=${value ?? null}
    aria-label=${label}></progress>`;
}
