// Drafts, kept in this browser and on the server; and typing indicators.
import { readStorage, writeStorage } from "../local_storage.js";
import { draftOf } from "../state/drafts.js";

// Drafts reach the user's other devices within 100 ms, with as few requests as that allows.
const SAVE_EVERY_MS = 80;
const TYPING_EVERY_MS = 3_000;
const NEW = "new";

const keyOf = (roomId) => `basicchat.draft.${roomId ?? NEW}`;

export function draftActions({ store, client }) {
  const { dispatch, get } = store;
  const timers = new Map();
  const typedAt = new Map();
  const savedAt = new Map();
  const saving = new Set();

  function editDraft(roomId, text) {
    dispatch({ type: "draft.edited", roomId: roomId ?? NEW, text });
    writeStorage(keyOf(roomId), text || null);
    if (!roomId) return;
    saveAfter(roomId, (savedAt.get(roomId) ?? 0) + SAVE_EVERY_MS - performance.now());
  }

  // Later changes are sent together with the one that is already scheduled.
  function saveAfter(roomId, ms) {
    if (timers.has(roomId) || saving.has(roomId)) return;
    timers.set(
      roomId,
      setTimeout(() => save(roomId), Math.max(0, ms)),
    );
  }

  // One request at a time, so that a slow connection does not fill up with outdated drafts.
  async function save(roomId) {
    clearTimeout(timers.get(roomId));
    timers.delete(roomId);
    // Without a connection, it is sent later; see `saveDrafts`.
    if (saving.has(roomId) || get().connection.status !== "online") return;
    const text = draftOf(get(), roomId);
    savedAt.set(roomId, performance.now());
    saving.add(roomId);
    dispatch({ type: "draft.sending", roomId, text });
    let again = savedAt.get(roomId) + SAVE_EVERY_MS;
    try {
      await client.call("drafts.set", { room_id: roomId, text });
      dispatch({ type: "draft.saved", roomId, text });
      // From now on the server has the latest text, which other devices may change.
      if (!get().drafts[roomId].dirty) writeStorage(keyOf(roomId), null);
    } catch (error) {
      // The draft is in this browser's storage; the next change retries.
      again = error.retryAfterMs ? performance.now() + error.retryAfterMs : null;
    } finally {
      saving.delete(roomId);
    }
    if (again !== null && get().drafts[roomId]?.dirty) saveAfter(roomId, again - performance.now());
  }

  /** Restores a draft from this browser that the server does not have. */
  function restoreDraft(roomId) {
    const text = readStorage(keyOf(roomId), "");
    if (text && !get().drafts[roomId ?? NEW]?.dirty) editDraft(roomId, text);
  }

  /** Moves the draft of a new chat to the room that its first question created. */
  function moveDraft(roomId) {
    const text = draftOf(get(), null);
    if (!text) return;
    editDraft(roomId, text);
    editDraft(null, "");
  }

  function setTyping(roomId, isTyping) {
    const now = Date.now();
    const before = typedAt.get(roomId) ?? 0;
    if (isTyping ? now - before < TYPING_EVERY_MS : !before) return;
    typedAt.set(roomId, isTyping ? now : 0);
    client.call("typing.set", { room_id: roomId, typing: isTyping }).catch(() => {});
  }

  return {
    editDraft,
    setTyping,
    restoreDraft,
    moveDraft,
    /** Sends drafts that were written without a connection. */
    saveDrafts() {
      for (const [roomId, { dirty }] of Object.entries(get().drafts))
        if (dirty && roomId !== NEW) save(roomId);
    },
    /** A sent message ends the typing indicator by itself. */
    endTyping(roomId) {
      typedAt.delete(roomId);
    },
  };
}
