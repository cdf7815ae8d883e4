// Members, presence and typing; and what administrators see: users, invitations, keys.
import { chat } from "./chats.js";

export const initial = { directory: null, invitations: null, keys: {} };

export const actions = {
  directory: (s, { users }) => ({ ...s, directory: users.map(withDefaults) }),
  "directory.put": (s, { user }) => ({
    ...s,
    directory: s.directory && putBy("id", s.directory, withDefaults(user)),
  }),
  "directory.removed": (s, { userId }) => ({
    ...s,
    directory: s.directory?.filter((user) => user.id !== userId) ?? null,
  }),
  invitations: (s, { invitations }) => ({ ...s, invitations }),
  "invitation.put": (s, { invitation }) => ({
    ...s,
    invitations: s.invitations && putBy("invitation_id", s.invitations, invitation),
  }),
  "invitation.removed": (s, { id }) => ({
    ...s,
    invitations: s.invitations?.filter((one) => one.invitation_id !== id) ?? null,
  }),
  keys: (s, { userId, keys }) => ({ ...s, keys: { ...s.keys, [userId]: keys } }),
  "key.put": (s, { key }) => keysOf(s, key.user_id, (keys) => putBy("key_id", keys, key)),
  "key.removed": (s, { userId, keyId }) =>
    keysOf(s, userId, (keys) => keys.filter((key) => key.key_id !== keyId)),
  "typing.expired": (s, { roomId, userId }) => notTyping(s, roomId, userId),
};

export const events = {
  "member.joined": (s, member, { stream }) => putMember(s, member, stream),
  "member.changed": (s, member, { stream }) => putMember(s, member, stream),
  "member.left": (s, { id }, { stream }) =>
    chat(s, roomOf(stream), (c) => {
      const { [id]: _, ...presence } = c.presence;
      return { members: c.members?.filter((m) => m.id !== id) ?? null, presence };
    }),
};

export const signals = {
  presence: (s, { stream, data }) =>
    chat(s, roomOf(stream), (c) => {
      const presence = { ...c.presence, ...data.joined };
      for (const id of data.left) delete presence[id];
      return { presence };
    }),
  typing: (s, { stream, data: { user, typing } }) => {
    if (user.id === s.user?.id) return s;
    if (!typing) return notTyping(s, roomOf(stream), user.id);
    return chat(s, roomOf(stream), (c) => ({ typing: { ...c.typing, [user.id]: user.name } }));
  },
};

/** The room id of a room's stream. */
export const roomOf = (stream) => stream.slice("room:".length);

/** A member's presence: "online", "away" or "offline". */
export const statusOf = (presence, userId) => presence?.[userId]?.status ?? "offline";

// The wire omits default values.
const withDefaults = (user) => ({ status: "active", ...user });

function notTyping(state, roomId, userId) {
  if (!state.chats[roomId]?.typing[userId]) return state;
  return chat(state, roomId, ({ typing: { [userId]: _, ...typing } }) => ({ typing }));
}

function putMember(state, member, stream) {
  return chat(state, roomOf(stream), (c) => ({ members: putBy("id", c.members ?? [], member) }));
}

const keysOf = (state, userId, change) => ({
  ...state,
  keys: { ...state.keys, [userId]: change(state.keys[userId] ?? []) },
});

function putBy(name, list, item) {
  const known = list.some((one) => one[name] === item[name]);
  return known ? list.map((one) => (one[name] === item[name] ? item : one)) : [...list, item];
}
