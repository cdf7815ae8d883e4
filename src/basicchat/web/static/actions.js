// What a person can do on the page.
import { newId } from "./basicchat-client.js";

const NEW = "new";

export function createActions(store, client) {
  const { dispatch, get } = store;
  const say = (text) => dispatch({ type: "notice", notice: { text, id: newId() } });
  const fail = (error) => dispatch({ type: "notice", notice: { error, id: newId() } });
  const attempt = (work) => work.catch(fail);

  async function open(roomId) {
    if (roomId === get().roomId) return;
    const before = get().roomId;
    dispatch({ type: "open", roomId });
    if (before && !Object.values(get().runs).some((run) => run.room_id === before)) {
      client.leave(before).catch(() => {});
    }
    if (roomId) await load(roomId);
  }

  async function load(roomId) {
    if (!get().chats[roomId]?.messages.length) dispatch({ type: "chat.loading", roomId });
    try {
      await client.join(roomId);
    } catch (error) {
      dispatch({ type: "chat.failed", roomId, error });
    }
  }

  async function loadOlder(roomId) {
    const before = get().chats[roomId].older;
    const page = await client.call("messages.list", { room_id: roomId, before, limit: 50 });
    dispatch({ type: "older", roomId, ...page });
  }

  async function ask(text, item = { id: newId(), text }) {
    const roomId = get().roomId;
    dispatch({ type: "pending", roomId: roomId ?? NEW, item });
    const { chosen, models, modes } = get();
    const params = { query: text, client_msg_id: item.id };
    if (roomId) params.room_id = roomId;
    if (offered(models, chosen.model)) params.model = chosen.model;
    if (offered(modes, chosen.mode)) params.reasoning_mode = chosen.mode;
    return sent(roomId, item, client.call("stream_request", params));
  }

  /** Follows a question on its way; `replying` is what the server will have answered. */
  async function sent(roomId, item, replying) {
    try {
      const reply = await replying;
      if (!roomId) dispatch({ type: "begun", from: NEW, roomId: reply.room_id, id: item.id });
      dispatch({ type: "pending.accepted", roomId: reply.room_id, id: item.id, seq: reply.seq });
      if (!roomId) goTo(reply.room_id);
    } catch (error) {
      dispatch({ type: "pending.failed", roomId: roomId ?? NEW, id: item.id, error });
    }
  }

  // What an earlier page could not send: it is on its way now.
  function restored({ method, params, reply }) {
    if (method !== "stream_request") return attempt(reply);
    const item = { id: params.client_msg_id, text: params.query };
    const roomId = params.room_id ?? null;
    dispatch({ type: "pending", roomId: roomId ?? NEW, item });
    return sent(roomId, item, reply);
  }

  // The first question made its room, and everything in it comes as events from its beginning.
  // Go there, unless the reader has gone elsewhere meanwhile.
  function goTo(roomId) {
    if (get().roomId !== null) return;
    dispatch({ type: "open", roomId });
    history.replaceState(null, "", `#/c/${roomId}`);
  }

  function askAgain(roomId, item) {
    dispatch({ type: "pending.done", roomId: roomId ?? NEW, id: item.id });
    return ask(item.text, { ...item, error: undefined });
  }

  return {
    say,
    fail,
    open,
    load,
    ask,
    askAgain,
    restored,
    loadOlder: (roomId) => attempt(loadOlder(roomId)),
    discard: (roomId, id) => dispatch({ type: "pending.done", roomId: roomId ?? NEW, id }),
    stop: (runId) => attempt(client.call("runs.cancel", { run_id: runId })),
    retry: (messageId) => attempt(client.call("messages.regenerate", { message_id: messageId })),
    show: (roomId, parentId, messageId) => dispatch({ type: "shown", roomId, parentId, messageId }),
    rename: (roomId, name) => attempt(client.call("rooms.update", { room_id: roomId, name })),
    removeRoom: (roomId) => {
      if (get().roomId === roomId) location.hash = "";
      return attempt(client.call("rooms.delete", { room_id: roomId }));
    },
    removeDocument: (id) => attempt(client.call("documents.delete", { document_id: id })),
    readDocument: (id, start, end) => client.call("documents.get", { document_id: id, start, end }),
    readRun: (runId) => client.call("runs.get", { run_id: runId }),
    openPanel: (panel) => dispatch({ type: "panel", panel }),
    openDrawer: (isOpen) => dispatch({ type: "drawer", open: isOpen }),
    openDialog: (dialog) => dispatch({ type: "dialog", dialog }),
    choose(chosen) {
      dispatch({ type: "chosen", chosen });
      remember("basicchat.chosen", get().chosen);
    },
    typing: (roomId) => client.typing(roomId).catch(() => {}),
    retryNow: () => client.wake(),
    logIn: (token) => client.authenticate(token),
  };
}

/** The chosen id, if the server offers it: what was chosen last week may be gone. */
export const offered = (list, id) => list.find((one) => one.id === id)?.id;

/** Reads what the page remembers in this browser; storage may be forbidden, full or broken. */
export function recall(key, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

export function remember(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Only a convenience is lost.
  }
}
