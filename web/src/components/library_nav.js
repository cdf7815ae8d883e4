import { libraryGroups } from "../library_lists.js";
import { html, Icon, moveFocus, Select, t, toLibrary, variant } from "../shared.js";

const ICONS = { own: "folder", shared: "people", rooms: "at" };

/** The libraries that the user may see, at the side. */
export function LibraryNav({ state, libraryId }) {
  const counts = countsIn(state);
  return html`
    <nav class="library-nav" aria-label=${t("library.collections")}
      onKeyDown=${(event) => moveFocus(event, "a")}>
      ${libraryGroups(state).map(
        ({ kind, libraries }) => html`
        <h3 key=${`${kind}-title`}>${variant("library.group", kind)}</h3>
        <ul key=${kind}>${libraries.map(
          ({ id, name }) => html`<li key=${id}>
          <a href=${toLibrary(id)} aria-current=${id === libraryId ? "page" : null} title=${name}>
            <${Icon} name=${id === state.user.id ? "user" : ICONS[kind]} size=${16} />
            <span class="library-name">${name}</span>
            ${counts[id] > 0 && html`<span class="count">${counts[id]}</span>`}
          </a></li>`,
        )}</ul>`,
      )}
    </nav>
  `;
}

/** The same on narrow screens. */
export function LibrarySelect({ state, libraryId }) {
  const options = libraryGroups(state).flatMap(({ kind, libraries }) =>
    libraries.map(({ id, name }) => ({
      value: id,
      text: t("library.inGroup", { group: variant("library.group", kind), name }),
    })),
  );
  return html`<${Select} label=${t("library.collections")} value=${libraryId} options=${options}
    onPick=${(id) => (location.hash = toLibrary(id))} />`;
}

function countsIn({ documents, user }) {
  const counts = {};
  for (const doc of documents ?? []) {
    const id = doc.collection_id ?? user.id;
    counts[id] = (counts[id] ?? 0) + 1;
  }
  return counts;
}
