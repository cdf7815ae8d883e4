// What is around the conversations: the connection, who is logged in, what is open.

export const initial = {
  connection: { status: "idle", transport: null },
  locked: false,
  reentering: false,
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
    reentering: s.reentering && state.status !== "online",
  }),
  // A login that the page itself renews ends its connection; that is no reason to ask for another.
  reentering: (s, { on }) => ({ ...s, reentering: on, locked: s.locked && !on }),
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

// Locked out until a login succeeds: the attempts in between must not hide the login form.
function isLocked({ locked, reentering }, { status }) {
  if (reentering) return false;
  return ["unauthenticated", "forbidden"].includes(status) || (locked && status !== "online");
}

/** The chosen id, if the server offers it: what was chosen last week may be gone. */
export const offered = (list, id) => list.find((one) => one.id === id)?.id;
