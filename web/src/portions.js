// Work that is done in portions, as large as a slow device can do at once.
import { useLayoutEffect, useRef, useState } from "./preact.js";
import { inTurn } from "./later.js";

// Of a processor that is four times as fast as a slow device's, which then draws the portion as well.
const PORTION_MS = 8;
const MAX_GROWTH = 2;

/**
 * The number of the first of `count` things to render: at first only the last ones are rendered, then
 * more from turn to turn, up to the first. What is added at the end later is rendered at once.
 *
 * @param {number} count how many things there are; 0 while they are unknown
 * @param {{first: number, size: number, max: number, added?: number}} portions `first`: how many to
 *   render at once; `size`: how many in the first turn; `max`: how many at most in each further one;
 *   `added`: how many were put before the others since the last call; they are rendered at once if
 *   all others have been
 */
export function usePortions(count, { first, size, max, added = 0 }) {
  const [, next] = useState(0);
  const portion = useRef({ from: null, size, turns: 0 }).current;
  const began = performance.now();
  if (portion.from === null && count) portion.from = Math.max(0, count - first);
  else if (portion.from) portion.from += added;
  const from = Math.min(portion.from ?? 0, count);
  useLayoutEffect(() => {
    if (!from) return;
    if (portion.turns || first) portion.size = sized(portion.size, performance.now() - began, max);
    return inTurn(() => {
      portion.turns++;
      portion.from = Math.max(0, portion.from - portion.size);
      next((turn) => turn + 1);
    });
  }, [from]);
  return from;
}

function sized(size, took, max) {
  const fitting = Math.round((size * PORTION_MS) / Math.max(took, 1));
  return Math.max(1, Math.min(fitting, MAX_GROWTH * size, max));
}
