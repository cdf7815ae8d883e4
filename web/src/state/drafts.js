// What has been begun to be written in each room, on this device or another.

export const initial = { drafts: {} };

export const actions = {
  // What the server has kept; what is newer here stays.
  "drafts.known": (s, { drafts }) => {
    const next = Object.fromEntries(Object.entries(s.drafts).filter(([, d]) => d.dirty));
    for (const [roomId, text] of Object.entries(drafts))
      next[roomId] ??= { text, dirty: false, sent: [] };
    return { ...s, drafts: next };
  },
  "draft.known": (s, { roomId, text }) => put(s, roomId, (d) => (d.dirty ? {} : { text })),
  "draft.edited": (s, { roomId, text }) =>
    put(s, roomId, (d) => ({ text, dirty: true, sent: d.sent })),
  "draft.sending": (s, { roomId, text }) =>
    put(s, roomId, (d) => ({ sent: [...d.sent, text].slice(-ECHOES) })),
  "draft.kept": (s, { roomId, text }) =>
    put(s, roomId, (d) => ({ dirty: d.dirty && d.text !== text })),
};

export const signals = {
  // Also this device hears of its own drafts; and who writes here must not be disturbed.
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
