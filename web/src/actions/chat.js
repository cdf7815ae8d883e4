// Questions and messages: sending, editing, deleting, rating.
import { branchTip, pathTo } from "../branches.js";
import { newId } from "../client.js";
import { t } from "../i18n/index.js";
import { mentionsAssistant } from "../mentions.js";
import { toRoom } from "../routes.js";
import { isShared } from "../state/rooms.js";
import { availableId, nextMode, onlyHere } from "../state/shell.js";

const NEW = "new";
// As many older messages as a slow device renders without a pause.
const OLDER = 20;
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

  async function loadOlder(roomId, limit = OLDER) {
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
    const answers = message.parent_id ? { [message.parent_id]: messageId } : {};
    const versions = pathTo(get().chats[roomId].messages, message);
    dispatch({ type: "shown", roomId, shown: { ...answers, ...versions } });
    dispatch({ type: "target", roomId, messageId });
  }

  function ask(text, { edits } = {}) {
    const state = get();
    const options = { ...placeOf(state.chats[state.roomId], edits), can_approve: true };
    const model = availableId(state.models, state.chosen.model);
    const mode = nextMode(state);
    if (model) options.model = model;
    if (mode) options.reasoning_mode = mode;
    const room = state.rooms?.find((one) => one.room_id === state.roomId);
    // A message to the other members is not the question that these were chosen for.
    if (!isShared(room) || mentionsAssistant(text)) {
      if (state.ownDocuments && isShared(room)) options.own_documents = true;
      Object.assign(options, restriction(state));
      dispatch({ type: "asked" });
    }
    return send({ id: newId(), text, options });
  }

  // The only documents that answers may use in this conversation, if these were chosen.
  function restriction(state) {
    const { collection_ids, document_ids } = onlyHere(state) ?? {};
    return { ...(collection_ids && { collection_ids }), ...(document_ids && { document_ids }) };
  }

  // Where in the conversation a question is asked.
  function placeOf(chat, edits) {
    if (edits) return { edits };
    const after = chat && branchTip(chat.messages, chat.shown);
    return after ? { after } : {};
  }

  async function send(item) {
    const roomId = get().roomId;
    dispatch({ type: "pending", roomId: roomId ?? NEW, item });
    const params = { query: item.text, client_msg_id: item.id, ...item.options };
    if (roomId) params.room_id = roomId;
    return trackPending(roomId, item, client.call("stream_request", params));
  }

  /** Tracks a pending message; `replying` is the promise of the server's reply. */
  async function trackPending(roomId, item, replying) {
    try {
      const reply = await replying;
      const { only } = get();
      if (!roomId && only && only.roomId === null)
        dispatch({ type: "only", only: { ...only, roomId: reply.room_id } });
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
    return send({ ...item, error: undefined });
  }

  const regenerate = (messageId) =>
    client.call("messages.regenerate", {
      message_id: messageId,
      can_approve: true,
      ...restriction(get()),
    });

  /**
   * Edits a message. To answer it again, a chat without other members begins a branch: what followed
   * stays below the earlier version. Elsewhere, other people's messages must stay in view.
   */
  async function editMessage(message, text, { answers, shared }) {
    if (answers && !shared) {
      const edits = message.edits ?? message.message_id;
      dispatch({ type: "shown", roomId: message.room_id, shown: { [edits]: null } });
      return ask(text, { edits });
    }
    await client.call("messages.edit", { message_id: message.message_id, text });
    if (answers) await regenerate(message.message_id);
  }

  return {
    open,
    loadRoom,
    ask,
    resend,
    trackRestored,
    loadOlder: (roomId) => attempt(loadOlder(roomId)),
    discardPending: (roomId, id) => dispatch({ type: "pending.done", roomId: roomId ?? NEW, id }),
    /** Decides on a tool call that waits for approval. */
    approve: (runId, callId, decision) =>
      attempt(client.call("runs.approve", { run_id: runId, call_id: callId, decision })),
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
    /** Shows a version of a question; `versions` are all, the first one first. */
    selectVersion: (roomId, versions, messageId) =>
      dispatch({ type: "shown", roomId, shown: { [versions[0]]: messageId } }),
    selectAnswer: (roomId, parentId, messageId) =>
      dispatch({ type: "shown", roomId, shown: { [parentId]: messageId } }),
  };
}
