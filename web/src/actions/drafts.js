// What is being written: kept here and on the server at once, and told to the others.
import { recall, remember } from "../memory.js";
import { draftOf } from "../state/drafts.js";

// What one writes is on one's other devices within 100 ms, by no more requests than that takes.
const KEEP_EVERY_MS = 80;
const TYPING_EVERY_MS = 3_000;
const NEW = "new";

const keyOf = (roomId) => `basicchat.draft.${roomId ?? NEW}`;

export function draftActions({ store, client }) {
  const { dispatch, get } = store;
  const timers = new Map();
  const typedAt = new Map();
  const keptAt = new Map();
  const keeping = new Set();

  function write(roomId, text) {
    dispatch({ type: "draft.edited", roomId: roomId ?? NEW, text });
    remember(keyOf(roomId), text || null);
    if (!roomId) return;
    keepIn(roomId, (keptAt.get(roomId) ?? 0) + KEEP_EVERY_MS - performance.now());
  }

  // A change that waits takes those with it that come meanwhile.
  function keepIn(roomId, ms) {
    if (timers.has(roomId) || keeping.has(roomId)) return;
    timers.set(
      roomId,
      setTimeout(() => keep(roomId), Math.max(0, ms)),
    );
  }

  // One at a time: a slow way is not filled with what is past already.
  async function keep(roomId) {
    clearTimeout(timers.get(roomId));
    timers.delete(roomId);
    // Without a connection it stays to be kept; see `keepAll`.
    if (keeping.has(roomId) || get().connection.status !== "online") return;
    const text = draftOf(get(), roomId);
    keptAt.set(roomId, performance.now());
    keeping.add(roomId);
    dispatch({ type: "draft.sending", roomId, text });
    let again = keptAt.get(roomId) + KEEP_EVERY_MS;
    try {
      await client.call("drafts.set", { room_id: roomId, text });
      dispatch({ type: "draft.kept", roomId, text });
      // What the server keeps it may change by another device.
      if (!get().drafts[roomId].dirty) remember(keyOf(roomId), null);
    } catch (error) {
      // It is kept in this browser; the next change tries again.
      again = error.retryAfterMs ? performance.now() + error.retryAfterMs : null;
    } finally {
      keeping.delete(roomId);
    }
    if (again !== null && get().drafts[roomId]?.dirty) keepIn(roomId, again - performance.now());
  }

  /** Takes up what was written in this browser and the server has not got. */
  function recallDraft(roomId) {
    const text = recall(keyOf(roomId), "");
    if (text && !get().drafts[roomId ?? NEW]?.dirty) write(roomId, text);
  }

  /** What was written while a question was making its room goes with it. */
  function carryDraft(roomId) {
    const text = draftOf(get(), null);
    if (!text) return;
    write(roomId, text);
    write(null, "");
  }

  function typing(roomId, isTyping) {
    const now = Date.now();
    const before = typedAt.get(roomId) ?? 0;
    if (isTyping ? now - before < TYPING_EVERY_MS : !before) return;
    typedAt.set(roomId, isTyping ? now : 0);
    client.call("typing.set", { room_id: roomId, typing: isTyping }).catch(() => {});
  }

  return {
    write,
    typing,
    recallDraft,
    carryDraft,
    /** What was written without a connection. */
    keepAll() {
      for (const [roomId, { dirty }] of Object.entries(get().drafts))
        if (dirty && roomId !== NEW) keep(roomId);
    },
    /** What was sent ends the typing by itself. */
    sent(roomId) {
      typedAt.delete(roomId);
    },
  };
}
