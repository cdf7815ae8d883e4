// What a storage brings up again, and what it does not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Keeper } from "../src/keeper.js";

/** A storage whose claims are answered by hand, with what it held when they were made. */
class Storage {
  items = new Map();
  claims = [];

  put(item) {
    this.items.set(item.id, item);
  }

  // As a database: not at once.
  async remove({ id }) {
    await new Promise((done) => setImmediate(done));
    this.items.delete(id);
  }

  claim() {
    const found = [...this.items.values()];
    return new Promise((resolve) => this.claims.push(() => resolve(found)));
  }
}

const entry = (id) => ({ method: "query", params: { client_msg_id: id }, user: "u" });
const ids = (items) => items.map((item) => item.id);

test("what is answered while the storage is asked what is left is not left", async () => {
  const storage = new Storage();
  const keeper = new Keeper(storage, "s", assert.fail);
  keeper.keep(entry("answered"));
  keeper.keep(entry("waiting"));
  await keeper.settled();
  const claimed = keeper.claim("u");
  await new Promise((done) => setImmediate(done));
  keeper.drop(entry("answered"));
  storage.claims.shift()();
  assert.deepEqual(ids(await claimed), ["waiting"]);
  await keeper.settled();
  assert.deepEqual([...storage.items.keys()], ["waiting"]);
});

test("what is asked once more under an id that was dropped is kept", async () => {
  const storage = new Storage();
  const keeper = new Keeper(storage, "s", assert.fail);
  keeper.keep(entry("again"));
  keeper.drop(entry("again"));
  keeper.keep(entry("again"));
  const claimed = keeper.claim("u");
  while (!storage.claims.length) await new Promise((done) => setImmediate(done));
  storage.claims.shift()();
  assert.deepEqual(ids(await claimed), ["again"]);
});
