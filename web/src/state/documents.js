// Documents, their indexing tasks, and uploads.

export const initial = { documents: null, tasks: {}, uploads: [] };

export const actions = {
  documents: (s, { documents }) => ({ ...s, documents }),
  "upload.added": (s, { uploads }) => ({ ...s, uploads: [...uploads, ...s.uploads] }),
  "upload.changed": (s, { id, change }) => ({
    ...s,
    uploads: s.uploads.map((u) => (u.id === id ? { ...u, ...change } : u)),
  }),
  "upload.removed": (s, { id }) => ({ ...s, uploads: s.uploads.filter((u) => u.id !== id) }),
};

export const events = {
  "document.added": (s, doc) => putDocument(s, doc),
  "document.updated": (s, doc) => putDocument(s, doc),
  "document.removed": (s, { document_id }) => ({
    ...s,
    documents: s.documents?.filter((doc) => doc.document_id !== document_id) ?? null,
  }),
  "task.updated": (s, task) => ({ ...s, tasks: { ...s.tasks, [task.task_id]: task } }),
};

function putDocument(state, doc) {
  const known = state.documents?.some((d) => d.document_id === doc.document_id);
  const documents = known
    ? state.documents.map((d) => (d.document_id === doc.document_id ? { ...d, ...doc } : d))
    : [doc, ...(state.documents ?? [])];
  const uploads = state.uploads.filter((u) => u.documentId !== doc.document_id);
  return { ...state, documents, uploads };
}
