// The content of each room: messages, pending messages, and active runs.
import { bumpRoom } from "./rooms.js";

export const initial = { chats: {}, runs: {} };

const emptyChat = {
  messages: [],
  pending: [],
  older: null,
  loading: true,
  error: null,
  shown: {},
  members: null,
  presence: {},
  typing: {},
  target: null,
};
const SNAPSHOT_MESSAGES = 50;

export const actions = {
  snapshot: (s, snapshot) => applySnapshot(s, snapshot),
  "chat.failed": (s, { roomId, error }) => chat(s, roomId, () => ({ loading: false, error })),
  "chat.loading": (s, { roomId }) => chat(s, roomId, () => ({ loading: true, error: null })),
  older: (s, { roomId, messages, next }) =>
    chat(s, roomId, (c) => ({ messages: merge(messages, c.messages), older: next ?? null })),
  // The selected answer by question, and the selected version of a question by its first version.
  shown: (s, { roomId, shown }) => chat(s, roomId, (c) => ({ shown: { ...c.shown, ...shown } })),
  target: (s, { roomId, messageId }) => chat(s, roomId, () => ({ target: messageId })),

  pending: (s, { roomId, item }) => chat(s, roomId, (c) => ({ pending: [...c.pending, item] })),
  "pending.failed": (s, { roomId, id, error }) =>
    chat(s, roomId, (c) => ({
      pending: c.pending.map((p) => (p.id === id ? { ...p, error } : p)),
    })),
  "pending.done": (s, { roomId, id }) =>
    chat(s, roomId, (c) => ({ pending: c.pending.filter((p) => p.id !== id) })),
  "pending.accepted": (s, { roomId, id, seq }) => acceptPending(s, roomId, id, seq),
  "pending.moved": (s, { from, roomId, id }) => movePending(s, from, roomId, id),

  run: (s, { run }) => putRun(s, run),
};

export const events = {
  "message.created": (s, m) => bumpRoom(putMessage(s, m), m),
  "message.updated": (s, m) => putMessage(s, m),
  "message.deleted": (s, m) => putMessage(s, m),
  "feedback.set": (s, given) => putFeedback(s, given),
  "run.started": (s, run) => putRun(s, run),
  "run.step": (s, run) => putRun(s, run),
  "run.completed": (s, run) => endRun(s, run),
  "run.failed": (s, run) => endRun(s, run),
  "run.cancelled": (s, run) => endRun(s, run),
  "run.interrupted": (s, run) => endRun(s, run),
  "room.deleted": (s, { room_id }) => forgetRoom(s, room_id),
};

export function chat(state, roomId, change) {
  const before = state.chats[roomId] ?? emptyChat;
  return { ...state, chats: { ...state.chats, [roomId]: { ...before, ...change(before) } } };
}

/** The number of messages in all rooms that wait for the connection. */
export const queuedCount = ({ chats }) =>
  Object.values(chats)
    .flatMap((one) => one.pending)
    .filter((item) => !item.error && !item.accepted).length;

export const signals = {
  // The answer is complete, but the server could not store it yet.
  unsaved: (s, { data }) => {
    const run = s.runs[data.run_id];
    if (!run) return s;
    return { ...s, runs: { ...s.runs, [data.run_id]: { ...run, unsaved: data } } };
  },
};

function applySnapshot(state, { room_id, room, messages, members, presence, active_runs }) {
  const oldest = messages[0]?.seq;
  const next = chat(state, room_id, (c) => {
    // Older messages are kept only if there can be no gap between them and the snapshot.
    const joins = c.messages.some((m) => m.seq >= oldest) || messages.length < SNAPSHOT_MESSAGES;
    const kept = joins ? c.messages.filter((m) => m.seq < oldest) : [];
    const more = kept.length ? c.older : messages.length >= SNAPSHOT_MESSAGES ? oldest : null;
    return {
      messages: merge(kept, messages),
      pending: c.pending.filter((p) => !p.accepted),
      older: more,
      loading: false,
      error: null,
      members: members ?? room?.members ?? c.members,
      presence: presence ?? {},
      typing: {},
    };
  });
  const others = Object.entries(state.runs).filter(([, run]) => run.room_id !== room_id);
  const runs = Object.fromEntries(others);
  for (const run of active_runs) {
    const known = state.runs[run.run_id];
    runs[run.run_id] = { steps: [], ...known, ...withoutText(run), room_id, status: "running" };
  }
  return { ...next, runs };
}

/** Merges two lists of messages in order; on conflicts, the second list wins. */
export function merge(older, newer) {
  const byId = new Map([...older, ...newer].map((m) => [m.message_id, m]));
  return [...byId.values()].sort((a, b) => a.seq - b.seq);
}

function putMessage(state, message) {
  return chat(state, message.room_id, (c) => {
    const known = c.messages.find((m) => m.message_id === message.message_id);
    // A change to a message that is not loaded yet arrives with its page.
    if (!known && c.older !== null && message.seq < c.older) return {};
    const mine = message.author.id === state.user?.id;
    const sent =
      mine && !known ? c.pending.findIndex((p) => !p.error && p.text === message.text) : -1;
    const shown = { ...c.shown };
    // A new answer, or a new version of a question, is shown at once.
    if (!known && message.author.kind === "assistant") delete shown[message.parent_id];
    if (!known && message.edits) delete shown[message.edits];
    const detail = known?.detail && !message.deleted_at ? { detail: known.detail } : {};
    return {
      messages: merge(c.messages, [{ ...message, ...detail }]),
      pending: sent < 0 ? c.pending : c.pending.filter((_, i) => i !== sent),
      shown,
      members: hasRead(c.members, message.author.id, message.seq),
    };
  });
}

// Authors have read their own messages.
const hasRead = (members, userId, seq) =>
  members?.map((m) => (m.id === userId && (m.read_seq ?? 0) < seq ? { ...m, read_seq: seq } : m)) ??
  null;

function putFeedback(state, { message_id, room_id, user_id, value, comment }) {
  return chat(state, room_id, (c) => ({
    messages: c.messages.map((m) => {
      if (m.message_id !== message_id) return m;
      const { [user_id]: _, ...feedback } = m.feedback ?? {};
      if (value) feedback[user_id] = { value, ...(comment && { comment }) };
      return { ...m, feedback };
    }),
  }));
}

function putRun(state, run) {
  if (run.status !== "running") return endRun(state, run);
  const next = { ...state.runs[run.run_id], ...withoutText(run) };
  return { ...state, runs: { ...state.runs, [run.run_id]: next } };
}

// The texts of active runs are kept outside of the state (live_texts.js).
// Fields with their default are left out, so a question that is over has to be removed here.
const withoutText = ({ parts: _, ...run }) => ({ awaiting: [], ...run });

// The finished message, which arrived just before, shows the answer; the run's details go with it.
function endRun(state, run) {
  const runs = { ...state.runs };
  delete runs[run.run_id];
  const detail = { steps: run.steps, parts: run.parts, usage: run.usage, timings: run.timings };
  const next = chat(state, run.room_id, (c) => ({
    messages: c.messages.map((m) => (m.message_id === run.message_id ? { ...m, detail } : m)),
  }));
  return { ...next, runs };
}

// The room was deleted, or the user was removed from it: nothing of it stays on the page.
function forgetRoom(state, roomId) {
  const rooms = state.rooms?.filter((room) => room.room_id !== roomId) ?? null;
  const runs = Object.fromEntries(
    Object.entries(state.runs).filter(([, run]) => run.room_id !== roomId),
  );
  const gone = { ...emptyChat, loading: false, error: { kind: "not_found" } };
  const panel = state.panel?.kind === "members" && state.roomId === roomId ? null : state.panel;
  return { ...state, rooms, runs, panel, chats: { ...state.chats, [roomId]: gone } };
}

function movePending(state, from, roomId, id) {
  const item = state.chats[from].pending.find((p) => p.id === id);
  const cleared = chat(state, from, (c) => ({ pending: c.pending.filter((p) => p !== item) }));
  return chat(cleared, roomId, (c) => ({ pending: [...c.pending, item], loading: false }));
}

// The server has the question. It stays pending until its message arrives, or goes if it has.
function acceptPending(state, roomId, id, seq) {
  return chat(state, roomId, ({ pending, messages }) => {
    const item = pending.find((p) => p.id === id);
    const here = messages.some((m) => item && m.seq >= seq - 2 && m.text === item.text);
    if (here) return { pending: pending.filter((p) => p !== item) };
    return { pending: pending.map((p) => (p === item ? { ...p, accepted: true } : p)) };
  });
}
