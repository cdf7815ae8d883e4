// What a client knows of its streams: how far it has got in each, and which it follows.
import { acceptEvents } from "./cursors.js";
import { FINAL, GONE, LiveRuns, MAX_HELD } from "./live-runs.js";

// What hello takes (PROTOCOL, section 3).
const MAX_CURSORS = 1_000;

const streamOf = (roomId) => `room:${roomId}`;
const roomOf = (stream) => (stream.startsWith("room:") ? stream.slice(5) : null);

/**
 * Takes what the server sends, and tells what is new of it: each thing once, in order.
 *
 * `emit(name, value)` is told what is new; `ask(method, params, onResult)` makes requests, and calls
 * `onResult` with the result before anything behind it is looked at; `refollow()` is called when
 * `followed` has changed.
 */
export class Streams {
  #emit;
  #ask;
  #refollow;
  #own = "";
  #cursors = new Map();
  #rooms = new Set();
  // Events of rooms that came while their snapshot was being asked for.
  #held = new Map();

  constructor(emit, ask, refollow) {
    this.#emit = emit;
    this.#ask = ask;
    this.#refollow = refollow;
    this.runs = new LiveRuns(emit, ask);
  }

  /** What hello's `resume` says of streams and runs. */
  resume() {
    // What a snapshot is about to replace is not asked for as well: a replay that grows while the
    // connection keeps breaking would never let the snapshot behind it through.
    const known = [...this.#cursors].filter(([stream]) => !this.#held.has(stream));
    const cursors = Object.fromEntries(known.slice(-MAX_CURSORS));
    return { cursors, runs: this.runs.book.offsets() };
  }

  /** The streams to follow, and from where. */
  followed() {
    const streams = [this.#own, ...[...this.#rooms].map(streamOf)];
    const known = streams.filter((stream) => this.#cursors.has(stream));
    return Object.fromEntries(known.map((stream) => [stream, this.#cursors.get(stream)]));
  }

  /** Takes up what hello said of each stream; what was not recovered is asked for. */
  restore(userId, states) {
    const before = this.#own;
    this.#own = `user:${userId}`;
    for (const stream of this.#cursors.keys()) {
      if (stream.startsWith("user:") && stream !== this.#own) this.#cursors.delete(stream);
    }
    let stale = before !== "" && before !== this.#own;
    for (const [stream, { recovered, epoch, seq }] of Object.entries(states)) {
      const known = this.#cursors.has(stream);
      if (!known || !recovered) this.#cursors.set(stream, { epoch, seq });
      if (known && !recovered && stream === this.#own) stale = true;
    }
    if (stale) this.#emit("stale", { stream: this.#own });
    this.#refollow();
    for (const roomId of [...this.#rooms]) {
      const stream = streamOf(roomId);
      if (!this.#held.has(stream) && !states[stream]?.recovered) this.#refresh(roomId);
    }
  }

  /** Takes a notification. */
  receive(method, params) {
    if (method === "events") this.#onEvents(params);
    else if (method === "delta") this.runs.delta(params);
    else if (method === "signal") this.#emit("signal", params);
    else if (method === "streams") this.#onStreams(params.streams);
  }

  /** A turn has begun: the connection follows its room from the position in the reply. */
  accepted({ run_id, room_id, epoch, seq }) {
    const stream = streamOf(room_id);
    this.#rooms.add(room_id);
    const known = this.#cursors.get(stream);
    if (!known) {
      this.#cursors.set(stream, { epoch, seq });
      this.#refollow();
    }
    // What does not call the assistant is only posted.
    if (run_id === null || !this.runs.begin(run_id, room_id) || !known) return;
    // Its beginning, if not its end, went by in what a snapshot replaced.
    if (known.epoch !== epoch || known.seq > seq) this.runs.ask(run_id);
  }

  /** Asks for a room's snapshot, and follows the room from there on. */
  async join(roomId) {
    const stream = streamOf(roomId);
    this.#rooms.add(roomId);
    if (!this.#held.has(stream)) this.#held.set(stream, []);
    let taken = false;
    try {
      return await this.#ask("rooms.join", { room_id: roomId }, (snapshot) => {
        taken = true;
        this.#onSnapshot(roomId, snapshot);
      });
    } catch (error) {
      if (GONE.includes(error.kind)) this.forget(roomId);
      throw error;
    } finally {
      if (!taken) this.#release(stream);
    }
  }

  /** Follows a room no more. */
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
      // Events have overtaken it, as they may over HTTP.
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
      // Beyond this a gap is found, and filled, later.
      if (held.length < MAX_HELD) held.push(frame);
      return;
    }
    // A `query` subscribes before its reply names the room.
    if (roomOf(stream)) this.#rooms.add(roomOf(stream));
    const taken = acceptEvents(this.#cursors.get(stream), frame);
    if (taken.gap) return this.#missed(stream, { epoch, seq: events.at(-1).seq });
    if (taken.cursor) this.#cursors.set(stream, taken.cursor);
    for (const event of taken.events) this.#onEvent({ stream, epoch, ...event });
  }

  #onEvent(event) {
    const { type, data } = event;
    if (type === "run.started") this.runs.begin(data.run_id, data.room_id);
    // Deltas are not kept: who comes late has the text from the run's end.
    if (FINAL.has(type)) this.runs.sync(data.run_id, data.parts);
    this.#emit("event", event);
    if (FINAL.has(type)) this.runs.end(data.run_id);
    if (type === "room.deleted") this.forget(data.room_id);
  }

  // Over HTTP each request says whether it begins where the last one ended.
  #onStreams(states) {
    for (const [stream, { recovered, epoch, seq }] of Object.entries(states)) {
      const cursor = this.#cursors.get(stream);
      const same = cursor?.epoch === epoch && cursor.seq === seq;
      if (!recovered && !same) this.#missed(stream, { epoch, seq });
    }
  }

  #missed(stream, now) {
    const roomId = roomOf(stream);
    if (roomId && this.#rooms.has(roomId)) {
      if (!this.#held.has(stream)) this.#refresh(roomId);
      return;
    }
    this.#cursors.set(stream, now);
    this.#emit("stale", { stream });
  }
}
