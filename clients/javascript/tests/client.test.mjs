// The client against a scripted server on a real socket: resuming, queueing, giving up.
import assert from "node:assert/strict";
import { test } from "node:test";
import { BasicChatClient, ChatError } from "../src/index.js";
import { Wire, clientOf, connected, events, reaches, snapshot } from "./wire.mjs";

const ACCEPTED = { run_id: "x", room_id: "r", message_id: "m", epoch: "e", seq: 1 };
const part = (text) => ({ part: 0, kind: "answer", text, off: [...text].length });
const delta = (off, text) => ({ run: "x", part: 0, kind: "answer", off, text });

test("hello carries the token and, when resuming, cursors and offsets", async (t) => {
  const { client, wire } = await connected(t, { token: "secret" });
  assert.equal(wire.last.received[0].params.token, "secret");
  wire.methods["rooms.join"] = () => ({
    ...snapshot(7),
    active_runs: [{ run_id: "x", parts: [part("🎉")] }],
  });
  await client.join("room");
  const again = wire.until("session.hello");
  wire.last.close(4408);
  await again;
  const { resume } = wire.last.received[0].params;
  assert.deepEqual(resume, {
    session_id: "s",
    resume_token: "t1",
    cursors: { "user:u": { epoch: "u", seq: 0 }, "room:room": { epoch: "e", seq: 7 } },
    runs: { x: { 0: 1 } },
  });
});

test("a request made offline is sent later, once, under one client_msg_id", async (t) => {
  const { client, wire } = await connected(t);
  wire.refused = true;
  wire.last.cut();
  await reaches(client, "reconnecting");
  const reply = client.call("stream_request", { query: "hi" });
  assert.equal(await client.typing("r"), null, "typing is not worth queueing");
  wire.methods.stream_request = () => ACCEPTED;
  wire.refused = false;
  await reply;
  const [asked, ...more] = wire.asked("stream_request");
  assert.match(asked.client_msg_id, /^[0-9a-f]{32}$/);
  assert.deepEqual(more, []);
});

test("a question in flight when the connection breaks is sent again with the same id", async (t) => {
  const { client, wire } = await connected(t);
  const sent = wire.until("stream_request");
  const reply = client.call("stream_request", { query: "hi" });
  await sent;
  wire.methods.stream_request = () => ACCEPTED;
  wire.last.cut();
  await reply;
  const [first, second] = wire.asked("stream_request");
  assert.deepEqual(second, first);
});

test("a request that is unsafe to repeat fails when the connection breaks", async (t) => {
  const { client, wire } = await connected(t);
  const sent = wire.until("rooms.create");
  const reply = client.call("rooms.create", { name: "x" });
  await sent;
  wire.last.cut();
  await assert.rejects(reply, { kind: "connection_lost" });
});

test("queued requests that are rate limited are sent again", async (t) => {
  const { client, wire } = await connected(t);
  wire.refused = true;
  wire.last.cut();
  await reaches(client, "reconnecting");
  let tries = 0;
  const error = { code: -32029, message: "Slow", data: { kind: "rate_limited", retry_after_ms: 5 } };
  wire.methods["rooms.list"] = () => (tries++ ? { rooms: [] } : { error });
  const waited = client.call("rooms.list");
  wire.refused = false;
  assert.deepEqual(await waited, { rooms: [] });
  tries = 0;
  await assert.rejects(client.call("rooms.list"), { kind: "rate_limited", retryAfterMs: 5 });
  // A server that stops refuses what the next one accepts.
  tries = 0;
  error.data.reason = "server_stopping";
  assert.deepEqual(await client.call("rooms.list"), { rooms: [] });
});

test("a gap in a text is filled by runs.get, and no text is emitted twice", async (t) => {
  const { client, wire } = await connected(t);
  const run = { run_id: "x", room_id: "r", status: "running", parts: [part("one two ")] };
  wire.methods["runs.get"] = () => run;
  const told = [];
  const over = new Promise((resolve) =>
    client.on("delta", ({ off, text }) => (told.push([off, text]), text === "four" && resolve())),
  );
  for (const one of [delta(0, "one "), delta(8, "three "), delta(14, "four")]) {
    wire.last.push("delta", one);
  }
  await over;
  assert.deepEqual(told, [[0, "one "], [4, "two "], [8, "three "], [14, "four"]]);
  assert.equal(client.parts("x")[0].text, "one two three four");
});

test("a gap in a room's events leads to a snapshot", async (t) => {
  const { client, wire } = await connected(t);
  let seq = 1;
  wire.methods["rooms.join"] = () => snapshot(seq);
  await client.join("r");
  const taken = [];
  client.on("event", (event) => taken.push(event.seq));
  wire.last.push("events", events("room:r", 2, "message.created"));
  seq = 5;
  const taking = new Promise((resolve) => client.on("snapshot", resolve));
  wire.last.push("events", events("room:r", 4, "message.created"));
  assert.equal((await taking).room_id, "r");
  wire.last.push("events", events("room:r", 5, "message.created"));
  wire.last.push("events", events("room:r", 6, "message.created"));
  await client.call("rooms.join", { room_id: "r" });
  assert.deepEqual(taken, [2, 6]);
});

test("a stream that was not recovered leads to a snapshot, one that was does not", async (t) => {
  const { client, wire } = await connected(t);
  wire.methods["rooms.join"] = () => snapshot(3);
  await client.join("lost");
  await client.join("kept");
  const stale = new Promise((resolve) => client.on("stale", resolve));
  wire.methods["session.hello"] = () =>
    wire.welcome({
      "user:u": { recovered: false, epoch: "f", seq: 9 },
      "room:lost": { recovered: false, epoch: "f", seq: 0 },
      "room:kept": { recovered: true, epoch: "e", seq: 3 },
    });
  const joined = wire.until("rooms.join");
  wire.last.close(1001);
  await joined;
  assert.deepEqual((await stale).stream, "user:u");
  const joins = wire.last.received.filter((r) => r.method === "rooms.join");
  assert.deepEqual(joins.map((r) => r.params.room_id), ["lost"]);
});

test("iterating over a turn survives a lost connection", async (t) => {
  const { client, wire } = await connected(t);
  wire.methods.stream_request = (_, connection) => {
    queueMicrotask(() => connection.push("delta", delta(0, "half ")));
    return ACCEPTED;
  };
  const recovered = { "room:r": { recovered: true, epoch: "e", seq: 1 } };
  const seen = [];
  for await (const event of client.streamQuery("hi")) {
    seen.push(event.type === "delta" ? event.text : event.type);
    if (event.text !== "half ") continue;
    wire.methods["session.hello"] = (_, connection) => {
      const end = { run_id: "x", room_id: "r", parts: [part("half done")] };
      setImmediate(() => {
        connection.push("delta", delta(0, "half do"));
        connection.push("events", events("room:r", 2, "run.completed", end));
      });
      return wire.welcome(recovered);
    };
    wire.last.cut();
  }
  assert.deepEqual(seen, ["accepted", "half ", "do", "ne", "run.completed"]);
});

for (const [code, status] of [[4400, "failed"], [4403, "forbidden"], [4401, "unauthenticated"]]) {
  test(`close code ${code} ends the client as ${status}, and a new token connects it again`, async (t) => {
    const { client, wire } = await connected(t);
    const ended = assert.rejects(async () => {
      for await (const what of client.events("event")) assert.fail(what);
    }, { kind: status });
    await new Promise((go) => setImmediate(go));
    wire.last.close(code);
    await ended;
    assert.equal(client.state.status, status);
    await client.authenticate("new");
    assert.equal(wire.last.received[0].params.token, "new");
    assert.equal(wire.last.received[0].params.resume, undefined);
    assert.equal(client.state.status, "online");
  });
}

test("a client waits as long as a server that stops has asked for, unless it is woken", async (t) => {
  const { client, wire } = await connected(t);
  wire.last.close(1001, "the server is stopping; reconnect after 20000 ms");
  await reaches(client, "reconnecting");
  assert.ok(client.state.retryAt - Date.now() > 15_000);
  client.wake();
  await reaches(client, "online");
});

test("a connection by cookie reconnects with the current cookie, as long as that is valid", async (t) => {
  const { client, wire } = await connected(t, { token: null });
  const error = { code: -32001, message: "No", data: { kind: "unauthenticated" } };
  const first = wire.last;
  first.close(4401);
  await reaches(client, "reconnecting");
  await reaches(client, "online");
  assert.notEqual(wire.last, first);
  assert.ok(wire.last.received[0].params.resume);
  wire.methods["session.hello"] = () => ({ error });
  wire.last.close(4401);
  await reaches(client, "unauthenticated");
});

test("a refused hello rejects connect, and requests wait for a token", async (t) => {
  const wire = await Wire.open(t);
  const error = { code: -32001, message: "No", data: { kind: "unauthenticated" } };
  wire.methods["session.hello"] = ({ token }) => (token === "right" ? wire.welcome() : { error });
  wire.methods.query = () => ({ answer: "Yes." });
  const client = clientOf(t, wire, { fetch: null });
  await assert.rejects(client.connect(), { kind: "unauthenticated", code: -32001 });
  assert.equal(client.state.status, "unauthenticated");
  const asked = client.sendQuery("Is it?");
  await client.authenticate("right");
  assert.deepEqual(await asked, { answer: "Yes." });
});

test("a request of one user is not sent in another user's name", async (t) => {
  const { client, wire } = await connected(t);
  wire.refused = true;
  wire.last.cut();
  await reaches(client, "reconnecting");
  const asked = client.sendQuery("my secret");
  wire.refused = false;
  wire.methods["session.hello"] = () => wire.welcome({}, "v");
  const stale = new Promise((resolve) => client.on("stale", resolve));
  await Promise.all([
    assert.rejects(asked, { kind: "unauthenticated" }),
    client.authenticate("another's"),
  ]);
  assert.deepEqual(await stale, { stream: "user:v" });
  assert.deepEqual(wire.asked("query"), []);
  assert.equal(client.user.id, "v");
});

test("errors are typed, and requests that are too long are not sent", async (t) => {
  const { client, wire } = await connected(t);
  const data = { kind: "rate_limited", retryable: true, retry_after_ms: 1500, hint: "Wait" };
  wire.methods.query = () => ({ error: { code: -32029, message: "Slow down", data } });
  await assert.rejects(client.sendQuery("hi"), (error) => {
    assert.ok(error instanceof ChatError);
    const { message, kind, code, retryAfterMs, hint, retryable } = error;
    assert.deepEqual(
      [message, kind, code, retryAfterMs, hint, retryable],
      ["Slow down", "rate_limited", -32029, 1500, "Wait", true],
    );
    return true;
  });
  // The limit is of bytes: these are three each.
  await assert.rejects(client.sendQuery("語".repeat(2000)), { kind: "too_large", code: -32010 });
  assert.throws(() => client.on("deltas", () => {}), /delta/);
});

test("closing a client fails waiting and later requests", async (t) => {
  const { client, wire } = await connected(t);
  const waiting = client.call("rooms.list");
  const told = wire.until("session.close");
  const ending = (async () => {
    const seen = [];
    for await (const [name, value] of client.events("state")) seen.push([name, value.status]);
    return seen;
  })();
  await new Promise((go) => setImmediate(go));
  await Promise.all([client.close(), assert.rejects(waiting, { kind: "closed" }), told]);
  assert.deepEqual(await ending, [["state", "closed"]]);
  await assert.rejects(client.call("rooms.list"), { kind: "closed" });
  await client.connect();
  assert.equal(client.state.status, "online");
});

test("a client that is closed while connecting rejects, and can connect again", async (t) => {
  const wire = await Wire.open(t);
  const client = clientOf(t, wire);
  const end = client.on("state", ({ status }) => status === "connecting" && client.close());
  await assert.rejects(client.connect(), { kind: "closed" });
  assert.deepEqual(wire.asked("session.hello"), []);
  end();
  await client.connect();
  assert.equal(client.state.status, "online");
});

test("a handler that throws does not affect the others", async (t) => {
  const { client, wire } = await connected(t);
  const complained = t.mock.method(console, "error", () => {});
  client.on("signal", () => assert.fail("a broken handler"));
  const heard = new Promise((resolve) => client.on("signal", resolve));
  wire.last.push("signal", { stream: "room:r", type: "typing", data: {} });
  assert.equal((await heard).type, "typing");
  assert.equal(complained.mock.callCount(), 1);
});

test("an invalid frame ends the connection, and the client reconnects", async (t) => {
  const { client, wire } = await connected(t);
  wire.last.say("{");
  await reaches(client, "reconnecting");
  await reaches(client, "online");
  assert.equal(wire.connections.length, 2);
});

test("a message that does not mention the assistant is only posted", async (t) => {
  const { client, wire } = await connected(t);
  wire.methods.stream_request = () => ({ ...ACCEPTED, run_id: null });
  const seen = [];
  for await (const { type } of client.streamQuery("hello all", { roomId: "r" })) seen.push(type);
  assert.deepEqual(seen, ["accepted"]);
});

test("a request times out only without progress", async (t) => {
  const timing = { backoffBase: 10, backoffCap: 100, probeAfter: 100, probeTimeout: 5_000, progressTimeout: 400 };
  const { client, wire } = await connected(t, { timing });
  let ended = null;
  const asked = client.call("tools.list");
  const over = assert.rejects(asked.finally(() => (ended = client.parts("x")[0].text)), {
    kind: "timeout",
    retryable: true,
  });
  // Text of another run is progress, for longer than the timeout.
  for (let n = 0; n < 12; n++) {
    const heard = new Promise((resolve) => client.on("delta", resolve));
    setTimeout(() => wire.last.push("delta", delta(n, "x")), 60);
    await heard;
  }
  await over;
  assert.equal(ended, "x".repeat(12));
});

test("a silent connection is probed, then given up", async (t) => {
  const timing = { backoffBase: 10, backoffCap: 100, probeAfter: 100, probeTimeout: 100 };
  const { client, wire } = await connected(t, { timing });
  const probed = wire.until("session.ping");
  client.call("tools.list").catch(() => {});
  await probed;
  await reaches(client, "reconnecting");
  await reaches(client, "online");
});

test("a client needs a transport", () => {
  assert.throws(() => new BasicChatClient({ WebSocket: null, fetch: null }), /transport is disabled/);
});

test("options may follow the mode or replace it", async (t) => {
  const { client, wire } = await connected(t);
  wire.methods.query = (params) => ({ params });
  const mode = { reasoning_mode: "agent", query: "a", room_id: "r" };
  const one = await client.sendQuery("a", "agent", { roomId: "r", clientMsgId: "1" });
  const other = await client.sendQuery("a", { reasoningMode: "agent", roomId: "r", clientMsgId: "1" });
  const third = await client.sendMessage({ type: "query", ...mode, client_msg_id: "1" });
  for (const { params } of [one, other, third]) {
    assert.deepEqual(params, { ...mode, client_msg_id: "1" });
  }
  await assert.rejects(client.sendQuery("x".repeat(6000)), { kind: "too_large" });
});
