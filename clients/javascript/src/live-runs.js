// The runs in progress that a client follows: their rooms, texts and ends.
import { RunTexts } from "./run-text.js";

export const MAX_HELD = 2_000;
export const GONE = ["not_found", "forbidden"];
export const FINAL = new Set(["run.completed", "run.failed", "run.cancelled", "run.interrupted"]);
const VANISHED = { kind: "not_found", message: "The conversation is no longer followed" };

/**
 * Merges deltas and states of runs, and emits each piece of text once, in order.
 *
 * `emit(name, value)` is called with each new event; `ask(method, params, onResult)` makes requests.
 */
export class LiveRuns {
  #emit;
  #ask;
  #rooms = new Map();
  // Deltas that arrive while the state of their run is being fetched.
  #held = new Map();
  book = new RunTexts();

  constructor(emit, ask) {
    this.#emit = emit;
    this.#ask = ask;
  }

  /** Adds a run; returns false if it was known already. */
  begin(runId, roomId) {
    // A run is known by its room. Deltas, which may arrive earlier, do not tell it.
    if (this.#rooms.has(runId) || this.book.hasEnded(runId)) return false;
    this.book.begin(runId);
    this.#rooms.set(runId, roomId);
    return true;
  }

  /** Merges a delta; fetches the run if text before it is missing. */
  delta(delta) {
    const held = this.#held.get(delta.run);
    if (held) {
      // What is dropped here leaves a gap, which is detected and filled later.
      if (held.length < MAX_HELD) held.push(delta);
      return;
    }
    const { added, gap, off } = this.book.apply(delta);
    if (gap) this.ask(delta.run, delta);
    else if (added) this.#emit("delta", { ...delta, off, text: added });
  }

  /** Merges the whole texts of a run. */
  sync(runId, parts) {
    for (const delta of this.book.sync(runId, parts)) this.#emit("delta", delta);
  }

  /** Merges the active runs of a room's snapshot, and fetches the known ones that it lacks. */
  snapshot(roomId, active) {
    for (const { run_id, parts } of active) {
      this.begin(run_id, roomId);
      this.sync(run_id, parts);
    }
    const writing = new Set(active.map((run) => run.run_id));
    for (const runId of this.#of(roomId)) if (!writing.has(runId)) this.ask(runId);
  }

  /** Fetches the state of a run; deltas that arrive meanwhile are merged afterwards. */
  ask(runId, ...held) {
    if (this.#held.has(runId)) return;
    this.#held.set(runId, held);
    this.#ask("runs.get", { run_id: runId }, (run) => this.#onRun(run)).catch((error) => {
      this.#held.delete(runId);
      if (GONE.includes(error.kind)) this.#vanished(runId);
    });
  }

  #onRun(run) {
    const held = this.#held.get(run.run_id) ?? [];
    this.#held.delete(run.run_id);
    if (this.book.hasEnded(run.run_id)) return;
    this.sync(run.run_id, run.parts);
    if (run.status === "running") return held.forEach((delta) => this.delta(delta));
    this.#emit("event", { stream: `room:${run.room_id}`, type: `run.${run.status}`, data: run });
    this.end(run.run_id);
  }

  /** Forgets a run after its final event. */
  end(runId) {
    this.book.end(runId);
    this.#rooms.delete(runId);
  }

  /** Fails the runs of a room, as nothing more will be heard of them. */
  forgetRoom(roomId) {
    for (const runId of this.#of(roomId)) this.#vanished(runId);
  }

  #of(roomId) {
    return [...this.#rooms].filter(([, room]) => room === roomId).map(([runId]) => runId);
  }

  #vanished(runId) {
    const roomId = this.#rooms.get(runId);
    if (roomId === undefined) return;
    const run = { run_id: runId, room_id: roomId, status: "failed", error: VANISHED };
    const data = { ...run, parts: this.book.parts(runId) };
    this.#emit("event", { stream: `room:${roomId}`, type: "run.failed", data });
    this.end(runId);
  }
}
