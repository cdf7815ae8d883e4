// What a client makes of its options: how it gets to the server, and where its queue is kept.
import { HttpTransport } from "./http-transport.js";
import { IndexedDbQueue } from "./indexed-db-queue.js";
import { WebSocketTransport } from "./websocket-transport.js";

const DEFAULT_URL = "http://127.0.0.1:8765";

/** The server's address, over HTTP and with a slash at its end. */
export function baseOf(url = globalThis.location?.origin ?? DEFAULT_URL) {
  return new URL(url.replace(/^ws/, "http").replace(/\/*$/, "/"));
}

/** Where the queue of a program is kept that does not say so. */
export const storageHere = () => (globalThis.indexedDB ? new IndexedDbQueue() : null);

/** The functions that make links: `first` over WebSocket, `fallback` over HTTP; or null. */
export function transportsOf({ base, WebSocket, fetch, timing, authorization }) {
  if (!WebSocket && !fetch) throw new TypeError("A client needs a way: WebSocket or fetch");
  // A page with a cookie must show that it is no form of some other page.
  const headers = () => ({ "x-basicchat": "1", ...authorization() });
  const first = () => new WebSocketTransport({ base, WebSocket, openTimeout: timing.openTimeout });
  const fallback = (onWay) => new HttpTransport({ base, fetch, headers, timing, onWay });
  return { primary: WebSocket ? first : null, fallback: fetch ? fallback : null };
}
