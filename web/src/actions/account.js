// Logging in and out, one's own password, invitations, and one's keys.
import { get as fetchJson, post } from "../api.js";
import { t } from "../i18n/index.js";
import { forgetPerson } from "../memory.js";
import { toRoom } from "../routes.js";

const INVITATION = "basicchat.invitation";

export function accountActions({ store, client, say }) {
  const { dispatch, get } = store;
  const send = (path, body) => post(path, body, client.authorization());

  // The cookie is there now. What this page shows may be another person's.
  async function enter(user) {
    if (get().user && get().user.id !== user.id) {
      forgetPerson();
      return location.reload();
    }
    dispatch({ type: "reentering", on: true });
    await client.authenticate(undefined);
  }

  async function logIn(name, password) {
    const { user } = await post("api/login", { name, password });
    await enter(user);
  }

  function leave() {
    forgetPerson();
    location.hash = "";
    location.reload();
  }

  async function changePassword(current, password) {
    dispatch({ type: "reentering", on: true });
    try {
      const { user } = await send("api/password", { password, ...(current && { current }) });
      await enter(user);
    } catch (error) {
      dispatch({ type: "reentering", on: false });
      throw error;
    }
    say(t("account.passwordChanged"));
  }

  /** Shows what an invitation is for; the code is kept until it is used, also past a login. */
  async function lookAt(code) {
    keepCode(code);
    dispatch({ type: "invitation", invitation: { code } });
    try {
      const offer = await post("api/invitations/look", { code });
      dispatch({ type: "invitation", invitation: { code, ...offer } });
    } catch (error) {
      // One that could not be asked for may hold all the same.
      if (error.kind === "not_found") keepCode(null);
      dispatch({ type: "invitation", invitation: { code, error } });
    }
  }

  async function acceptAsNew(name, password) {
    const { code } = get().invitation;
    const { user, room_id } = await post("api/invitations/accept", { code, name, password });
    dropInvitation();
    await enter(user);
    goIn(room_id);
  }

  async function accept() {
    const { room_id } = await send("api/invitations/accept", { code: get().invitation.code });
    dropInvitation();
    goIn(room_id);
  }

  const goIn = (roomId) => {
    if (roomId) location.hash = toRoom(roomId);
  };

  function dropInvitation() {
    keepCode(null);
    dispatch({ type: "invitation", invitation: null });
  }

  return {
    logIn,
    logInWithToken: (token) => client.authenticate(token),
    loginOptions: () => fetchJson("api/login-options"),
    logOut: () => send("api/logout").then(leave),
    logOutEverywhere: () => send("api/logout-everywhere").then(leave),
    changePassword,
    lookAt,
    resumeInvitation: () => keptCode() && lookAt(keptCode()),
    acceptAsNew,
    accept,
    dropInvitation,
  };
}

function keepCode(code) {
  try {
    if (code) sessionStorage.setItem(INVITATION, code);
    else sessionStorage.removeItem(INVITATION);
  } catch {
    // Then the link has to be opened again after a login.
  }
}

function keptCode() {
  try {
    return sessionStorage.getItem(INVITATION);
  } catch {
    return null;
  }
}
