// Functions that run in a worker of their own, since they would block the page.
import { untilRetry } from "./lazy.js";

const MAX_CACHED = 200;

/**
 * A function of a bundle that is loaded into a worker by the first call.
 *
 * @param {string} bundle the file of the bundle, which calls `serve` of `worker_function.js`
 * @returns {{call: (...args) => Promise<any>, cached: (...args) => any}} `cached` is the result of
 *   an earlier call with equal arguments, or undefined
 */
export function lazyWorker(bundle) {
  const waiting = new Map();
  const results = new Map();
  let worker = null;
  let last = 0;

  function start() {
    worker = new Worker(new URL(bundle, import.meta.url), { type: "module" });
    worker.onmessage = ({ data: { id, result } }) => {
      const { key, resolve } = waiting.get(id);
      waiting.delete(id);
      results.set(key, result);
      if (results.size > MAX_CACHED) results.delete(results.keys().next().value);
      resolve(result);
    };
    // The function itself never fails, so the bundle could not be loaded.
    worker.onerror = async (event) => {
      event.preventDefault();
      await untilRetry();
      start();
      for (const [id, { args }] of waiting) worker.postMessage({ id, args });
    };
  }

  function call(...args) {
    const key = JSON.stringify(args);
    if (results.has(key)) return Promise.resolve(results.get(key));
    if (!worker) start();
    const id = ++last;
    worker.postMessage({ id, args });
    return new Promise((resolve) => waiting.set(id, { key, args, resolve }));
  }

  return { call, cached: (...args) => results.get(JSON.stringify(args)) };
}
