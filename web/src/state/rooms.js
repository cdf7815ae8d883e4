// The list of rooms.

export const initial = { rooms: null };

export const actions = {
  rooms: (s, { rooms }) => ({ ...s, rooms }),
  "room.created": (s, { room }) => putRoom(s, room),
  open: (s, { roomId }) => ({
    ...s,
    roomId,
    once: s.roomId === roomId ? s.once : null,
    ownDocuments: s.roomId === roomId && s.ownDocuments,
    view: { name: "chat" },
    drawer: false,
    panel: ["documents", "tasks"].includes(s.panel?.kind) ? s.panel : null,
    rooms: markRead(s.rooms, roomId),
  }),
};

export const events = {
  "room.updated": (s, room) => putRoom(s, room),
};

export const isShared = (room) => (room?.members?.length ?? 0) > 1;

export const unreadCount = (rooms) => (rooms ?? []).reduce((sum, room) => sum + room.unread, 0);

const markRead = (rooms, roomId) =>
  rooms?.map((room) => (room.room_id === roomId && room.unread ? { ...room, unread: 0 } : room)) ??
  null;

/** Moves the room of a new message to the front of the list. */
export function bumpRoom(state, { room_id, seq }) {
  const room = state.rooms?.find((r) => r.room_id === room_id);
  return room && seq > room.last_seq ? putRoom(state, { ...room, last_seq: seq }) : state;
}

export function putRoom(state, room) {
  const rest = (state.rooms ?? []).filter((r) => r.room_id !== room.room_id);
  const before = state.rooms?.find((r) => r.room_id === room.room_id);
  const merged = { ...before, ...room };
  const moved = !before || room.last_seq > before.last_seq;
  if (moved) return { ...state, rooms: [merged, ...rest] };
  return { ...state, rooms: state.rooms.map((r) => (r === before ? merged : r)) };
}
