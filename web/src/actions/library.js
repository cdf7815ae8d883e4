// Collections, and changes of the documents in them.

const DOCUMENTS_PAGE = 200;

export function libraryActions({ store: { dispatch }, client, attempt }) {
  const change = (method) => (params) => attempt(client.call(method, params));
  const show = ({ collection }) =>
    collection && dispatch({ type: "collection.changed", collection });
  return {
    async loadCollections() {
      dispatch({ type: "collections", ...(await client.call("collections.list")) });
    },
    /** Loads the documents of a collection or a room; one's own user id is that of one's own. */
    async loadLibrary(libraryId) {
      const documents = await allDocuments(client, { collection_id: libraryId });
      dispatch({ type: "library.documents", libraryId, documents });
    },
    async createCollection(name) {
      const { collection } = await client.call("collections.create", { name });
      dispatch({ type: "collection.changed", collection });
      return collection;
    },
    /** Loads with whom a collection is shared, which only its owners learn. */
    loadShares: (id) => client.call("collections.get", { collection_id: id }).then(show),
    shareCollection: (id, subject, role) =>
      client.call("collections.share", { ...named(id, subject), role }).then(show),
    unshareCollection: (id, subject) =>
      client.call("collections.unshare", named(id, subject)).then(show),
    changeCollection: change("collections.update"),
    deleteCollection: change("collections.delete"),
    changeDocument: change("documents.update"),
    retryDocument: (id) => attempt(client.call("documents.retry", { document_id: id })),
  };
}

const FIELDS = { user: "user_id", group: "group", room: "room_id" };
const named = (id, subject) => ({ collection_id: id, [FIELDS[subject.kind]]: subject.id });

/** All documents of a list, page by page. */
export async function allDocuments(client, params = {}) {
  let documents = [];
  for (let after; ; ) {
    const asked = { limit: DOCUMENTS_PAGE, ...params, ...(after && { after }) };
    const page = await client.call("documents.list", asked);
    documents = documents.concat(page.documents);
    after = page.next;
    if (!after) return documents;
  }
}
