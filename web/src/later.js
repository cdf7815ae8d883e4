// Work for a later task: the next one, or one when the browser has nothing else to do.

const LATEST_MS = 2_000;
// For browsers that do not tell when they are idle.
const SOON_MS = 200;

/**
 * A function that calls `work` in the next task, once however often it is called before.
 *
 * By messages, because timers are slow in pages that are not visible.
 */
export function inNextTask(work) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      waiting = false;
      work();
    };
    port2.postMessage(null);
  };
}

/** Calls a function when the browser is idle; returns a function that cancels it. */
export function whenIdle(work) {
  if (globalThis.requestIdleCallback) {
    const id = requestIdleCallback(() => work(), { timeout: LATEST_MS });
    return () => cancelIdleCallback(id);
  }
  const timer = setTimeout(work, SOON_MS);
  return () => clearTimeout(timer);
}

const turns = [];

/**
 * Calls functions that change the page one after another, each in a task of its own after a frame has
 * been drawn, so that neither they nor their frames become long tasks together. Returns a function
 * that cancels the call.
 */
export function inTurn(work) {
  if (turns.push(work) === 1) afterFrame(takeTurn);
  return () => {
    const at = turns.indexOf(work);
    if (at >= 0) turns[at] = null;
  };
}

function takeTurn() {
  while (turns.length && !turns[0]) turns.shift();
  // It stays in the queue until it is done, so that those who come meanwhile wait for their turn.
  try {
    turns[0]?.();
  } finally {
    turns.shift();
    if (turns.length) afterFrame(takeTurn);
  }
}

function afterFrame(work) {
  const once = inNextTask(work);
  // Pages that are not visible draw no frames.
  if (!globalThis.requestAnimationFrame || document.hidden) return void setTimeout(once, 0);
  requestAnimationFrame(once);
}
