import { filterDocuments, ORDERS } from "../library_lists.js";
import {
  canStartChats,
  canUpload,
  formatBytes,
  html,
  Icon,
  moveFocus,
  Select,
  t,
  Upload,
  useMemo,
  useRef,
  useState,
  variant,
} from "../shared.js";
import { LibraryDialog } from "./library_dialogs.js";
import { Selection } from "./library_selection.js";
import { LibraryDocument } from "./library_document.js";

const PORTION = 100;

/** The documents of one library, with what finds, sorts and adds them. */
export function LibraryDocuments(props) {
  const { state, actions, uploads, libraryId, documents, tags, edits, loading } = props;
  const [query, setQuery] = useState("");
  const [order, setOrder] = useState("newest");
  const [picked, setTag] = useState(null);
  const [shown, setShown] = useState(PORTION);
  const [dialog, setDialog] = useState(null);
  const [selected, setSelected] = useState([]);
  const tag = tags.includes(picked) ? picked : null;
  const found = useMemo(
    () => filterDocuments(documents, { query, tag, order }),
    [documents, query, tag, order],
  );
  const chosen = found.filter((doc) => selected.includes(doc.document_id));
  const select = (id, on) =>
    setSelected(on ? [...selected, id] : selected.filter((one) => one !== id));
  const uploading = state.uploads.filter((one) => (one.libraryId ?? state.user.id) === libraryId);
  const selects = found.length > 1 && (edits || canStartChats(state.user));
  const takesFiles = edits && canUpload(state.user);
  return html`
    ${takesFiles && html`<${AddFiles} uploads=${uploads} libraryId=${libraryId} limit=${state.limits.max_upload_bytes} />`}
    ${
      documents.length > 0 &&
      html`<div class="view-tools">
      <label class="field grow"><span class="visually-hidden">${t("library.find")}</span>
        <input type="search" placeholder=${t("library.find")} value=${query}
          onInput=${(event) => setQuery(event.target.value)} /></label>
      <${Select} label=${t("library.sort")} value=${order} onPick=${setOrder} quiet
        options=${ORDERS.map((value) => ({ value, text: variant("library.order", value) }))} />
    </div>`
    }
    ${tags.length > 0 && html`<${TagFilter} tags=${tags} tag=${tag} onPick=${setTag} />`}
    ${
      documents.length > 0
        ? html`<p class="muted" role="status">${t("library.count", { count: found.length })}</p>`
        : !uploading.length &&
          html`<p class="muted">${
            loading ? t("documents.loading") : t("library.empty")
          }</p>`
    }
    ${
      selects &&
      html`<${Selection} edits=${edits} user=${state.user} chosen=${chosen} found=${found} onSelect=${setSelected}
      actions=${actions} openDialog=${setDialog} />`
    }
    <ul class="documents" aria-label=${t("documents.title")}
      onKeyDown=${(event) => moveFocus(event, ".document-name")}>
      ${uploading.map(
        (upload) => html`<${Upload} key=${upload.id} upload=${upload} uploads=${uploads} />`,
      )}
      ${found.slice(0, shown).map(
        (doc) => html`<${LibraryDocument} key=${doc.document_id} doc=${doc}
        task=${state.tasks[doc.task_id]} actions=${actions} edits=${edits} onTag=${setTag}
        openDialog=${setDialog} selected=${selected.includes(doc.document_id)}
        onSelect=${selects && select} />`,
      )}
    </ul>
    ${
      found.length > shown &&
      html`<button type="button" class="button" onClick=${() => setShown(shown + PORTION)}>${t("library.more")}</button>`
    }
    ${
      dialog &&
      html`<${LibraryDialog} ...${dialog} state=${state} actions=${actions}
      close=${() => setDialog(null)} />`
    }
  `;
}

function AddFiles({ uploads, libraryId, limit }) {
  const picker = useRef();
  const pick = () => {
    uploads.add(picker.current.files, libraryId);
    picker.current.value = "";
  };
  return html`
    <div class="drop-here">
      <input ref=${picker} type="file" multiple hidden onChange=${pick} />
      <button type="button" class="button primary" onClick=${() => picker.current.click()}><${Icon}
        name="upload" size=${18} /> ${t("documents.add")}</button>
      <span class="muted"><span class="with-mouse">${t("library.drop")} </span>${
        limit && t("documents.limit", { size: formatBytes(limit) })
      }</span>
    </div>
  `;
}

function TagFilter({ tags, tag, onPick }) {
  return html`
    <div class="tags" role="group" aria-label=${t("library.tagFilter")}>
      ${tags.map(
        (one) => html`<button type="button" key=${one} class="tag" aria-pressed=${one === tag}
        onClick=${() => onPick(one === tag ? null : one)}>${one}</button>`,
      )}
    </div>
  `;
}
