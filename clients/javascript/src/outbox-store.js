// Stores queued requests, so that they survive the end of this program.

import { takesClientMsgId } from "./retry-rules.js";

// After a restart, nobody would wait for the result of a tool.
const isKept = (method) => takesClientMsgId(method) && method !== "tool_execution";
// The server remembers a client_msg_id for seven days; later, a request could be repeated.
export const KEEP_MS = 6 * 24 * 3_600_000;

/**
 * Connects the queue to a storage with `put(item)`, `remove(item)`, `claim(server, user)`, which returns
 * the items of that user that no other running client owns, and optionally `inherit(server, user)`,
 * which returns those left by clients that have ended since.
 *
 * Operations run one after the other. If one fails, `onError` is called, and only the storing of
 * requests is affected.
 */
export class OutboxStore {
  #storage;
  #server;
  #onError;
  #work = Promise.resolve();
  // When each stored request was made, by client_msg_id: they are sent again in that order.
  #dates = new Map();
  #latest = 0;
  // Requests that have been answered, but not yet removed from the storage.
  #dropping = new Set();

  constructor(storage, server, onError) {
    this.#storage = storage;
    this.#server = server;
    this.#onError = onError;
  }

  #do(work) {
    const done = this.#work.then(work).catch((error) => this.#onError(error));
    this.#work = done;
    return done;
  }

  /** Stores a request until it is dropped, if its method is one of those worth storing. */
  keep({ method, params, user }) {
    if (!this.#storage || !isKept(method)) return;
    const id = params.client_msg_id;
    const at = this.#dates.get(id) ?? (this.#latest = Math.max(Date.now(), this.#latest + 1));
    this.#dates.set(id, at);
    const item = { server: this.#server, user, id, method, params, at };
    this.#do(() => this.#storage.put(item));
  }

  /** Removes a request that was answered or given up. */
  drop({ params, user }) {
    const id = params.client_msg_id;
    if (!this.#dates.delete(id)) return;
    this.#dropping.add(id);
    const item = { server: this.#server, user, id };
    this.#do(() => this.#storage.remove(item)).then(() => this.#dropping.delete(id));
  }

  /** Claims the requests of a user's earlier clients, the oldest first. */
  async claim(user) {
    return this.#fresh(await this.#do(() => this.#storage?.claim(this.#server, user)));
  }

  /** Claims the requests of a user's clients that have ended since. */
  async inherit(user) {
    return this.#fresh(await this.#do(() => this.#storage?.inherit?.(this.#server, user)));
  }

  #fresh(items = []) {
    const fresh = [];
    for (const item of items.sort((a, b) => a.at - b.at)) {
      if (this.#dropping.has(item.id)) continue;
      if (Date.now() - item.at > KEEP_MS) this.#do(() => this.#storage.remove(item));
      else fresh.push(item);
    }
    for (const { id, at } of fresh) this.#dates.set(id, at);
    return fresh;
  }

  /** Resolves when all operations of the storage are done. */
  settled() {
    return this.#work;
  }
}
