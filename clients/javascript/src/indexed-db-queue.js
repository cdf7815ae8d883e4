// Storage of queued requests in a browser, which survives reloads, closed tabs and crashes.
import { KEEP_MS } from "./outbox-store.js";
import { newId } from "./text.js";

const DATABASE = "basicchat";
const STORE = "queue";
// For all users and servers together; further requests are queued only in memory.
const MAX_ITEMS = 2_000;

const itemOf = ({ owner, ...item }) => item;
const lockOf = (owner) => `basicchat-queue-${owner}`;

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * A queue in IndexedDB, which all pages of an origin share.
 *
 * A page owns the items that it has stored for as long as it is open: it holds a lock that the
 * browser releases when the page ends. Its items then go to the first page that claims them. Where
 * there are no locks, as over plain HTTP, every page claims every item; the server still carries out
 * each request only once.
 */
export class IndexedDbQueue {
  #owner = newId();
  #database = null;
  #holding = null;
  #free = () => {};
  #swept = false;

  async #open() {
    this.#database ??= this.#connect();
    await (this.#holding ??= this.#hold());
    return this.#database;
  }

  #connect() {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () =>
      opening.result.createObjectStore(STORE, { keyPath: ["server", "user", "id"] });
    return done(opening).then((database) => {
      // A newer version of the page upgrades the database: close it to let that happen.
      database.onversionchange = () => database.close();
      return database;
    });
  }

  /** Holds this page's lock until the page ends, or `close`. */
  #hold() {
    if (!navigator.locks) return Promise.resolve();
    return new Promise((held, failed) => {
      const open = new Promise((free) => (this.#free = free));
      navigator.locks.request(lockOf(this.#owner), () => (held(), open)).catch(failed);
    });
  }

  async #within(mode, work) {
    const database = await this.#open();
    const transaction = database.transaction(STORE, mode, { durability: "relaxed" });
    const over = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    const result = await work(transaction.objectStore(STORE));
    await over;
    return result;
  }

  async put(item) {
    await this.#within("readwrite", async (store) => {
      if ((await done(store.count())) < MAX_ITEMS) store.put({ ...item, owner: this.#owner });
    });
  }

  async remove({ server, user, id }) {
    await this.#within("readwrite", (store) => store.delete([server, user, id]));
  }

  /** Claims all items of a user that no other open page owns. */
  async claim(server, user) {
    if (!this.#swept) await this.#sweep();
    const { own, left } = await this.#found(server, user);
    return [...own, ...left].map(itemOf);
  }

  /** Claims the items whose page has ended, as far as the browser can tell. */
  async inherit(server, user) {
    return navigator.locks ? (await this.#found(server, user)).left.map(itemOf) : [];
  }

  async #found(server, user) {
    const range = IDBKeyRange.bound([server, user], [server, user, []]);
    const items = await this.#within("readonly", (store) => done(store.getAll(range)));
    const own = items.filter((item) => item.owner === this.#owner);
    const left = [];
    for (const owner of new Set(items.map((item) => item.owner))) {
      if (owner !== this.#owner) left.push(...(await this.#inherit(owner, range)));
    }
    return { own, left };
  }

  /** Deletes items that nobody has claimed for too long. */
  async #sweep() {
    this.#swept = true;
    await this.#within("readwrite", async (store) => {
      for (const { server, user, id, at } of await done(store.getAll())) {
        if (Date.now() - at > KEEP_MS) store.delete([server, user, id]);
      }
    });
  }

  #inherit(owner, range) {
    const take = () => this.#takeOver(owner, range);
    if (!navigator.locks) return take();
    const options = { ifAvailable: true };
    return navigator.locks.request(lockOf(owner), options, (free) => (free ? take() : []));
  }

  #takeOver(owner, range) {
    return this.#within("readwrite", async (store) => {
      const items = (await done(store.getAll(range))).filter((item) => item.owner === owner);
      for (const item of items) store.put({ ...item, owner: this.#owner });
      return items;
    });
  }

  /** Leaves the remaining items to other pages. */
  async close() {
    const database = this.#database;
    this.#database = this.#holding = null;
    this.#free();
    (await database?.catch(() => null))?.close();
  }
}
