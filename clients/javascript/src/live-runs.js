// The runs that a client follows: their texts, where they belong, and their ends.
import { RunTexts } from "./run-text.js";

export const MAX_HELD = 2_000;
export const GONE = ["not_found", "forbidden"];
export const FINAL = new Set(["run.completed", "run.failed", "run.cancelled", "run.interrupted"]);
const VANISHED = { kind: "not_found", message: "The conversation is not followed any more" };

/**
 * Takes deltas and runs' states, and tells what is new of the texts: each piece once.
 *
 * `emit(name, value)` is told what is new; `ask(method, params, onResult)` makes requests.
 */
export class LiveRuns {
  #emit;
  #ask;
  #rooms = new Map();
  // Deltas that came while a run's state was being asked for.
  #held = new Map();
  book = new RunTexts();

  constructor(emit, ask) {
    this.#emit = emit;
    this.#ask = ask;
  }

  /** Knows of a run from now on; false if it did already. */
  begin(runId, roomId) {
    // Deltas alone, which may come before anything says where a run belongs, do not count.
    if (this.#rooms.has(runId) || this.book.hasEnded(runId)) return false;
    this.book.begin(runId);
    this.#rooms.set(runId, roomId);
    return true;
  }

  /** Takes a delta; what is missing before it is asked for. */
  delta(delta) {
    const held = this.#held.get(delta.run);
    if (held) {
      // Beyond this a gap is found, and filled, later.
      if (held.length < MAX_HELD) held.push(delta);
      return;
    }
    const { added, gap, off } = this.book.apply(delta);
    if (gap) this.ask(delta.run, delta);
    else if (added) this.#emit("delta", { ...delta, off, text: added });
  }

  /** Takes a run's whole texts so far. */
  sync(runId, parts) {
    for (const delta of this.book.sync(runId, parts)) this.#emit("delta", delta);
  }

  /** Takes what a room's snapshot says; asks for the runs that it knows no more. */
  snapshot(roomId, active) {
    for (const { run_id, parts } of active) {
      this.begin(run_id, roomId);
      this.sync(run_id, parts);
    }
    const writing = new Set(active.map((run) => run.run_id));
    for (const runId of this.#of(roomId)) if (!writing.has(runId)) this.ask(runId);
  }

  /** Asks for a run's state; deltas that come meanwhile are applied behind it. */
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

  /** A run's end has been told. */
  end(runId) {
    this.book.end(runId);
    this.#rooms.delete(runId);
  }

  /** What is being written in a room will not be heard of: for its readers it has failed. */
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
