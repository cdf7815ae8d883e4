import { html, useRef } from "../preact.js";
import { confirmDeletion } from "../document_deletion.js";
import { formatBytes, joinFacts } from "../format.js";
import { t, variant } from "../i18n/index.js";
import { moveFocus } from "../keyboard.js";
import { canEditLibrary, libraryRole } from "../permissions.js";
import { toLibrary } from "../routes.js";
import { Icon } from "./icons.js";
import { Panel } from "./panel.js";
import { TextWithCode } from "./text_with_code.js";

export function Documents({ state, actions, uploads, modal }) {
  const { documents, tasks } = state;
  const limit = state.limits.max_upload_bytes;
  const picker = useRef();
  const pick = () => {
    uploads.add(picker.current.files);
    picker.current.value = "";
  };
  return html`
    <${Panel} title=${t("documents.title")} modal=${modal} onClose=${() => actions.openPanel(null)}>
      <div class="drop-here">
        <input ref=${picker} type="file" multiple hidden
          onChange=${pick} />
        <button type="button" class="button primary"
          onClick=${() => picker.current.click()}><${Icon} name="upload" size=${18}
          /> ${t("documents.add")}</button>
        <a class="button" href=${toLibrary()}><${Icon} name="folder" size=${18}
          /> ${t("library.title")}</a>
        <span class="muted"><span class="with-mouse">${t("documents.drop")} </span>${
          limit && t("documents.limit", { size: formatBytes(limit) })
        }</span>
      </div>
      ${documents === null && html`<p class="waiting">${t("documents.loading")}</p>`}
      ${
        documents?.length === 0 &&
        !state.uploads.length &&
        html`<p
        class="panel-empty">${t("documents.empty")}</p>`
      }
      <ul class="documents" aria-label=${t("documents.title")}
        onKeyDown=${(event) => moveFocus(event, ".document-name")}>
        ${state.uploads.map(
          (upload) => html`<${Upload} key=${upload.id} upload=${upload}
          uploads=${uploads} />`,
        )}
        ${documents?.map(
          (doc) => html`<${Document} key=${doc.document_id} doc=${doc}
          task=${tasks[doc.task_id]} actions=${actions}
          edits=${!doc.collection_id || canEditLibrary(libraryRole(state, doc.collection_id))} />`,
        )}
      </ul>
    <//>
  `;
}

/** A file that is being uploaded, or could not be. */
export function Upload({ upload, uploads }) {
  const { name, size, status, libraryId, progress, error, again } = upload;
  const over = status === "failed" || status === "duplicate";
  return html`
    <li class="document" data-status=${status}>
      <div class="document-main">
        <span class="document-title">${name}</span>
        ${
          status === "failed"
            ? html`<p class="problem" role="alert"><${TextWithCode} text=${error} /></p>`
            : html`<span
              class="muted">${joinFacts([variant("upload.status", libraryId && status === "duplicate" ? "present" : status), formatBytes(size)])}</span>`
        }
        ${
          status === "uploading" &&
          html`<${Progress} value=${progress} label=${t("upload.progress", { name })}
          />`
        }
      </div>
      ${
        again &&
        html`<button type="button" class="icon-button small"
        aria-label=${t("upload.retry", { name })} title=${t("common.tryAgain")}
        onClick=${() => uploads.again(upload)}><${Icon} name="retry" size=${16} /></button>`
      }
      ${
        over &&
        html`<button type="button" class="icon-button small"
          aria-label=${t("upload.dismiss", { name })}
        title=${t("common.dismiss")} onClick=${() => uploads.dismiss(upload.id)}><${Icon}
        name="close" size=${16}
        /></button>`
      }
    </li>
  `;
}

function Document({ doc, task, actions, edits }) {
  const { document_id: id, title, status, error, notes } = doc;
  const read = () => actions.openPanel({ kind: "source", document: doc });
  const working = status === "queued" || status === "indexing";
  return html`
    <li class="document" data-status=${status}>
      <div class="document-main">
        <button type="button" class="document-name document-title" disabled=${status !== "ready"}
          title=${title} onClick=${read}>${title}</button>
        ${
          status === "failed"
            ? html`<p class="problem"><${TextWithCode}
              text=${error ?? t("documents.failed")}
              /></p>`
            : html`<span class="muted">${stateOf(doc, task)}</span>`
        }
        ${
          status === "ready" &&
          notes?.map(
            ({ kind, params, text }) => html`<p key=${kind} class="document-note">${
              variant("documents.note", kind, params) ?? text
            }</p>`,
          )
        }
        ${working && html`<${Progress} value=${task?.progress} label=${t("documents.indexing", { title })} />`}
      </div>
      ${
        edits &&
        html`<button type="button" class="icon-button small"
        aria-label=${t("documents.delete", { title })} title=${t("common.delete")}
        onClick=${() => confirmDeletion(doc, actions)}><${Icon} name="trash" size=${16} /></button>`
      }
    </li>
  `;
}

function stateOf({ status, pages, bytes: size }, task) {
  if (status === "queued") return t("documents.queued");
  if (status === "indexing") return task?.message || t("documents.reading");
  return joinFacts([formatBytes(size), pages && t("documents.pages", { count: pages })]);
}

function Progress({ value, label }) {
  return html`<progress class="progress" max="1" value=${value ?? null}
    aria-label=${label}></progress>`;
}
