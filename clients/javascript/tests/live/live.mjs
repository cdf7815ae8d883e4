// The client against the real server, through a proxy that breaks connections. Run by
// tests/client/test_client_javascript.py: SERVER is the proxy's address, TOKEN a user's token, and
// CONTROL the address that controls proxy and server.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { BasicChatClient } from "../../basicchat-client.js";

const { SERVER, TOKEN, CONTROL, TEXT } = process.env;
// A tenth of the default delays.
const QUICK = { backoffBase: 10, backoffCap: 100, probeAfter: 1_000, openTimeout: 2_000, firstUpgrade: 50, upgradeInterval: 100 };
const IMPATIENT = { ...QUICK, progressTimeout: 2_000 };

/** Changes the proxy or the server; returns the state of the proxy. */
async function control(what, values = {}) {
  const response = await fetch(`${CONTROL}/${what}?${new URLSearchParams(values)}`);
  return response.json();
}

async function clientOf(t, { connect = true, ...options } = {}) {
  const client = new BasicChatClient({ url: SERVER, token: TOKEN, timing: QUICK, ...options });
  t.after(() => client.close());
  if (connect) await client.connect();
  return client;
}

/** Resolves once the client has reached a state. */
function reaches(client, status, transport) {
  const fits = (state) => state.status === status && (!transport || state.transport === transport);
  if (fits(client.state)) return Promise.resolve();
  return new Promise((resolve) => {
    const end = client.on("state", (state) => fits(state) && (end(), resolve()));
  });
}

/** Asks a question; returns the text assembled from deltas, and the run's last event. */
async function turn(client, question, options) {
  let text = "";
  let last;
  for await (const event of client.streamQuery(question, options)) {
    if (event.type === "delta" && event.kind === "answer") {
      assert.equal(event.off, [...text].length, "duplicate or missing text");
      text += event.text;
    }
    last = event;
  }
  return { text, end: last };
}

const finalText = ({ data }) =>
  data.parts.filter(({ kind }) => kind === "answer").map(({ text }) => text).join("");

/** Resolves once some text of an answer has arrived. */
const someText = (client) =>
  new Promise((resolve) => {
    const end = client.on("delta", ({ off }) => off > 50 && (end(), resolve()));
  });

/** The messages of users, not of the assistant, in a room. */
async function saidIn(client, roomId) {
  const { messages } = await client.call("messages.list", { room_id: roomId });
  return messages.filter(({ author }) => author.kind === "user").map(({ text }) => text);
}

beforeEach(() => control("calm"));

test("a streamed turn", async (t) => {
  const client = await clientOf(t);
  assert.equal(client.state.transport, "websocket");
  const events = [];
  for await (const event of client.streamQuery("short?")) events.push(event);
  const types = events.map(({ type }) => type);
  assert.deepEqual([types[0], types[1], types.at(-1)], ["accepted", "message.created", "run.completed"]);
  assert.equal(events.map(({ type, text }) => (type === "delta" ? text : "")).join(""), "Bees dance.");
});

test("a complete answer, and its room", async (t) => {
  const client = await clientOf(t);
  const { answer, room_id } = await client.sendQuery("short?");
  assert.equal(answer, "Bees dance.");
  const { messages } = await client.join(room_id);
  assert.deepEqual(messages.map(({ text }) => text), ["short?", "Bees dance."]);
  const started = await client.sendMessage({ query: "short again", room_id });
  assert.equal(started.room_id, room_id);
  await assert.rejects(client.join("c_none"), { kind: "not_found" });
  assert.ok(await client.leave(room_id));
});

test("typing is shown to others, and ends", async (t) => {
  const [writer, reader] = [await clientOf(t), await clientOf(t)];
  const { room_id } = await writer.call("rooms.create", { name: "Typing" });
  await reader.join(room_id);
  const seen = [];
  const both = new Promise((resolve) => {
    reader.on("signal", ({ type, data }) => type === "typing" && seen.push(data.typing) > 1 && resolve());
  });
  assert.deepEqual(await writer.typing(room_id), { room_id, typing: true });
  await writer.typing(room_id, false);
  await both;
  assert.deepEqual(seen, [true, false]);
});

test("connections cut many times during an answer", async (t) => {
  const client = await clientOf(t);
  const { cuts } = await control("cutting", { least: 1500, most: 6000 });
  const turns = [0, 1, 2].map((n) => turn(client, `question ${n}`));
  for (const { text, end } of await Promise.all(turns)) {
    assert.equal(end.type, "run.completed");
    assert.equal(text, TEXT);
    assert.equal(finalText(end), TEXT);
  }
  assert.ok((await control("look")).cuts - cuts >= 5);
});

test("other members of the room lose nothing either", async (t) => {
  const [asker, reader] = [await clientOf(t), await clientOf(t)];
  const { room_id } = await asker.call("rooms.create", { name: "Bees" });
  await reader.join(room_id);
  const seqs = [];
  let text = "";
  const over = new Promise((resolve) => {
    reader.on("event", ({ stream, type, seq }) => {
      if (stream === `room:${room_id}` && seq !== undefined) seqs.push(seq);
      if (type === "run.completed") resolve();
    });
  });
  reader.on("delta", (delta) => {
    assert.equal(delta.off, [...text].length);
    text += delta.text;
  });
  await control("cutting", { least: 1500, most: 6000 });
  const { end } = await turn(asker, "question", { roomId: room_id });
  await over;
  assert.equal(text, TEXT);
  assert.equal(finalText(end), TEXT);
  assert.deepEqual(seqs, seqs.map((_, i) => seqs[0] + i));
});

test("the server restarts during an answer", async (t) => {
  const client = await clientOf(t);
  const turned = turn(client, "question");
  await someText(client);
  await control("stop");
  await reaches(client, "reconnecting");
  const waiting = client.sendQuery("short?");
  await control("start");
  const { text, end } = await turned;
  assert.match(end.type, /^run\.(interrupted|cancelled)$/);
  assert.ok(text && TEXT.startsWith(text));
  assert.equal((await waiting).answer, "Bees dance.");
});

test("messages sent offline are delivered once", async (t) => {
  const client = await clientOf(t);
  const { room_id } = await client.call("rooms.create", { name: "Offline" });
  await control("close");
  await reaches(client, "reconnecting");
  const questions = Array.from({ length: 10 }, (_, n) => `short ${n}`);
  const asked = questions.map((question) => client.sendQuery(question, "auto", { roomId: room_id }));
  await control("cutting", { least: 2000, most: 6000 });
  await control("open");
  for (const { answer } of await Promise.all(asked)) assert.equal(answer, "Bees dance.");
  await control("calm");
  assert.deepEqual((await saidIn(client, room_id)).sort(), questions);
});

test("random network faults", async (t) => {
  const clients = [];
  for (let n = 0; n < 3; n++) clients.push(await clientOf(t, { timing: IMPATIENT }));
  const { room_id } = await clients[0].call("rooms.create", { name: "Storm" });
  await control("storm", { seed: 1 });
  const turns = clients.flatMap((client, n) =>
    [0, 1].map(() => turn(client, `question ${n}`, { roomId: room_id })),
  );
  for (const { text, end } of await Promise.all(turns)) {
    assert.deepEqual([end.type, text, finalText(end)], ["run.completed", TEXT, TEXT]);
  }
  await control("calm");
  const asked = [0, 0, 1, 1, 2, 2].map((n) => `question ${n}`);
  assert.deepEqual((await saidIn(clients[0], room_id)).sort(), asked);
});

for (const muted of [false, true]) {
  const way = muted ? "poll" : "sse";
  test(`falls back to HTTP (${way}) where WebSocket is blocked, and returns to WebSocket without a break`, async (t) => {
    await control("refuse", { muted });
    const client = await clientOf(t, { connect: false, timing: muted ? IMPATIENT : QUICK });
    const states = [];
    await client.connect();
    client.on("state", (state) => states.push(state));
    assert.equal(client.state.transport, "sse", "the first transport over HTTP");
    const { text, end } = await turn(client, "question");
    assert.deepEqual([text, finalText(end)], [TEXT, TEXT]);
    assert.equal(client.state.transport, way);
    const roomId = end.data.room_id;
    const turned = turn(client, "question", { roomId });
    await someText(client);
    // A request that must not be repeated is in flight when the transport changes.
    const created = client.call("rooms.create", { name: "Meanwhile" });
    await control("calm");
    await reaches(client, "online", "websocket");
    assert.equal((await turned).text, TEXT);
    assert.equal((await created).name, "Meanwhile");
    assert.deepEqual(new Set(states.map(({ status }) => status)), new Set(["online"]));
  });
}

test("HTTP is enough where WebSocket is missing, as in Node 20", async (t) => {
  const client = await clientOf(t, { WebSocket: null });
  assert.equal((await turn(client, "short?")).text, "Bees dance.");
  assert.equal(client.state.transport, "sse");
});

test("a wrong token, and then a right one", async (t) => {
  const client = await clientOf(t, { connect: false, token: "wrong" });
  await assert.rejects(client.connect(), { kind: "unauthenticated" });
  const waiting = client.sendQuery("short?");
  await client.authenticate(TOKEN);
  assert.equal((await waiting).answer, "Bees dance.");
});

/** A custom storage of the queue: any object with these methods. */
class Shelf {
  items = new Map();

  async put(item) {
    this.items.set(item.id, item);
  }

  async remove({ id }) {
    this.items.delete(id);
  }

  async claim(server, user) {
    return [...this.items.values()].filter((item) => item.server === server && item.user === user);
  }
}

test("queued requests survive their program, and are sent only for their user", async (t) => {
  const queue = new Shelf();
  const first = await clientOf(t, { queue });
  const { room_id } = await first.call("rooms.create", { name: "Later" });
  await control("close");
  await reaches(first, "reconnecting");
  const lost = assert.rejects(first.sendQuery("short, later", "auto", { roomId: room_id }), {
    kind: "closed",
  });
  await first.close();
  await lost;
  assert.equal(queue.items.size, 1);
  await control("open");
  const other = await clientOf(t, { queue, token: process.env.OTHER_TOKEN });
  await assert.rejects(other.join(room_id), { kind: "not_found" });
  assert.equal(queue.items.size, 1, "another user must not send it");
  const second = await clientOf(t, { queue, connect: false });
  const restored = new Promise((resolve) => second.on("restored", resolve));
  await second.connect();
  const { method, params, reply } = await restored;
  assert.deepEqual([method, params.query], ["query", "short, later"]);
  assert.equal((await reply).answer, "Bees dance.");
  assert.deepEqual(await saidIn(second, room_id), ["short, later"]);
  assert.equal(queue.items.size, 0);
});

test("a program that dies between request and reply sends the request once", async (t) => {
  const queue = new Shelf();
  const first = await clientOf(t, { queue });
  const { room_id } = await first.call("rooms.create", { name: "Crash" });
  await control("deafen");
  first.call("stream_request", { query: "short?", room_id }).catch(() => {});
  const witness = await clientOf(t, { url: process.env.DIRECT });
  await witness.join(room_id);
  while (!(await saidIn(witness, room_id)).length) await new Promise((go) => setTimeout(go, 5));
  assert.equal(queue.items.size, 1);
  await control("calm");
  const second = await clientOf(t, { queue: Object.assign(new Shelf(), { items: new Map(queue.items) }), connect: false });
  const restored = new Promise((resolve) => second.on("restored", resolve));
  await second.connect();
  assert.equal((await (await restored).reply).room_id, room_id);
  assert.deepEqual(await saidIn(second, room_id), ["short?"]);
});
