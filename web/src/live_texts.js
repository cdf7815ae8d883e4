// The texts of answers that are being written. They are not part of the page's state, so that a
// piece of text renders nothing but the components that show it.
import { createContext, useContext, useLayoutEffect, useState } from "./preact.js";

// Between two updates of the page: fast enough for the eye, and other work gets its turn.
const UPDATE_MS = 40;

/**
 * Tells components of the texts that have grown, at most once per `UPDATE_MS`.
 *
 * Not within an animation frame: rendering the texts and painting them would be one long task.
 *
 * @param {object} client holds the texts: `client.parts(runId)`
 */
export function createLiveTexts(client) {
  const listeners = new Map();
  const grown = new Set();
  let scheduled = false;
  let updated = 0;

  function update() {
    scheduled = false;
    updated = performance.now();
    const runs = [...grown];
    grown.clear();
    for (const run of runs) for (const listener of listeners.get(run) ?? []) listener();
  }

  function schedule() {
    if (scheduled) return;
    scheduled = true;
    setTimeout(update, Math.max(0, updated + UPDATE_MS - performance.now()));
  }

  return {
    parts: (runId) => client.parts(runId),
    /** Notes that the text of a run has grown. */
    grow(runId) {
      grown.add(runId);
      schedule();
    },
    subscribe(runId, listener) {
      if (!listeners.has(runId)) listeners.set(runId, new Set());
      const those = listeners.get(runId);
      those.add(listener);
      return () => {
        those.delete(listener);
        if (!those.size) listeners.delete(runId);
      };
    },
  };
}

/** Provides the live texts to the components below it. */
export const LiveTexts = createContext(null);

/**
 * The parts of a run's text so far, or none without a run.
 *
 * The component is rendered again only when the result of `watch(parts)`, a plain value, changes.
 */
export function useRunParts(run, watch) {
  const texts = useContext(LiveTexts);
  const runId = run?.run_id;
  const current = () => (runId ? texts.parts(runId) : []);
  const [, setWatched] = useState(null);
  useLayoutEffect(() => {
    if (runId) return texts.subscribe(runId, () => setWatched(watch(current())));
  }, [runId]);
  return current();
}
