// What a first look does not need: fetched when it is wanted, or the page is at rest.
import { useLayoutEffect, useState } from "./view.js";

const AGAIN_MS = 2_000;

/**
 * A module in a file of its own.
 *
 * What opens to be typed into is never in one: what is typed meanwhile would be lost.
 *
 * @param {() => Promise<object>} load imports the module
 * @returns {{fetch: () => Promise<object>, use: () => object | null}} `use` is a hook: the module,
 *   or null until it has come
 */
export function later(load) {
  let ready = null;
  let coming = null;
  const fetch = () => (coming ??= persist(load).then((module) => (ready = module)));
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

// Where a connection was lost meanwhile, it is tried again until it works.
async function persist(load) {
  for (;;) {
    try {
      return await load();
    } catch {
      await new Promise((again) => {
        const timer = setTimeout(again, AGAIN_MS);
        const online = () => {
          clearTimeout(timer);
          again();
        };
        addEventListener("online", online, { once: true });
      });
    }
  }
}
