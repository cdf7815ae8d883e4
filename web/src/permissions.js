// Who may do what, as far as the page must know to offer it; the server decides.

export const SERVER_ROLES = ["guest", "member", "admin", "owner"];
export const ROOM_ROLES = ["owner", "member", "viewer"];
const RANK = Object.fromEntries(SERVER_ROLES.map((role, rank) => [role, rank]));

const atLeast = (user, role) => (RANK[user?.role] ?? -1) >= RANK[role];

export const mayStart = (user) => atLeast(user, "member");
export const mayUpload = mayStart;
export const mayMakeKeys = mayStart;
export const mayInvite = mayStart;
export const mayLookUp = mayStart;
export const mayAdminister = (user) => atLeast(user, "admin");

/** Whether one may change, suspend or delete another: from above, owners also each other. */
export function mayManage(actor, user) {
  if (!mayAdminister(actor) || actor.id === user.id) return false;
  return actor.role === "owner" || RANK[actor.role] > RANK[user.role];
}

/** The roles that one may give; only owners appoint administrators and owners. */
export function grantable(actor) {
  if (actor?.role === "owner") return SERVER_ROLES;
  return mayAdminister(actor) ? ["guest", "member"] : mayInvite(actor) ? ["guest"] : [];
}

export const mayWriteIn = (room) => !room || room.role !== "viewer";
export const mayManageRoom = (room) => room?.role === "owner";

export const mayEdit = (message, me, room) =>
  message.author.id === me && !message.deleted_at && mayWriteIn(room);

/** One's own message, the answer to one's own question, or as the room's owner any. */
export function mayDelete(message, me, room, question) {
  if (message.deleted_at || !mayWriteIn(room)) return false;
  const author = message.author.kind === "assistant" ? question?.author.id : message.author.id;
  return author === me || mayManageRoom(room);
}
