// The texts of runs, assembled from deltas by their offsets.
import { applyDelta, codePoints } from "./text.js";

const MAX_RUNS = 500;
// The limit of hello (PROTOCOL, section 3) is slightly higher.
const MAX_RESUMED = 64;
const ENDED_RUNS_KEPT = 200;

/** The texts of the runs in progress; beyond a limit the oldest are forgotten. */
export class RunTexts {
  #runs = new Map();
  #ended = new Set();
  #maxRuns;

  constructor(maxRuns = MAX_RUNS) {
    this.#maxRuns = maxRuns;
  }

  /**
   * Merges a delta; returns the new text, its offset, whether text before it is missing, and whether
   * the part's text or kind changed.
   *
   * A delta that reaches to the end of the part also decides of what kind the part is: an answer
   * turns into reasoning if the model ends its reasoning without having begun it.
   */
  apply({ run, part, kind, off, text }) {
    if (this.#ended.has(run)) return { off, added: "", gap: false, changed: false };
    const parts = this.#partsOf(run);
    const before = parts.get(part) ?? { part, kind, text: "", off: 0 };
    const { part: after, added, gap } = applyDelta(before, { off, text });
    const turned = !gap && kind !== before.kind && off + codePoints(text) >= before.off;
    const changed = Boolean(added) || turned;
    if (changed) parts.set(part, turned ? { ...after, kind } : after);
    return { off: before.off, added, gap, changed };
  }

  /**
   * Merges the whole texts of a run; returns the deltas by which they extend the known texts.
   *
   * A text that does not continue the known one is ignored: emitted text is never changed, and the
   * final event of the run has the final text.
   */
  sync(run, parts) {
    const deltas = [];
    for (const { part, kind, text } of parts) {
      if (!text.startsWith(this.#runs.get(run)?.get(part)?.text ?? "")) continue;
      const { added, off, changed } = this.apply({ run, part, kind, off: 0, text });
      if (changed) deltas.push({ run, part, kind, off, text: added });
    }
    return deltas;
  }

  /** The known text of a run, in the order of its parts. */
  parts(run) {
    return [...(this.#runs.get(run)?.values() ?? [])].sort((a, b) => a.part - b.part);
  }

  /** The value of hello's `resume.runs`: the known code points of each part. */
  offsets() {
    const newest = [...this.#runs].slice(-MAX_RESUMED);
    const offsets = ([run, parts]) => [run, [...parts.values()].map(({ part, off }) => [part, off])];
    return Object.fromEntries(
      newest.map(offsets).map(([run, pairs]) => [run, Object.fromEntries(pairs)]),
    );
  }

  /** Adds a run without text. */
  begin(run) {
    if (!this.#ended.has(run)) this.#partsOf(run);
  }

  /** Whether a run is known to be in progress. */
  knows(run) {
    return this.#runs.has(run);
  }

  /** Whether a run is known to have ended. */
  hasEnded(run) {
    return this.#ended.has(run);
  }

  /** Forgets the text of a run; later deltas of it are ignored. */
  end(run) {
    this.#runs.delete(run);
    this.#ended.add(run);
    if (this.#ended.size > ENDED_RUNS_KEPT) this.#ended.delete(this.#ended.values().next().value);
  }

  #partsOf(run) {
    if (!this.#runs.has(run)) {
      if (this.#runs.size >= this.#maxRuns) this.#runs.delete(this.#runs.keys().next().value);
      this.#runs.set(run, new Map());
    }
    return this.#runs.get(run);
  }
}
