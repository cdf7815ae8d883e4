// Administration of users, invitations and keys. All return promises; callers show the errors.

export function adminActions({ store, client }) {
  const { dispatch, get } = store;

  async function loadDirectory() {
    dispatch({ type: "directory", ...(await client.call("users.list")) });
  }

  async function addUser(values) {
    const { user, password } = await client.call("users.create", values);
    dispatch({ type: "directory.put", user });
    return { user, password };
  }

  async function changeUser(userId, change) {
    const user = await client.call("users.update", { user_id: userId, ...change });
    dispatch({ type: "directory.put", user });
  }

  async function deleteUser(userId) {
    await client.call("users.delete", { user_id: userId });
    dispatch({ type: "directory.removed", userId });
  }

  async function loadInvitations() {
    dispatch({ type: "invitations", ...(await client.call("invitations.list")) });
  }

  async function createInvitation(values) {
    const { invitation, path } = await client.call("invitations.create", values);
    dispatch({ type: "invitation.put", invitation });
    return new URL(path.replace(/^\//, ""), document.baseURI).href;
  }

  async function revokeInvitation(id) {
    await client.call("invitations.revoke", { invitation_id: id });
    dispatch({ type: "invitation.removed", id });
  }

  // The user's own keys are requested without a user id.
  const targetOf = (userId) => (userId === get().user.id ? {} : { user_id: userId });

  async function loadKeys(userId) {
    const { keys } = await client.call("keys.list", targetOf(userId));
    dispatch({ type: "keys", userId, keys });
  }

  async function createKey(userId, values) {
    const { key, secret } = await client.call("keys.create", { ...values, ...targetOf(userId) });
    dispatch({ type: "key.put", key });
    return secret;
  }

  async function revokeKey({ user_id: userId, key_id: keyId }) {
    await client.call("keys.revoke", { key_id: keyId });
    dispatch({ type: "key.removed", userId, keyId });
  }

  return {
    loadDirectory,
    addUser,
    changeUser,
    deleteUser,
    logOutUser: (userId) => client.call("session.logout_everywhere", { user_id: userId }),
    loadInvitations,
    createInvitation,
    revokeInvitation,
    loadKeys,
    createKey,
    revokeKey,
  };
}
