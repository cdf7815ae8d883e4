// Permissions, as far as the page needs them to show or hide actions. The server enforces them.

export const SERVER_ROLES = ["guest", "member", "admin", "owner"];
export const ROOM_ROLES = ["owner", "member", "viewer"];
const RANK = Object.fromEntries(SERVER_ROLES.map((role, rank) => [role, rank]));

const hasRole = (user, role) => (RANK[user?.role] ?? -1) >= RANK[role];

export const canStartChats = (user) => hasRole(user, "member");
export const canUpload = canStartChats;
export const canCreateKeys = canStartChats;
export const canInvite = canStartChats;
export const canListUsers = canStartChats;
export const canAdminister = (user) => hasRole(user, "admin");

/** Whether a user may change, suspend or delete another: only lower roles, but owners anyone. */
export function canManageUser(actor, user) {
  if (!canAdminister(actor) || actor.id === user.id) return false;
  return actor.role === "owner" || RANK[actor.role] > RANK[user.role];
}

/** The roles that a user may grant; only owners grant the roles of administrators and owners. */
export function grantableRoles(actor) {
  if (actor?.role === "owner") return SERVER_ROLES;
  return canAdminister(actor) ? ["guest", "member"] : canInvite(actor) ? ["guest"] : [];
}

/** The user's role in a library: their own documents, a collection, or those of a room; or null. */
export function libraryRole({ user, collections, rooms }, libraryId) {
  if (libraryId === user?.id) return "owner";
  const collection = collections?.find((one) => one.collection_id === libraryId);
  const room = rooms?.find((one) => one.room_id === libraryId);
  return collection?.role ?? (room ? (canWriteIn(room) ? "editor" : "viewer") : null);
}

export const canEditLibrary = (role) => role === "owner" || role === "editor";

export const canWriteIn = (room) => !room || room.role !== "viewer";
export const canManageRoom = (room) => room?.role === "owner";

export const canEdit = (message, me, room) =>
  message.author.id === me && !message.deleted_at && canWriteIn(room);

/** The user's own messages, answers to their own questions, and as the room's owner all. */
export function canDelete(message, me, room, question) {
  if (message.deleted_at || !canWriteIn(room)) return false;
  const author = message.author.kind === "assistant" ? question?.author.id : message.author.id;
  return author === me || canManageRoom(room);
}
