// The texts of runs, put together from deltas by their offsets.
import { applyDelta } from "./text.js";

const MAX_RUNS = 500;
// What hello takes (PROTOCOL, section 3) is a little more.
const MAX_RESUMED = 64;
const ENDED_RUNS_KEPT = 200;

/** The texts of the runs that are being written; the oldest are forgotten beyond a limit. */
export class RunTexts {
  #runs = new Map();
  #ended = new Set();
  #maxRuns;

  constructor(maxRuns = MAX_RUNS) {
    this.#maxRuns = maxRuns;
  }

  /** Takes a delta; answers the text that is new, where it begins, and whether some is missing. */
  apply({ run, part, kind, off, text }) {
    if (this.#ended.has(run)) return { off, added: "", gap: false };
    const parts = this.#partsOf(run);
    const before = parts.get(part) ?? { part, kind, text: "", off: 0 };
    const { part: after, added, gap } = applyDelta(before, { off, text });
    if (added) parts.set(part, after);
    return { off: before.off, added, gap };
  }

  /**
   * Takes a run's whole texts; answers the deltas by which they are ahead of what was known.
   *
   * A text that is no continuation of what is known adds nothing: known text is never shown to
   * have been something else, and a run's end tells its final text.
   */
  sync(run, parts) {
    const news = [];
    for (const { part, kind, text } of parts) {
      if (!text.startsWith(this.#runs.get(run)?.get(part)?.text ?? "")) continue;
      const { added, off } = this.apply({ run, part, kind, off: 0, text });
      if (added) news.push({ run, part, kind, off, text: added });
    }
    return news;
  }

  /** What is known of a run, in the order of its parts. */
  parts(run) {
    return [...(this.#runs.get(run)?.values() ?? [])].sort((a, b) => a.part - b.part);
  }

  /** What hello's `resume.runs` wants: how many code points of each part are known. */
  offsets() {
    const newest = [...this.#runs].slice(-MAX_RESUMED);
    const offsets = ([run, parts]) => [run, [...parts.values()].map(({ part, off }) => [part, off])];
    return Object.fromEntries(
      newest.map(offsets).map(([run, pairs]) => [run, Object.fromEntries(pairs)]),
    );
  }

  /** Knows of a run from now on, though nothing of its text. */
  begin(run) {
    if (!this.#ended.has(run)) this.#partsOf(run);
  }

  /** Whether a run is being written, as far as one knows. */
  knows(run) {
    return this.#runs.has(run);
  }

  /** Whether a run's end has been seen, as far as one remembers. */
  hasEnded(run) {
    return this.#ended.has(run);
  }

  /** Forgets a run's text; what still comes of it is late. */
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
