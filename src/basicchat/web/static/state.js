// The page's state and how each action changes it. Pure: no I/O, no clock, no DOM.

export const initial = {
  connection: { status: "idle", transport: null },
  locked: false,
  user: null,
  limits: {},
  rooms: null,
  roomId: null,
  chats: {},
  runs: {},
  documents: null,
  tasks: {},
  uploads: [],
  models: [],
  provider: null,
  modes: [],
  chosen: { model: null, mode: "auto" },
  panel: null,
  drawer: false,
  dialog: null,
  notice: null,
};

const emptyChat = {
  messages: [],
  pending: [],
  older: null,
  loading: true,
  error: null,
  shown: {},
};

const actions = {
  connection: (s, { state }) => ({
    ...s,
    connection: state,
    user: state.user ?? s.user,
    locked: isLocked(s, state),
  }),
  limits: (s, { limits }) => ({ ...s, limits }),
  catalogue: (s, { models, provider, modes }) => ({ ...s, models, provider, modes }),
  chosen: (s, { chosen }) => ({ ...s, chosen: { ...s.chosen, ...chosen } }),
  panel: (s, { panel }) => ({ ...s, panel, drawer: false }),
  drawer: (s, { open }) => ({ ...s, drawer: open }),
  dialog: (s, { dialog }) => ({ ...s, dialog }),
  notice: (s, { notice }) => ({ ...s, notice }),

  rooms: (s, { rooms }) => ({ ...s, rooms }),
  open: (s, { roomId }) => ({ ...s, roomId, drawer: false, rooms: markRead(s.rooms, roomId) }),
  snapshot: (s, snapshot) => applySnapshot(s, snapshot),
  "chat.failed": (s, { roomId, error }) => chat(s, roomId, () => ({ loading: false, error })),
  "chat.loading": (s, { roomId }) => chat(s, roomId, () => ({ loading: true, error: null })),
  older: (s, { roomId, messages, next }) =>
    chat(s, roomId, (c) => ({ messages: merge(messages, c.messages), older: next ?? null })),
  shown: (s, { roomId, parentId, messageId }) =>
    chat(s, roomId, (c) => ({ shown: { ...c.shown, [parentId]: messageId } })),

  pending: (s, { roomId, item }) => chat(s, roomId, (c) => ({ pending: [...c.pending, item] })),
  "pending.failed": (s, { roomId, id, error }) =>
    chat(s, roomId, (c) => ({
      pending: c.pending.map((p) => (p.id === id ? { ...p, error } : p)),
    })),
  "pending.done": (s, { roomId, id }) =>
    chat(s, roomId, (c) => ({ pending: c.pending.filter((p) => p.id !== id) })),
  "pending.accepted": (s, { roomId, id, seq }) => acceptPending(s, roomId, id, seq),
  begun: (s, { from, roomId, id }) => beginRoom(s, from, roomId, id),

  text: (s, { texts }) => {
    const runs = { ...s.runs };
    for (const [id, parts] of Object.entries(texts))
      if (runs[id]) runs[id] = { ...runs[id], parts };
    return { ...s, runs };
  },
  run: (s, { run }) => putRun(s, run),

  documents: (s, { documents }) => ({ ...s, documents }),
  "upload.added": (s, { uploads }) => ({ ...s, uploads: [...uploads, ...s.uploads] }),
  "upload.changed": (s, { id, change }) => ({
    ...s,
    uploads: s.uploads.map((u) => (u.id === id ? { ...u, ...change } : u)),
  }),
  "upload.gone": (s, { id }) => ({ ...s, uploads: s.uploads.filter((u) => u.id !== id) }),
  event: (s, { event }) => applyEvent(s, event),
};

export function reduce(state, action) {
  return actions[action.type](state, action);
}

// Locked out until a login succeeds: the attempts in between must not hide the login form.
const isLocked = ({ locked }, { status }) =>
  ["unauthenticated", "forbidden"].includes(status) || (locked && status !== "online");

const events = {
  "message.created": (s, m) => bumpRoom(putMessage(s, m), m),
  "message.updated": (s, m) => putMessage(s, m),
  "message.deleted": (s, m) =>
    chat(s, m.room_id, (c) => ({
      messages: c.messages.filter((x) => x.message_id !== m.message_id),
    })),
  "run.started": (s, run) => putRun(s, run),
  "run.step": (s, run) => putRun(s, run),
  "run.completed": (s, run) => endRun(s, run),
  "run.failed": (s, run) => endRun(s, run),
  "run.cancelled": (s, run) => endRun(s, run),
  "run.interrupted": (s, run) => endRun(s, run),
  "room.updated": (s, room) => putRoom(s, room),
  "room.deleted": (s, { room_id }) => ({
    ...s,
    rooms: s.rooms?.filter((room) => room.room_id !== room_id) ?? null,
  }),
  "document.added": (s, doc) => putDocument(s, doc),
  "document.updated": (s, doc) => putDocument(s, doc),
  "document.removed": (s, { document_id }) => ({
    ...s,
    documents: s.documents?.filter((doc) => doc.document_id !== document_id) ?? null,
  }),
  "task.updated": (s, task) => ({ ...s, tasks: { ...s.tasks, [task.task_id]: task } }),
};

function applyEvent(state, { type, data }) {
  return events[type]?.(state, data) ?? state;
}

function chat(state, roomId, change) {
  const before = state.chats[roomId] ?? emptyChat;
  return { ...state, chats: { ...state.chats, [roomId]: { ...before, ...change(before) } } };
}

function applySnapshot(state, { room_id, messages, active_runs }) {
  const oldest = messages[0]?.seq;
  const next = chat(state, room_id, (c) => {
    const kept = c.messages.filter((m) => m.seq < oldest);
    const more = kept.length ? c.older : messages.length >= 50 ? oldest : null;
    const pending = c.pending.filter((p) => !p.accepted);
    return { messages: merge(kept, messages), pending, older: more, loading: false, error: null };
  });
  const others = Object.entries(state.runs).filter(([, run]) => run.room_id !== room_id);
  const runs = Object.fromEntries(others);
  for (const run of active_runs) {
    runs[run.run_id] = { steps: [], ...state.runs[run.run_id], ...run, room_id, status: "running" };
  }
  return { ...next, runs };
}

/** Joins two lists of messages, the second one winning, in the order of their room. */
export function merge(older, newer) {
  const byId = new Map([...older, ...newer].map((m) => [m.message_id, m]));
  return [...byId.values()].sort((a, b) => a.seq - b.seq);
}

function putMessage(state, message) {
  return chat(state, message.room_id, (c) => {
    const mine = message.author.id === state.user?.id;
    const sent = mine ? c.pending.findIndex((p) => !p.error && p.text === message.text) : -1;
    const shown = { ...c.shown };
    if (message.author.kind === "assistant") delete shown[message.parent_id];
    return {
      messages: merge(c.messages, [message]),
      pending: sent < 0 ? c.pending : c.pending.filter((_, i) => i !== sent),
      shown,
    };
  });
}

// The texts come from deltas; an event about a running run carries none.
function putRun(state, run) {
  if (run.status !== "running") return endRun(state, run);
  const known = state.runs[run.run_id];
  const parts = known?.parts?.length ? known.parts : (run.parts ?? []);
  return { ...state, runs: { ...state.runs, [run.run_id]: { ...known, ...run, parts } } };
}

// The finished message came just before and shows the answer; what only the run knows is kept.
function endRun(state, run) {
  const runs = { ...state.runs };
  delete runs[run.run_id];
  const detail = { steps: run.steps, parts: run.parts, usage: run.usage, timings: run.timings };
  const next = chat(state, run.room_id, (c) => ({
    messages: c.messages.map((m) => (m.message_id === run.message_id ? { ...m, detail } : m)),
  }));
  return { ...next, runs };
}

const markRead = (rooms, roomId) =>
  rooms?.map((room) => (room.room_id === roomId && room.unread ? { ...room, unread: 0 } : room)) ??
  null;

function bumpRoom(state, { room_id, seq }) {
  const room = state.rooms?.find((r) => r.room_id === room_id);
  return room && seq > room.last_seq ? putRoom(state, { ...room, last_seq: seq }) : state;
}

function putRoom(state, room) {
  const rest = (state.rooms ?? []).filter((r) => r.room_id !== room.room_id);
  const before = state.rooms?.find((r) => r.room_id === room.room_id);
  const merged = { ...before, ...room };
  const moved = !before || room.last_seq > before.last_seq;
  if (moved) return { ...state, rooms: [merged, ...rest] };
  return { ...state, rooms: state.rooms.map((r) => (r === before ? merged : r)) };
}

function putDocument(state, doc) {
  const known = state.documents?.some((d) => d.document_id === doc.document_id);
  const documents = known
    ? state.documents.map((d) => (d.document_id === doc.document_id ? { ...d, ...doc } : d))
    : [doc, ...(state.documents ?? [])];
  const uploads = state.uploads.filter((u) => u.documentId !== doc.document_id);
  return { ...state, documents, uploads };
}

function beginRoom(state, from, roomId, id) {
  const item = state.chats[from].pending.find((p) => p.id === id);
  const cleared = chat(state, from, (c) => ({ pending: c.pending.filter((p) => p !== item) }));
  return chat(cleared, roomId, (c) => ({ pending: [...c.pending, item], loading: false }));
}

// The server has the question. It is shown as pending until its message is here, which may be now.
function acceptPending(state, roomId, id, seq) {
  return chat(state, roomId, ({ pending, messages }) => {
    const item = pending.find((p) => p.id === id);
    const here = messages.some((m) => item && m.seq >= seq - 2 && m.text === item.text);
    if (here) return { pending: pending.filter((p) => p !== item) };
    return { pending: pending.map((p) => (p === item ? { ...p, accepted: true } : p)) };
  });
}
