// The runs in progress that a client follows: their rooms, texts and ends.
import { RunTexts } from "./run-text.js";

export const MAX_HELD = 2_000;
export const GONE = ["not_found", "forbidden"];
export const FINAL = new Set(["run.completed", "run.failed", "run.cancelled", "run.interrupted"]);
const NOT_FOLLOWED = { kind: "not_found", message: "The conversation is no longer followed" };

/**
 * Merges deltas and states of runs, and emits each piece of text once, in order.
 *
 * `emit(name, value)` is called with each new event; `request(method, params, onResult)`
 * makes requests.
 */
export class LiveRuns {
  #emit;
  #request;
  #rooms = new Map();
  // Deltas that arrive while the state of their run is being fetched.
  #held = new Map();
  // Runs whose final event will not come, because a snapshot that contains it came first.
  #passed = new Set();
  texts = new RunTexts();

  constructor(emit, request) {
    this.#emit = emit;
    this.#request = request;
  }

  /** Adds a run; returns false if it was known already. */
  begin(runId, roomId) {
    // Deltas may arrive earlier, but do not name the room.
    if (this.#rooms.has(runId) || this.texts.hasEnded(runId)) return false;
    this.texts.begin(runId);
    this.#rooms.set(runId, roomId);
    return true;
  }

  /** Merges a delta; fetches the run if text before it is missing. */
  delta(delta) {
    const held = this.#held.get(delta.run);
    if (held) {
      // Further deltas are dropped; the gap is noticed and closed later.
      if (held.length < MAX_HELD) held.push(delta);
      return;
    }
    const { added, gap, off, changed } = this.texts.apply(delta);
    if (gap) this.#requestState(delta.run, [delta]);
    else if (changed) this.#emit("delta", { ...delta, off, text: added });
  }

  /** Merges the whole texts of a run. */
  sync(runId, parts) {
    for (const delta of this.texts.sync(runId, parts)) this.#emit("delta", delta);
  }

  /** Merges the active runs of a room's snapshot, and fetches the known ones that it lacks. */
  snapshot(roomId, active) {
    for (const { run_id, parts } of active) {
      this.begin(run_id, roomId);
      this.sync(run_id, parts);
    }
    const running = new Set(active.map((run) => run.run_id));
    for (const runId of this.#of(roomId)) if (!running.has(runId)) this.fetch(runId);
  }

  /** Fetches a run that a snapshot has passed over; its state takes the place of its end. */
  fetch(runId) {
    this.#passed.add(runId);
    this.#requestState(runId, []);
  }

  /** Fetches the state of a run; deltas that arrive meanwhile are merged afterwards. */
  #requestState(runId, held) {
    if (this.#held.has(runId)) return;
    this.#held.set(runId, held);
    const passed = this.#passed.has(runId);
    const onRun = (run) => this.#onRun(run, passed);
    this.#request("runs.get", { run_id: runId }, onRun).catch((error) => {
      this.#held.delete(runId);
      if (GONE.includes(error.kind)) this.#failUnfollowed(runId);
    });
  }

  #onRun(run, passed) {
    const { run_id: runId } = run;
    const held = this.#held.get(runId) ?? [];
    this.#held.delete(runId);
    if (this.texts.hasEnded(runId)) return;
    this.sync(runId, run.parts);
    if (run.status === "running") held.forEach((delta) => this.delta(delta));
    else if (passed) this.#endByState(run);
    // Otherwise its final event is on its way, perhaps over another connection.
    // If the snapshot came during the request, the run is requested once more.
    if (!passed && this.#passed.has(runId)) this.#requestState(runId, []);
  }

  #endByState(run) {
    this.#emit("event", { stream: `room:${run.room_id}`, type: `run.${run.status}`, data: run });
    this.end(run.run_id);
  }

  /** Forgets a run after its final event. */
  end(runId) {
    this.texts.end(runId);
    this.#rooms.delete(runId);
    this.#passed.delete(runId);
  }

  /** Fails the runs of a room, of which no more events will arrive. */
  forgetRoom(roomId) {
    for (const runId of this.#of(roomId)) this.#failUnfollowed(runId);
  }

  #of(roomId) {
    return [...this.#rooms].filter(([, room]) => room === roomId).map(([runId]) => runId);
  }

  #failUnfollowed(runId) {
    const roomId = this.#rooms.get(runId);
    if (roomId === undefined) return;
    const run = { run_id: runId, room_id: roomId, status: "failed", error: NOT_FOLLOWED };
    const data = { ...run, parts: this.texts.parts(runId) };
    this.#emit("event", { stream: `room:${roomId}`, type: "run.failed", data });
    this.end(runId);
  }
}
