// Asking, writing, and what is done to messages.
import { newId } from "../client.js";
import { t } from "../i18n/index.js";
import { toRoom } from "../routes.js";
import { offered } from "../state/shell.js";

const NEW = "new";
const PAGE = 200;
const MAX_PAGES = 100;

export function chatActions({ store, client, attempt, say, carryDraft }) {
  const { dispatch, get } = store;

  async function open(roomId, messageId = null) {
    const before = get().roomId;
    const stays = roomId === before && get().view.name === "chat";
    if (!stays) {
      dispatch({ type: "open", roomId });
      if (before && before !== roomId && !isBusy(before)) client.leave(before).catch(() => {});
      if (roomId && roomId !== before) await load(roomId);
    }
    if (roomId && messageId) await attempt(jump(roomId, messageId));
  }

  const isBusy = (roomId) => Object.values(get().runs).some((run) => run.room_id === roomId);

  async function load(roomId) {
    if (!get().chats[roomId]?.messages.length) dispatch({ type: "chat.loading", roomId });
    try {
      await client.join(roomId);
    } catch (error) {
      dispatch({ type: "chat.failed", roomId, error });
    }
  }

  async function loadOlder(roomId, limit = 50) {
    const before = get().chats[roomId].older;
    const page = await client.call("messages.list", { room_id: roomId, before, limit });
    dispatch({ type: "older", roomId, ...page });
  }

  const loaded = (roomId, messageId) =>
    get().chats[roomId]?.messages.find((m) => m.message_id === messageId);

  /** Brings a message into view, with all that was said since. */
  async function jump(roomId, messageId) {
    for (let pages = 0; !loaded(roomId, messageId) && pages < MAX_PAGES; pages++) {
      if (!get().chats[roomId]?.older) break;
      await loadOlder(roomId, PAGE);
    }
    const message = loaded(roomId, messageId);
    if (!message) return say(t("thread.notFound"));
    if (message.parent_id)
      dispatch({ type: "shown", roomId, parentId: message.parent_id, messageId });
    dispatch({ type: "target", roomId, messageId });
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

  /** Follows a message on its way; `replying` is what the server will have answered. */
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
    const { roomId: now, view } = get();
    if (now !== null || view.name !== "chat") return;
    carryDraft(roomId);
    dispatch({ type: "open", roomId });
    history.replaceState(null, "", toRoom(roomId));
  }

  function askAgain(roomId, item) {
    dispatch({ type: "pending.done", roomId: roomId ?? NEW, id: item.id });
    return ask(item.text, { ...item, error: undefined });
  }

  const again = (messageId) => client.call("messages.regenerate", { message_id: messageId });

  async function edit(message, text, answerAnew) {
    await client.call("messages.edit", { message_id: message.message_id, text });
    if (answerAnew) await again(message.message_id);
  }

  return {
    open,
    load,
    ask,
    askAgain,
    restored,
    loadOlder: (roomId) => attempt(loadOlder(roomId)),
    discard: (roomId, id) => dispatch({ type: "pending.done", roomId: roomId ?? NEW, id }),
    stop: (runId) => attempt(client.call("runs.cancel", { run_id: runId })),
    retry: (messageId) => attempt(again(messageId)),
    goOn: (runId) =>
      attempt(client.call("runs.continue", { run_id: runId, client_msg_id: newId() })),
    edit,
    remove: (messageId) => attempt(client.call("messages.delete", { message_id: messageId })),
    rate: (messageId, value) =>
      attempt(
        client.call("feedback.set", { message_id: messageId, value, client_msg_id: newId() }),
      ),
    found: (roomId) => dispatch({ type: "target", roomId, messageId: null }),
    show: (roomId, parentId, messageId) => dispatch({ type: "shown", roomId, parentId, messageId }),
  };
}
