// Unsent text by room, from this device or another.

export const initial = { drafts: {} };

export const actions = {
  // Drafts from the server; newer local ones are kept.
  "drafts.loaded": (s, { drafts }) => {
    const next = Object.fromEntries(Object.entries(s.drafts).filter(([, d]) => d.dirty));
    for (const [roomId, text] of Object.entries(drafts))
      next[roomId] ??= { text, dirty: false, sent: [] };
    return { ...s, drafts: next };
  },
  "draft.loaded": (s, { roomId, text }) => put(s, roomId, (d) => (d.dirty ? {} : { text })),
  "draft.edited": (s, { roomId, text }) =>
    put(s, roomId, (d) => ({ text, dirty: true, sent: d.sent })),
  "draft.sending": (s, { roomId, text }) =>
    put(s, roomId, (d) => ({ sent: [...d.sent, text].slice(-ECHOES) })),
  "draft.saved": (s, { roomId, text }) =>
    put(s, roomId, (d) => ({ dirty: d.dirty && d.text !== text })),
};

export const signals = {
  // The server echoes this device's own drafts; and text that is being typed must not change.
  draft: (s, { data: { room_id, text } }) =>
    put(s, room_id, (d) => {
      if (d.sent.includes(text)) return { sent: d.sent.filter((one) => one !== text) };
      return d.dirty ? {} : { text };
    }),
};

const ECHOES = 20;
const EMPTY = { text: "", dirty: false, sent: [] };

export const draftOf = ({ drafts }, roomId) => drafts[roomId ?? "new"]?.text ?? "";

function put(state, roomId, change) {
  const before = state.drafts[roomId] ?? EMPTY;
  return { ...state, drafts: { ...state.drafts, [roomId]: { ...before, ...change(before) } } };
}
