import { libraryName, libraryOf, tagsOf } from "../library_lists.js";
import {
  canEditLibrary,
  canStartChats,
  canUpload,
  describeError,
  html,
  Icon,
  libraryRole,
  Menu,
  t,
  toLibrary,
  useEffect,
  useMediaQuery,
  useState,
} from "../shared.js";
import { LibraryDocuments } from "./library_documents.js";
import { ShareDialog } from "./library_sharing.js";
import { LibraryNav, LibrarySelect } from "./library_nav.js";

/** Collections, and the documents of the one that is open. */
export function Library({ state, actions, uploads }) {
  const { user, view } = state;
  const narrow = useMediaQuery("(max-width: 760px)");
  const libraryId = view.libraryId ?? user?.id;
  const [loaded, setLoaded] = useState(null);
  const [problem, setProblem] = useState(null);
  const load = async () => {
    setProblem(null);
    try {
      await Promise.all([actions.loadCollections(), actions.loadLibrary(libraryId)]);
    } catch (error) {
      if (error.kind !== "not_found") setProblem(error);
    }
    setLoaded(libraryId);
  };
  useEffect(() => void (user && load()), [libraryId, user?.id]);
  if (!user) return html`<p class="waiting view">${t("common.connecting")}</p>`;
  const role = libraryRole(state, libraryId);
  const Nav = narrow ? LibrarySelect : LibraryNav;
  const add = () => actions.openDialog(newCollection(actions));
  return html`
    <div class="view-scroll" tabindex="-1"><div class="view library-view">
      <div class="library-head">
        <h1>${t("library.title")}</h1>
        ${
          canUpload(user) &&
          html`<button type="button" class="button" onClick=${add}><${Icon} name="plus" size=${18}
          /> ${t("library.new")}</button>`
        }
      </div>
      <${Nav} state=${state} libraryId=${libraryId} />
      <section class="library-open" aria-label=${libraryName(state, libraryId)}>
        ${
          problem &&
          html`<p class="problem" role="alert">${describeError(problem).message}
          <button type="button" class="link" onClick=${load}>${t("common.tryAgain")}</button></p>`
        }
        ${
          role === null
            ? html`<p class="muted">${
                loaded === libraryId ? t("library.gone") : t("documents.loading")
              }</p>`
            : html`<${OpenLibrary} key=${libraryId} state=${state} actions=${actions}
              uploads=${uploads} libraryId=${libraryId} role=${role}
              loading=${loaded !== libraryId} />`
        }
      </section>
    </div></div>
  `;
}

function OpenLibrary({ state, actions, uploads, libraryId, role, loading }) {
  const collection = state.collections?.find((one) => one.collection_id === libraryId);
  const documents = libraryOf(state, libraryId);
  const edits = canEditLibrary(role);
  const owned = role === "owner" ? collection : null;
  const name = libraryName(state, libraryId);
  const ask = () => actions.askOnly({ name, collection_ids: [libraryId] });
  const [sharing, setSharing] = useState(false);
  return html`
    <div class="library-head">
      <h2>${name}</h2>
      ${!edits && html`<span class="chip">${t("library.readOnly")}</span>`}
      ${
        canStartChats(state.user) &&
        documents.length > 0 &&
        html`<button type="button" class="button quiet"
          aria-label=${t("library.askHereHint", { name })} onClick=${ask}><${Icon} name="send"
          size=${16} /> ${t("library.askHere")}</button>`
      }
      ${
        owned &&
        html`<button type="button" class="button quiet" onClick=${() => setSharing(true)}><${Icon}
          name="people" size=${16} /> ${t("library.share")}</button>
        <${Menu} label=${t("library.menu", { name: collection.name })}
        items=${actsOn(collection, documents.length, actions)} />`
      }
    </div>
    ${
      owned &&
      sharing &&
      html`<${ShareDialog} state=${state} actions=${actions} collection=${owned}
      close=${() => setSharing(false)} />`
    }
    <${LibraryDocuments} state=${state} actions=${actions} uploads=${uploads}
      libraryId=${libraryId} documents=${documents} tags=${tagsOf(documents)} edits=${edits}
      loading=${loading} />
  `;
}

const newCollection = (actions) => ({
  kind: "prompt",
  title: t("library.new"),
  text: t("library.newHint"),
  label: t("common.name"),
  value: "",
  verb: t("library.create"),
  onConfirm: (name) =>
    actions
      .createCollection(name)
      .then((made) => (location.hash = toLibrary(made.collection_id)), actions.showError),
});

function actsOn({ collection_id: id, name }, count, actions) {
  const rename = () =>
    actions.openDialog({
      kind: "prompt",
      title: t("library.rename"),
      label: t("common.name"),
      value: name,
      verb: t("common.rename"),
      onConfirm: (picked) => actions.changeCollection({ collection_id: id, name: picked }),
    });
  const remove = () =>
    actions.openDialog({
      title: t("library.deleteTitle", { name }),
      text: t("library.deleteText", { count }),
      verb: t("library.delete"),
      onConfirm: () => actions.deleteCollection({ collection_id: id }),
    });
  return [
    { text: t("common.rename"), icon: "pencil", act: rename },
    { text: t("library.delete"), icon: "trash", danger: true, act: remove },
  ];
}
