// The application shell: connection, user, and what is open.

export const initial = {
  connection: { status: "idle", transport: null },
  locked: false,
  renewingLogin: false,
  user: null,
  limits: {},
  view: { name: "chat" },
  roomId: null,
  visible: true,
  models: [],
  provider: null,
  modes: [],
  chosen: { model: null, mode: "auto" },
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
    renewingLogin: s.renewingLogin && state.status !== "online",
  }),
  // While the page renews its own login, the lost connection must not show the login form.
  renewingLogin: (s, { on }) => ({ ...s, renewingLogin: on, locked: s.locked && !on }),
  limits: (s, { limits }) => ({ ...s, limits }),
  catalogue: (s, { models, provider, modes }) => ({ ...s, models, provider, modes }),
  chosen: (s, { chosen }) => ({ ...s, chosen: { ...s.chosen, ...chosen } }),
  view: (s, { view }) => ({ ...s, view, drawer: false, panel: null }),
  visible: (s, { visible }) => ({ ...s, visible }),
  panel: (s, { panel }) => ({ ...s, panel, drawer: false }),
  drawer: (s, { open }) => ({ ...s, drawer: open }),
  dialog: (s, { dialog }) => ({ ...s, dialog }),
  notice: (s, { notice }) => ({ ...s, notice }),
  invitation: (s, { invitation }) => ({ ...s, invitation }),
};

// Locked until a login succeeds: connection attempts in between must not hide the login form.
function isLocked({ locked, renewingLogin }, { status }) {
  if (renewingLogin) return false;
  return ["unauthenticated", "forbidden"].includes(status) || (locked && status !== "online");
}

/** The selected id, if the server still offers it. */
export const availableId = (list, id) => list.find((one) => one.id === id)?.id;
