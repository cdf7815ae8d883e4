// Login and logout, the user's own password, and invitations.
import { get as fetchJson, post } from "../api.js";
import { t } from "../i18n/index.js";
import { clearUserStorage } from "../local_storage.js";
import { toRoom } from "../routes.js";

const INVITATION = "basicchat.invitation";

export function accountActions({ store, client, notify }) {
  const { dispatch, get } = store;
  const send = (path, body) => post(path, body, client.authorization());

  // The cookie is set. If another user was logged in, reload so that nothing of theirs is left.
  async function onLoggedIn(user) {
    if (get().user && get().user.id !== user.id) {
      clearUserStorage();
      return location.reload();
    }
    dispatch({ type: "renewingLogin", on: true });
    await client.authenticate(undefined);
  }

  async function logIn(name, password) {
    const { user } = await post("api/login", { name, password });
    await onLoggedIn(user);
  }

  function reset() {
    clearUserStorage();
    location.hash = "";
    location.reload();
  }

  async function changePassword(current, password) {
    dispatch({ type: "renewingLogin", on: true });
    try {
      const { user } = await send("api/password", { password, ...(current && { current }) });
      await onLoggedIn(user);
    } catch (error) {
      dispatch({ type: "renewingLogin", on: false });
      throw error;
    }
    notify(t("account.passwordChanged"));
  }

  /** Shows an invitation. Its code is kept until it is used, even across a login. */
  async function previewInvitation(code) {
    storeCode(code);
    dispatch({ type: "invitation", invitation: { code } });
    try {
      const offer = await post("api/invitations/look", { code });
      dispatch({ type: "invitation", invitation: { code, ...offer } });
    } catch (error) {
      // Other errors do not mean that the invitation is invalid.
      if (error.kind === "not_found") storeCode(null);
      dispatch({ type: "invitation", invitation: { code, error } });
    }
  }

  async function acceptWithNewAccount(name, password) {
    const { code } = get().invitation;
    const { user, room_id } = await post("api/invitations/accept", { code, name, password });
    dismissInvitation();
    await onLoggedIn(user);
    openRoom(room_id);
  }

  async function acceptInvitation() {
    const { room_id } = await send("api/invitations/accept", { code: get().invitation.code });
    dismissInvitation();
    openRoom(room_id);
  }

  const openRoom = (roomId) => {
    if (roomId) location.hash = toRoom(roomId);
  };

  function dismissInvitation() {
    storeCode(null);
    dispatch({ type: "invitation", invitation: null });
  }

  return {
    logIn,
    logInWithToken: (token) => client.authenticate(token),
    loginOptions: () => fetchJson("api/login-options"),
    logOut: () => send("api/logout").then(reset),
    logOutEverywhere: () => send("api/logout-everywhere").then(reset),
    changePassword,
    previewInvitation,
    resumeInvitation: () => storedCode() && previewInvitation(storedCode()),
    acceptWithNewAccount,
    acceptInvitation,
    dismissInvitation,
  };
}

function storeCode(code) {
  try {
    if (code) sessionStorage.setItem(INVITATION, code);
    else sessionStorage.removeItem(INVITATION);
  } catch {
    // Without storage, the link has to be opened again after a login.
  }
}

function storedCode() {
  try {
    return sessionStorage.getItem(INVITATION);
  } catch {
    return null;
  }
}
