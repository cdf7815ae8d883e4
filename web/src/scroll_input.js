// Whether the reader may be scrolling: a scroll event alone does not tell who has scrolled, since
// browsers also move an area when its content shrinks.

const RECENT_MS = 1_000;
const KEYS = /^((Arrow|Page)(Up|Down)|Home|End| )$/;

/** Watches what scrolls an area; returns `isRecent()`, and `stop()`, which ends the watch. */
export function watchScrollInput(area) {
  let last = -Infinity;
  let isPressed = false;
  const note = () => {
    last = performance.now();
  };
  const noteKey = (event) => {
    if (KEYS.test(event.key) && !event.target.matches?.("input, textarea")) note();
  };
  const press = () => {
    isPressed = true;
  };
  const release = () => {
    if (!isPressed) return;
    note();
    isPressed = false;
  };
  const ended = new AbortController();
  const options = { passive: true, signal: ended.signal };
  for (const type of ["wheel", "touchmove"]) area.addEventListener(type, note, options);
  // The scroll bar is dragged for as long as the reader likes.
  area.addEventListener("pointerdown", press, options);
  for (const type of ["pointerup", "pointercancel"]) addEventListener(type, release, options);
  addEventListener("keydown", noteKey, options);
  return {
    isRecent: () => isPressed || performance.now() - last < RECENT_MS,
    stop: () => ended.abort(),
  };
}
