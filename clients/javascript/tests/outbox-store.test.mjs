// Which stored requests are claimed after a restart.
import assert from "node:assert/strict";
import { test } from "node:test";
import { OutboxStore } from "../src/outbox-store.js";

/** A storage whose claims the test answers, with the items it held when they were made. */
class Storage {
  items = new Map();
  claims = [];

  put(item) {
    this.items.set(item.id, item);
  }

  // Like a database, not immediately.
  async remove({ id }) {
    await new Promise((done) => setImmediate(done));
    this.items.delete(id);
  }

  claim() {
    const found = [...this.items.values()];
    return new Promise((resolve) => this.claims.push(() => resolve(found)));
  }
}

const request = (id) => ({ method: "query", params: { client_msg_id: id }, user: "u" });
const ids = (items) => items.map((item) => item.id);

test("a request answered while the storage is being read is not claimed", async () => {
  const storage = new Storage();
  const outbox = new OutboxStore(storage, "s", assert.fail);
  outbox.keep(request("answered"));
  outbox.keep(request("waiting"));
  await outbox.settled();
  const claimed = outbox.claim("u");
  await new Promise((done) => setImmediate(done));
  outbox.drop(request("answered"));
  storage.claims.shift()();
  assert.deepEqual(ids(await claimed), ["waiting"]);
  await outbox.settled();
  assert.deepEqual([...storage.items.keys()], ["waiting"]);
});

test("a request made again under a dropped id is stored", async () => {
  const storage = new Storage();
  const outbox = new OutboxStore(storage, "s", assert.fail);
  outbox.keep(request("again"));
  outbox.drop(request("again"));
  outbox.keep(request("again"));
  const claimed = outbox.claim("u");
  while (!storage.claims.length) await new Promise((done) => setImmediate(done));
  storage.claims.shift()();
  assert.deepEqual(ids(await claimed), ["again"]);
});
