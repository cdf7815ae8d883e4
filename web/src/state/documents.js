// Documents, uploads, and the tasks of the user.

export const initial = { documents: null, collections: null, tasks: {}, uploads: [] };

export const actions = {
  // The list is without the documents of rooms, which are loaded one room at a time.
  documents: (s, { documents }) => ({
    ...s,
    documents: [...documents, ...(s.documents?.filter(isOfRoom(s)) ?? [])],
  }),
  "library.documents": (s, { libraryId, documents }) => ({
    ...s,
    documents: [...documents, ...(s.documents ?? []).filter((doc) => !isIn(s, doc, libraryId))],
  }),
  collections: (s, { collections }) => ({ ...s, collections }),
  "collection.changed": (s, { collection }) => putCollection(s, collection),
  tasks: (s, { tasks }) => putTasks({ ...s, tasks: {} }, tasks),
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
  "collection.updated": (s, collection) => putCollection(s, collection),
  "collection.deleted": (s, { collection_id: id }) => ({
    ...s,
    collections: s.collections?.filter((one) => one.collection_id !== id) ?? null,
    documents: s.documents?.filter((doc) => doc.collection_id !== id) ?? null,
  }),
  "task.updated": (s, task) => putTasks(s, [task]),
};

const MAX_TASKS = 200;

/** Whether a task has not ended. */
export const isActive = ({ status }) => status === "pending" || status === "running";

/** The tasks, those that have not ended first, otherwise the newest first. */
export const tasksInOrder = (tasks) =>
  Object.values(tasks).sort(
    (a, b) => isActive(b) - isActive(a) || (a.created_at < b.created_at ? 1 : -1),
  );

// The oldest ended tasks are forgotten beyond a limit.
function putTasks(state, changed) {
  const tasks = { ...state.tasks };
  for (const task of changed) tasks[task.task_id] = task;
  for (const { task_id } of tasksInOrder(tasks).slice(MAX_TASKS)) delete tasks[task_id];
  return { ...state, tasks };
}

const isOfRoom = ({ rooms }) => (doc) =>
  rooms?.some((room) => room.room_id === doc.collection_id) ?? false;

const isIn = ({ user }, doc, libraryId) => (doc.collection_id ?? user.id) === libraryId;

/** Adds a collection or puts it in place of its earlier state; they are listed by name. */
function putCollection(state, collection) {
  const { collection_id: id } = collection;
  const others = (state.collections ?? []).filter((one) => one.collection_id !== id);
  const collections = [...others, collection].sort((a, b) => a.name.localeCompare(b.name));
  return { ...state, collections };
}

function putDocument(state, doc) {
  const known = state.documents?.some((d) => d.document_id === doc.document_id);
  const documents = known
    ? state.documents.map((d) => (d.document_id === doc.document_id ? doc : d))
    : [doc, ...(state.documents ?? [])];
  const uploads = state.uploads.filter((u) => u.documentId !== doc.document_id);
  return { ...state, documents, uploads };
}
