// Modules that the first view does not need: loaded on demand, or once the page is idle.
import { useLayoutEffect, useState } from "./preact.js";

const AGAIN_MS = 2_000;

/**
 * A module that is loaded later, from a file of its own.
 *
 * Anything that opens for typing must not be lazy: what is typed before it loads would be lost.
 *
 * @param {() => Promise<object>} load imports the module
 * @returns {{fetch: () => Promise<object>, use: () => object | null}} `use` is a hook: the module,
 *   or null until it has loaded
 */
export function lazyModule(load) {
  let ready = null;
  let loading = null;
  const fetch = () => (loading ??= retry(load).then((module) => (ready = module)));
  function use() {
    const [, arrived] = useState(ready !== null);
    useLayoutEffect(() => {
      let gone = false;
      if (!ready) fetch().then(() => !gone && arrived(true));
      return () => (gone = true);
    }, []);
    return ready;
  }
  return { fetch, use };
}

// Retries until it succeeds, since the connection may be lost.
async function retry(load) {
  for (;;) {
    try {
      return await load();
    } catch {
      await untilRetry();
    }
  }
}

/** Waits until it is time to load a file again: after a pause, or when the network is back. */
export const untilRetry = () =>
  new Promise((again) => {
    const retry = () => {
      clearTimeout(timer);
      removeEventListener("online", retry);
      again();
    };
    const timer = setTimeout(retry, AGAIN_MS);
    addEventListener("online", retry);
  });
