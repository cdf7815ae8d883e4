// Parts of the page that a first look does not need: fetched when the page is at rest, or wanted.
import { html, useLayoutEffect, useState } from "./view.js";

const REST_MS = 1_500;
const AGAIN_MS = 2_000;
const waiting = [];

/**
 * A component that is fetched from a module of its own when it is first shown.
 *
 * What is typed meanwhile is lost, so what opens to be typed into is no such component, or is
 * fetched (by `fetch` of the component) with what it is opened from.
 *
 * @param {() => Promise<object>} load imports the module
 * @param {string} name of the component in it
 */
export function later(load, name) {
  let Ready = null;
  let coming = null;
  const fetch = () => (coming ??= persist(load).then((loaded) => (Ready = loaded[name])));
  waiting.push(fetch);
  function Later(props) {
    const [, arrived] = useState(Ready !== null);
    useLayoutEffect(() => {
      let gone = false;
      if (!Ready) fetch().then(() => !gone && arrived(true));
      return () => (gone = true);
    }, []);
    return Ready && html`<${Ready} ...${props} />`;
  }
  return Object.assign(Later, { fetch });
}

/** Fetches what is left, so that it is there without a connection too. */
export function fetchTheRest() {
  setTimeout(() => waiting.forEach((fetch) => fetch()), REST_MS);
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
