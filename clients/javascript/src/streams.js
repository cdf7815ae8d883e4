// The streams that a client follows: a cursor for each, and how gaps are closed.
//
// A stream of durable events is followed by a cursor `{epoch, seq}`. Events that continue it are
// emitted; events that are known already are dropped. If events are missing, or the server has begun
// another epoch, a room is joined again, and its snapshot replaces what was known; other streams are
// reported as stale. While a snapshot is being fetched, events of its room are held, and then checked
// against the new cursor. So each event is emitted once and in order, or a snapshot in its place.
import { acceptEvents } from "./cursors.js";
import { FINAL, GONE, LiveRuns, MAX_HELD } from "./live-runs.js";

// The limits of hello (PROTOCOL, section 3).
const MAX_CURSORS = 1_000;

const streamOf = (roomId) => `room:${roomId}`;
const roomOf = (stream) => (stream.startsWith("room:") ? stream.slice(5) : null);

/**
 * Handles notifications, and emits what is new in them.
 *
 * `emit(name, value)` is called with each new event; `request(method, params, onResult)` makes
 * requests, and calls `onResult` with the result before any later frame is handled; `refollow()` is
 * called when the result of `followed` has changed.
 */
export class Streams {
  #emit;
  #request;
  #refollow;
  #userStream = "";
  #cursors = new Map();
  #rooms = new Set();
  // Events of rooms that arrived while their snapshot was being fetched.
  #held = new Map();

  constructor(emit, request, refollow) {
    this.#emit = emit;
    this.#request = request;
    this.#refollow = refollow;
    this.runs = new LiveRuns(emit, request);
  }

  /** The cursors and text offsets from which hello resumes. */
  resume() {
    // A stream whose snapshot is being fetched is left out. Its replay would have to be sent before
    // the snapshot, and would grow with each connection that is lost meanwhile.
    const known = [...this.#cursors].filter(([stream]) => !this.#held.has(stream));
    const cursors = Object.fromEntries(known.slice(-MAX_CURSORS));
    return { cursors, runs: this.runs.texts.offsets() };
  }

  /** The streams to follow, and from where. */
  followed() {
    const streams = [this.#userStream, ...[...this.#rooms].map(streamOf)];
    const known = streams.filter((stream) => this.#cursors.has(stream));
    return Object.fromEntries(known.map((stream) => [stream, this.#cursors.get(stream)]));
  }

  /** Applies the state of each stream after hello, and fetches what was not recovered. */
  restore(userId, states) {
    const before = this.#userStream;
    this.#userStream = `user:${userId}`;
    for (const stream of this.#cursors.keys()) {
      if (stream.startsWith("user:") && stream !== this.#userStream) this.#cursors.delete(stream);
    }
    let stale = before !== "" && before !== this.#userStream;
    for (const [stream, { recovered, epoch, seq }] of Object.entries(states)) {
      const known = this.#cursors.has(stream);
      if (!known || !recovered) this.#cursors.set(stream, { epoch, seq });
      if (known && !recovered && stream === this.#userStream) stale = true;
    }
    if (stale) this.#emit("stale", { stream: this.#userStream });
    this.#refollow();
    for (const roomId of [...this.#rooms]) {
      const stream = streamOf(roomId);
      if (!this.#held.has(stream) && !states[stream]?.recovered) this.#refresh(roomId);
    }
  }

  /** Handles a notification. */
  receive(method, params) {
    if (method === "events") this.#onEvents(params);
    else if (method === "delta") this.runs.delta(params);
    else if (method === "signal") this.#emit("signal", params);
    else if (method === "streams") this.#onStreams(params.streams);
  }

  /** Follows the room of a turn that has started, from the position in the reply. */
  accepted({ run_id, room_id, epoch, seq }) {
    const stream = streamOf(room_id);
    this.#rooms.add(room_id);
    const known = this.#cursors.get(stream);
    if (!known) {
      this.#cursors.set(stream, { epoch, seq });
      this.#refollow();
    }
    // Messages that do not address the assistant are only posted.
    if (run_id === null || !this.runs.begin(run_id, room_id) || !known) return;
    // Its start, and possibly its end, were among the events that a snapshot replaced.
    if (known.epoch !== epoch || known.seq > seq) this.runs.fetch(run_id);
  }

  /** Fetches the snapshot of a room, and follows the room from there on. */
  async join(roomId) {
    const stream = streamOf(roomId);
    this.#rooms.add(roomId);
    if (!this.#held.has(stream)) this.#held.set(stream, []);
    let arrived = false;
    try {
      return await this.#request("rooms.join", { room_id: roomId }, (snapshot) => {
        arrived = true;
        this.#onSnapshot(roomId, snapshot);
      });
    } catch (error) {
      if (GONE.includes(error.kind)) this.forget(roomId);
      throw error;
    } finally {
      if (!arrived) this.#release(stream);
    }
  }

  /** Stops following a room. */
  forget(roomId) {
    this.#rooms.delete(roomId);
    this.#cursors.delete(streamOf(roomId));
    this.#refollow();
    this.runs.forgetRoom(roomId);
  }

  #refresh(roomId) {
    const stream = streamOf(roomId);
    if (!this.#held.has(stream)) this.#held.set(stream, []);
    this.join(roomId).catch(() => this.#emit("stale", { stream }));
  }

  #onSnapshot(roomId, snapshot) {
    const stream = streamOf(roomId);
    const before = this.#cursors.get(stream);
    if (before?.epoch === snapshot.epoch && before.seq > snapshot.seq) {
      // Later events have overtaken the snapshot, which is possible over HTTP.
      return this.#refresh(roomId);
    }
    if (this.#rooms.has(roomId)) {
      this.#cursors.set(stream, { epoch: snapshot.epoch, seq: snapshot.seq });
      this.#refollow();
      this.#emit("snapshot", { ...snapshot, room_id: roomId });
      this.runs.snapshot(roomId, snapshot.active_runs);
    }
    this.#release(stream);
  }

  #release(stream) {
    const held = this.#held.get(stream) ?? [];
    this.#held.delete(stream);
    for (const frame of held) this.#onEvents(frame);
  }

  #onEvents(frame) {
    const { stream, epoch, events } = frame;
    const held = this.#held.get(stream);
    if (held) {
      // Further events are dropped; the gap is noticed and closed later.
      if (held.length < MAX_HELD) held.push(frame);
      return;
    }
    // A `query` subscribes to its room before the reply names it.
    if (roomOf(stream)) this.#rooms.add(roomOf(stream));
    const accepted = acceptEvents(this.#cursors.get(stream), frame);
    if (accepted.gap) return this.#onGap(stream, { epoch, seq: events.at(-1).seq });
    if (accepted.cursor) this.#cursors.set(stream, accepted.cursor);
    for (const event of accepted.events) this.#onEvent({ stream, epoch, ...event });
  }

  #onEvent(event) {
    const { type, data } = event;
    if (type === "run.started") this.runs.begin(data.run_id, data.room_id);
    // Deltas are not stored: late subscribers get the text from the final event of the run.
    if (FINAL.has(type)) this.runs.sync(data.run_id, data.parts);
    this.#emit("event", event);
    if (FINAL.has(type)) this.runs.end(data.run_id);
    if (type === "room.deleted") this.forget(data.room_id);
  }

  // Over HTTP, each reply says whether it continues where the last one ended.
  #onStreams(states) {
    for (const [stream, { recovered, epoch, seq }] of Object.entries(states)) {
      const cursor = this.#cursors.get(stream);
      const same = cursor?.epoch === epoch && cursor.seq === seq;
      if (!recovered && !same) this.#onGap(stream, { epoch, seq });
    }
  }

  #onGap(stream, now) {
    const roomId = roomOf(stream);
    if (roomId && this.#rooms.has(roomId)) {
      if (!this.#held.has(stream)) this.#refresh(roomId);
      return;
    }
    this.#cursors.set(stream, now);
    this.#emit("stale", { stream });
  }
}
