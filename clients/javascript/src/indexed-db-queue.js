// A browser's storage for what waits to be sent: it survives reloading, closing and crashing.
import { KEEP_MS } from "./outbox-store.js";
import { newId } from "./text.js";

const DATABASE = "basicchat";
const STORE = "queue";
// Of all users and servers together; what is more waits in memory alone.
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
 * Each page owns what it put there, for as long as it lives: it holds a lock that the browser takes
 * from it when it ends. What is left behind goes to the first page that asks. Where the browser
 * offers no locks, as over plain HTTP, every page takes everything, and the server sees to it that
 * nothing is done twice.
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
      // A later version of this page wants another shape: it is let through.
      database.onversionchange = () => database.close();
      return database;
    });
  }

  /** Holds this page's lock until the page ends, or `close`. */
  #hold() {
    if (!navigator.locks) return Promise.resolve();
    return new Promise((held, failed) => {
      const life = new Promise((free) => (this.#free = free));
      navigator.locks.request(lockOf(this.#owner), () => (held(), life)).catch(failed);
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

  /** Makes all of a user's items this page's own that no other living page owns. */
  async claim(server, user) {
    if (!this.#swept) await this.#sweep();
    const { own, left } = await this.#found(server, user);
    return [...own, ...left].map(itemOf);
  }

  /** Makes those its own whose page has ended, as far as that can be told from one that lives. */
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

  /** Forgets what nobody has come back for. */
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

  /** Lets other pages have what is left. */
  async close() {
    const database = this.#database;
    this.#database = this.#holding = null;
    this.#free();
    (await database?.catch(() => null))?.close();
  }
}
