// Questions and messages: sending, editing, deleting, rating.
import { newId } from "../client.js";
import { t } from "../i18n/index.js";
import { toRoom } from "../routes.js";
import { availableId } from "../state/shell.js";

const NEW = "new";
const PAGE = 200;
const MAX_PAGES = 100;

export function chatActions({ store, client, attempt, notify, moveDraft }) {
  const { dispatch, get } = store;

  async function open(roomId, messageId = null) {
    const before = get().roomId;
    const stays = roomId === before && get().view.name === "chat";
    if (!stays) {
      dispatch({ type: "open", roomId });
      if (before && before !== roomId && !isBusy(before)) client.leave(before).catch(() => {});
      if (roomId && roomId !== before) await loadRoom(roomId);
    }
    if (roomId && messageId) await attempt(jump(roomId, messageId));
  }

  const isBusy = (roomId) => Object.values(get().runs).some((run) => run.room_id === roomId);

  async function loadRoom(roomId) {
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

  /** Scrolls to a message, after loading the pages between it and the newest. */
  async function jump(roomId, messageId) {
    for (let pages = 0; !loaded(roomId, messageId) && pages < MAX_PAGES; pages++) {
      if (!get().chats[roomId]?.older) break;
      await loadOlder(roomId, PAGE);
    }
    const message = loaded(roomId, messageId);
    if (!message) return notify(t("thread.notFound"));
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
    if (availableId(models, chosen.model)) params.model = chosen.model;
    if (availableId(modes, chosen.mode)) params.reasoning_mode = chosen.mode;
    return trackPending(roomId, item, client.call("stream_request", params));
  }

  /** Tracks a pending message; `replying` is the promise of the server's reply. */
  async function trackPending(roomId, item, replying) {
    try {
      const reply = await replying;
      if (!roomId)
        dispatch({ type: "pending.moved", from: NEW, roomId: reply.room_id, id: item.id });
      dispatch({ type: "pending.accepted", roomId: reply.room_id, id: item.id, seq: reply.seq });
      if (!roomId) goTo(reply.room_id);
    } catch (error) {
      dispatch({ type: "pending.failed", roomId: roomId ?? NEW, id: item.id, error });
    }
  }

  // A message queued by an earlier page, which is being sent now.
  function trackRestored({ method, params, reply }) {
    if (method !== "stream_request") return attempt(reply);
    const item = { id: params.client_msg_id, text: params.query };
    const roomId = params.room_id ?? null;
    dispatch({ type: "pending", roomId: roomId ?? NEW, item });
    return trackPending(roomId, item, reply);
  }

  // The first question created a room, whose content arrives as events. Open it, unless the reader
  // has left the new chat in the meantime.
  function goTo(roomId) {
    const { roomId: now, view } = get();
    if (now !== null || view.name !== "chat") return;
    moveDraft(roomId);
    dispatch({ type: "open", roomId });
    history.replaceState(null, "", toRoom(roomId));
  }

  function resend(roomId, item) {
    dispatch({ type: "pending.done", roomId: roomId ?? NEW, id: item.id });
    return ask(item.text, { ...item, error: undefined });
  }

  const regenerate = (messageId) => client.call("messages.regenerate", { message_id: messageId });

  async function editMessage(message, text, regenerates) {
    await client.call("messages.edit", { message_id: message.message_id, text });
    if (regenerates) await regenerate(message.message_id);
  }

  return {
    open,
    loadRoom,
    ask,
    resend,
    trackRestored,
    loadOlder: (roomId) => attempt(loadOlder(roomId)),
    discardPending: (roomId, id) => dispatch({ type: "pending.done", roomId: roomId ?? NEW, id }),
    stopRun: (runId) => attempt(client.call("runs.cancel", { run_id: runId })),
    regenerate: (messageId) => attempt(regenerate(messageId)),
    continueRun: (runId) =>
      attempt(client.call("runs.continue", { run_id: runId, client_msg_id: newId() })),
    editMessage,
    deleteMessage: (messageId) =>
      attempt(client.call("messages.delete", { message_id: messageId })),
    rate: (messageId, value) =>
      attempt(
        client.call("feedback.set", { message_id: messageId, value, client_msg_id: newId() }),
      ),
    clearTarget: (roomId) => dispatch({ type: "target", roomId, messageId: null }),
    selectAnswer: (roomId, parentId, messageId) =>
      dispatch({ type: "shown", roomId, parentId, messageId }),
  };
}
