// Actions on rooms and their members.
import { t } from "../i18n/index.js";
import { isShared } from "../state/rooms.js";
import { toRoom } from "../routes.js";

const READ_EVERY_MS = 1_000;

export function roomActions({ store, client, attempt, notify }) {
  const { dispatch, get } = store;
  const readUpTo = new Map();
  let timer = null;
  let readAt = 0;

  /** Marks a room as read up to a message; tells the server once, at a limited rate. */
  function markRead(roomId, seq) {
    const room = get().rooms?.find((one) => one.room_id === roomId);
    if (!room || (!isShared(room) && !room.unread) || seq <= (readUpTo.get(roomId) ?? 0)) return;
    readUpTo.set(roomId, seq);
    clearTimeout(timer);
    timer = setTimeout(
      () => {
        readAt = Date.now();
        client.call("rooms.read", { room_id: roomId, seq: readUpTo.get(roomId) }).catch(() => {
          readUpTo.delete(roomId); // The next message retries.
        });
      },
      Math.max(0, readAt + READ_EVERY_MS - Date.now()),
    );
  }

  async function createRoom(name) {
    const room = await client.call("rooms.create", { name });
    location.hash = toRoom(room.room_id);
    // Before the first await: focus that moves later would take away what is being typed.
    dispatch({ type: "room.created", room });
    dispatch({ type: "open", roomId: room.room_id });
    dispatch({ type: "panel", panel: { kind: "members" } });
    await client.join(room.room_id);
  }

  async function leaveRoom(roomId) {
    await client.call("rooms.remove", { room_id: roomId, user_id: get().user.id });
    if (get().roomId === roomId) location.hash = "";
    notify(t("rooms.left"));
  }

  const setMember = (roomId, userId, role) =>
    client.call("rooms.invite", { room_id: roomId, user_id: userId, role });

  return {
    markRead,
    createRoom,
    renameRoom: (roomId, name) => attempt(client.call("rooms.update", { room_id: roomId, name })),
    deleteRoom: (roomId) => {
      if (get().roomId === roomId) location.hash = "";
      return attempt(client.call("rooms.delete", { room_id: roomId }));
    },
    leaveRoom: (roomId) => attempt(leaveRoom(roomId)),
    addMember: (roomId, userId, role) => attempt(setMember(roomId, userId, role)),
    changeRole: (roomId, userId, role) => attempt(setMember(roomId, userId, role)),
    removeMember: (roomId, userId) =>
      attempt(client.call("rooms.remove", { room_id: roomId, user_id: userId })),
  };
}
