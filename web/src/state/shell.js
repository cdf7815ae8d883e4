// The application shell: connection, user, and what is open.

export const initial = {
  connection: { status: "idle", transport: null },
  locked: false,
  renewingLogin: false,
  user: null,
  // The role of the user in this browser last time, by which the page is laid out until it is known.
  lastRole: "member",
  limits: {},
  // Of files that can be uploaded; null until they are known.
  suffixes: null,
  // What the server itself reaches.
  service: { other_servers: true, database: true },
  view: { name: "chat" },
  roomId: null,
  visible: true,
  models: [],
  provider: null,
  modes: [],
  chosen: { model: null, mode: "auto" },
  // The mode of the next question, if it is not one to keep.
  once: null,
  // Whether the next question in a shared room may quote documents of the person who asks.
  ownDocuments: false,
  // What the questions of a conversation are restricted to, if anything: `{roomId, name, count}` and
  // either `collection_ids` or `document_ids`; `roomId` is null for a conversation yet to begin.
  only: null,
  panel: null,
  drawer: false,
  dialog: null,
  notice: null,
  invitation: null,
};

export const actions = {
  connection: (s, { state }) => ({
    ...s,
    connection: state,
    user: state.user ?? s.user,
    locked: isLocked(s, state),
    service: isSameConnection(s.connection, state) ? s.service : initial.service,
    renewingLogin: s.renewingLogin && state.status !== "online",
  }),
  // While the page renews its own login, the lost connection must not show the login form.
  renewingLogin: (s, { on }) => ({ ...s, renewingLogin: on, locked: s.locked && !on }),
  limits: (s, { limits }) => ({ ...s, limits }),
  suffixes: (s, { suffixes }) => ({ ...s, suffixes }),
  catalogue: (s, { models, provider, modes }) => ({ ...s, models, provider, modes }),
  chosen: (s, { chosen }) => ({ ...s, chosen: { ...s.chosen, ...chosen } }),
  once: (s, { mode }) => ({ ...s, once: mode }),
  asked: (s) => ({ ...s, once: null, ownDocuments: false }),
  ownDocuments: (s, { on }) => ({ ...s, ownDocuments: on }),
  only: (s, { only }) => ({ ...s, only }),
  view: (s, { view }) => ({ ...s, view, drawer: false, panel: null }),
  visible: (s, { visible }) => ({ ...s, visible }),
  panel: (s, { panel }) => ({ ...s, panel, drawer: false }),
  drawer: (s, { open }) => ({ ...s, drawer: open }),
  dialog: (s, { dialog }) => ({ ...s, dialog }),
  notice: (s, { notice }) => ({ ...s, notice }),
  invitation: (s, { invitation }) => ({ ...s, invitation }),
};

export const signals = {
  service: (s, { data }) => ({ ...s, service: data }),
};

// Each new connection is told what its server cannot reach.
const isSameConnection = (before, { status, transport }) =>
  status === "online" && before.transport === transport;

// Locked until a login succeeds: connection attempts in between must not hide the login form.
function isLocked({ locked, renewingLogin }, { status }) {
  if (renewingLogin) return false;
  return ["unauthenticated", "forbidden"].includes(status) || (locked && status !== "online");
}

/** The selected id, if the server still offers it. */
export const availableId = (list, id) => list.find((one) => one.id === id)?.id;

/** What questions are restricted to in the open conversation, or null. */
export const onlyHere = ({ only, roomId }) => (only?.roomId === roomId ? only : null);

/** The mode of the next question. A mode that takes minutes is chosen for one question only. */
export function nextMode({ modes, chosen, once }) {
  const kept = modes.filter((mode) => !mode.background);
  return availableId(modes, once) ?? availableId(kept, chosen.mode);
}
