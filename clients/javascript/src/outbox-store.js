// Keeps what waits to be sent beyond the life of this program, in a storage.

import { takesClientMsgId } from "./retry-rules.js";

// Nobody would be there for what a tool answers.
const isKept = (method) => takesClientMsgId(method) && method !== "tool_execution";
// The server remembers a client_msg_id for seven days; later, sending again could do it again.
export const KEEP_MS = 6 * 24 * 3_600_000;

/**
 * Stands between the queue and a storage: `put(item)`, `remove(item)`, `claim(server, user)`, which
 * answers what of that user no other living client looks after, and, if it can tell, `inherit(server,
 * user)`, which answers what of that has been left by clients that have ended.
 *
 * One thing is done after the other. A storage that fails costs what it is for, and nothing else:
 * `onError` is told.
 */
export class OutboxStore {
  #storage;
  #server;
  #onError;
  #work = Promise.resolve();
  // When what is kept was asked, by client_msg_id: it is sent again in that order.
  #dates = new Map();
  #latest = 0;
  // What the storage still has, though it has been answered.
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

  /** Keeps a request until it is dropped, if it is of a kind that is worth that. */
  keep({ method, params, user }) {
    if (!this.#storage || !isKept(method)) return;
    const id = params.client_msg_id;
    const at = this.#dates.get(id) ?? (this.#latest = Math.max(Date.now(), this.#latest + 1));
    this.#dates.set(id, at);
    const item = { server: this.#server, user, id, method, params, at };
    this.#do(() => this.#storage.put(item));
  }

  /** A request has been answered, or given up. */
  drop({ params, user }) {
    const id = params.client_msg_id;
    if (!this.#dates.delete(id)) return;
    this.#dropping.add(id);
    const item = { server: this.#server, user, id };
    this.#do(() => this.#storage.remove(item)).then(() => this.#dropping.delete(id));
  }

  /** Takes over what a user's earlier clients have left, the oldest first. */
  async claim(user) {
    return this.#fresh(await this.#do(() => this.#storage?.claim(this.#server, user)));
  }

  /** Takes over what clients of a user have left that have ended since. */
  async inherit(user) {
    return this.#fresh(await this.#do(() => this.#storage?.inherit?.(this.#server, user)));
  }

  #fresh(found = []) {
    const fresh = [];
    for (const item of found.sort((a, b) => a.at - b.at)) {
      if (this.#dropping.has(item.id)) continue;
      if (Date.now() - item.at > KEEP_MS) this.#do(() => this.#storage.remove(item));
      else fresh.push(item);
    }
    for (const { id, at } of fresh) this.#dates.set(id, at);
    return fresh;
  }

  /** Resolves when all that was asked of the storage is done. */
  settled() {
    return this.#work;
  }
}
