// What is being written: kept here at once, on the server soon, and told to the others.
import { recall, remember } from "../memory.js";
import { draftOf } from "../state/drafts.js";

// After a pause, but not so often that the session's share of requests is used up by drafts.
const PAUSE_MS = 400;
const KEEP_EVERY_MS = 2_000;
const TYPING_EVERY_MS = 3_000;
const NEW = "new";

const keyOf = (roomId) => `basicchat.draft.${roomId ?? NEW}`;

export function draftActions({ store, client }) {
  const { dispatch, get } = store;
  const timers = new Map();
  const typedAt = new Map();
  const keptAt = new Map();

  function write(roomId, text) {
    dispatch({ type: "draft.edited", roomId: roomId ?? NEW, text });
    remember(keyOf(roomId), text || null);
    if (!roomId) return;
    clearTimeout(timers.get(roomId));
    const rest = (keptAt.get(roomId) ?? 0) + KEEP_EVERY_MS - Date.now();
    // What was sent must not stay on another device.
    const delay = text ? Math.max(PAUSE_MS, rest) : 0;
    timers.set(
      roomId,
      setTimeout(() => keep(roomId), delay),
    );
  }

  async function keep(roomId) {
    timers.delete(roomId);
    // Without a connection it stays to be kept; see `keepAll`.
    if (get().connection.status !== "online") return;
    const text = draftOf(get(), roomId);
    keptAt.set(roomId, Date.now());
    dispatch({ type: "draft.sending", roomId, text });
    try {
      await client.call("drafts.set", { room_id: roomId, text });
      dispatch({ type: "draft.kept", roomId, text });
      // What the server keeps it may change by another device.
      if (!get().drafts[roomId].dirty) remember(keyOf(roomId), null);
    } catch {
      // It is kept in this browser; the next change tries again.
    }
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
