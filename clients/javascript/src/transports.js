// Makes the transports of a client, and the storage of its queue, from its options.
import { HttpTransport } from "./http-transport.js";
import { IndexedDbQueue } from "./indexed-db-queue.js";
import { WebSocketTransport } from "./websocket-transport.js";

const DEFAULT_URL = "http://127.0.0.1:8765";

/** The HTTP address of a server, with a trailing slash. */
export function baseOf(url = globalThis.location?.origin ?? DEFAULT_URL) {
  return new URL(url.replace(/^ws/, "http").replace(/\/*$/, "/"));
}

/** The default storage of the queue: IndexedDB, if available. */
export const storageHere = () => (globalThis.indexedDB ? new IndexedDbQueue() : null);

/** Factories of transports: `primary` over WebSocket, `fallback` over HTTP; null if disabled. */
export function transportsOf({ base, WebSocket, fetch, timing, authorization }) {
  if (!WebSocket && !fetch) throw new TypeError("Every transport is disabled: pass WebSocket or fetch");
  // Shows the server that a request with a cookie does not come from a form of another site.
  const headers = () => ({ "x-basicchat": "1", ...authorization() });
  const primary = () => new WebSocketTransport({ base, WebSocket, openTimeout: timing.openTimeout });
  const fallback = (onTransport) => new HttpTransport({ base, fetch, headers, timing, onTransport });
  return { primary: WebSocket ? primary : null, fallback: fetch ? fallback : null };
}
