// The client against a scripted server: resuming, queueing, falling back.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { BasicChatClient, ChatError } from "../../src/basicchat/web/static/basicchat-client.js";

/** A server in memory: each connection answers by `methods`, and can be pushed to and closed. */
class Wire {
  connections = [];
  methods = {
    "session.hello": () => ({
      session_id: "s",
      resume_token: `t${this.connections.length}`,
      user: { id: "u" },
      limits: { max_frame_bytes: 5000 },
      streams: { "user:u": { recovered: false, epoch: "e", seq: 0 } },
    }),
  };
  refuse = null;

  get socket() {
    const wire = this;
    return class {
      constructor() {
        this.received = [];
        wire.connections.push(this);
        queueMicrotask(() => (wire.refuse ? this.onclose({ code: wire.refuse }) : this.onopen()));
      }
      send(text) {
        const { id, method, params } = JSON.parse(text);
        this.received.push({ method, params });
        wire.asked?.(method);
        const handler = wire.methods[method];
        if (handler) queueMicrotask(() => this.reply(id, handler, params));
      }
      reply(id, handler, params) {
        const result = handler(params, this);
        const body = result?.error ?? { result };
        this.onmessage({
          data: JSON.stringify({
            jsonrpc: "2.0",
            id,
            ...(result?.error ? { error: result.error } : body),
          }),
        });
      }
      push(method, params) {
        this.onmessage({ data: JSON.stringify({ jsonrpc: "2.0", method, params }) });
      }
      close() {}
    };
  }

  get last() {
    return this.connections.at(-1);
  }

  drop(code) {
    this.last.onclose({ code });
  }

  until(method) {
    return new Promise(
      (resolve) => (this.asked = (name) => name === method && setImmediate(resolve)),
    );
  }
}

const unreachable = () => Promise.reject(new TypeError("no network"));
const online = (client) => state(client, "online");
const state = (client, status) =>
  new Promise((resolve) => {
    const end = client.on("state", (s) => s.status === status && (end(), setImmediate(resolve, s)));
  });

async function connected(t, wire = new Wire(), options = {}) {
  const client = new BasicChatClient({
    url: "http://server",
    WebSocket: wire.socket,
    random: () => 0,
    fetch: unreachable,
    ...options,
  });
  t.after(() => client.close());
  await client.connect();
  return { client, wire };
}

const events = (stream, seq, type, data) => ({
  stream,
  epoch: "e",
  events: [{ seq, type, at: "", data }],
});

test("hello carries the token, and a resumption its cursors and offsets", async (t) => {
  const { client, wire } = await connected(t, new Wire(), { token: "secret" });
  assert.equal(wire.last.received[0].params.token, "secret");
  wire.methods["rooms.join"] = () => ({
    epoch: "r",
    seq: 7,
    messages: [],
    active_runs: [{ run_id: "x", parts: [{ part: 0, kind: "answer", text: "🎉", off: 1 }] }],
  });
  await client.join("room");
  const again = online(client);
  wire.drop(4408);
  await again;
  const { resume } = wire.last.received[0].params;
  assert.deepEqual(resume, {
    session_id: "s",
    resume_token: "t1",
    cursors: { "user:u": { epoch: "e", seq: 0 }, "room:room": { epoch: "r", seq: 7 } },
    runs: { x: { 0: 1 } },
  });
});

test("what is asked offline is sent later, once, under one client_msg_id", async (t) => {
  const { client, wire } = await connected(t);
  wire.refuse = 1006;
  wire.drop(1006);
  const reply = client.call("stream_request", { query: "hi" });
  assert.equal(client.state.status, "reconnecting");
  wire.refuse = null;
  wire.methods.stream_request = (params) => ({
    run_id: "x",
    room_id: "r",
    message_id: "m",
    epoch: "e",
    seq: 1,
    echo: params,
  });
  const { echo } = await reply;
  assert.match(echo.client_msg_id, /^[0-9a-f]{32}$/);
  assert.equal(wire.last.received.filter((r) => r.method === "stream_request").length, 1);
});

test("a question under way when the connection breaks is asked again with the same id", async (t) => {
  const { client, wire } = await connected(t);
  const sent = wire.until("stream_request");
  const reply = client.call("stream_request", { query: "hi" });
  await sent;
  const first = wire.last.received.at(-1).params;
  wire.methods.stream_request = (params) => ({ params });
  wire.drop(1006);
  assert.deepEqual((await reply).params, first);
});

test("a change that cannot be repeated safely fails when the connection breaks", async (t) => {
  const { client, wire } = await connected(t);
  const sent = wire.until("rooms.create");
  const reply = client.call("rooms.create", { name: "x" });
  await sent;
  wire.drop(1006);
  await assert.rejects(reply, { kind: "connection_lost" });
});

test("a gap in a text is filled by runs.get, and nothing is told twice", async (t) => {
  const { client, wire } = await connected(t);
  let told = "";
  client.on("delta", ({ text }) => (told += text));
  const filled = wire.until("runs.get");
  wire.methods["runs.get"] = () => ({
    run_id: "x",
    room_id: "r",
    status: "running",
    parts: [{ part: 0, kind: "answer", text: "one two ", off: 8 }],
  });
  const delta = (off, text) =>
    wire.last.push("delta", { run: "x", part: 0, kind: "answer", off, text });
  delta(0, "one ");
  delta(8, "three ");
  delta(14, "four");
  await filled;
  await client.call("runs.get", { run_id: "x" });
  assert.equal(told, "one two three four");
  assert.equal(client.parts("x")[0].text, told);
});

test("a hole in a room's events leads to a snapshot", async (t) => {
  const { client, wire } = await connected(t);
  let seq = 1;
  wire.methods["rooms.join"] = () => ({ epoch: "e", seq, messages: [], active_runs: [] });
  await client.join("r");
  const taken = [];
  client.on("event", (event) => taken.push(event.seq));
  wire.last.push("events", events("room:r", 2, "message.created", {}));
  seq = 5;
  const snapshot = new Promise((resolve) => client.on("snapshot", resolve));
  wire.last.push("events", events("room:r", 4, "message.created", {}));
  await snapshot;
  wire.last.push("events", events("room:r", 5, "message.created", {}));
  wire.last.push("events", events("room:r", 6, "message.created", {}));
  await client.call("rooms.join", { room_id: "r" });
  assert.deepEqual(taken, [2, 6]);
});

test("a stream that was not recovered leads to a snapshot, one that was does not", async (t) => {
  const { client, wire } = await connected(t);
  wire.methods["rooms.join"] = () => ({ epoch: "e", seq: 3, messages: [], active_runs: [] });
  await client.join("lost");
  await client.join("kept");
  const stale = new Promise((resolve) => client.on("stale", resolve));
  const hello = wire.methods["session.hello"];
  wire.methods["session.hello"] = () => ({
    ...hello(),
    streams: {
      "user:u": { recovered: false, epoch: "f", seq: 9 },
      "room:lost": { recovered: false, epoch: "f", seq: 0 },
      "room:kept": { recovered: true, epoch: "e", seq: 3 },
    },
  });
  const joined = wire.until("rooms.join");
  wire.drop(1001);
  await joined;
  assert.deepEqual((await stale).stream, "user:u");
  const joins = wire.last.received
    .filter((r) => r.method === "rooms.join")
    .map((r) => r.params.room_id);
  assert.deepEqual(joins, ["lost"]);
});

test("a turn is iterated to its end across a lost connection", async (t) => {
  const { client, wire } = await connected(t);
  wire.methods.stream_request = () => ({
    run_id: "x",
    room_id: "r",
    message_id: "m",
    epoch: "e",
    seq: 1,
  });
  const delta = (off, text) =>
    wire.last.push("delta", { run: "x", part: 0, kind: "answer", off, text });
  const seen = [];
  for await (const event of client.streamQuery("hi")) {
    seen.push(event.type);
    if (event.type === "accepted") delta(0, "half ");
    if (event.text === "half ") {
      const hello = wire.methods["session.hello"];
      wire.methods["session.hello"] = () => ({
        ...hello(),
        streams: {
          "user:u": { recovered: true, epoch: "e", seq: 0 },
          "room:r": { recovered: true, epoch: "e", seq: 1 },
        },
      });
      client.on(
        "state",
        ({ status }) =>
          status === "online" &&
          setImmediate(() => {
            delta(0, "half done");
            wire.last.push(
              "events",
              events("room:r", 2, "run.completed", { run_id: "x", room_id: "r" }),
            );
          }),
      );
      wire.drop(1006);
    }
  }
  assert.deepEqual(seen, ["accepted", "delta", "delta", "run.completed"]);
});

test("close codes: 4400 and 4401 stop, and a new token begins again", async (t) => {
  const { client, wire } = await connected(t);
  wire.drop(4401);
  assert.equal(client.state.status, "unauthenticated");
  await client.authenticate("new");
  assert.equal(wire.last.received[0].params.token, "new");
  assert.equal(client.state.status, "online");
  wire.drop(4400);
  assert.equal(client.state.status, "failed");
});

test("a refused hello rejects connect and tells why", async (t) => {
  const wire = new Wire();
  wire.methods["session.hello"] = () => ({
    error: { code: -32001, message: "No", data: { kind: "unauthenticated" } },
  });
  const client = new BasicChatClient({ url: "http://server", WebSocket: wire.socket });
  t.after(() => client.close());
  await assert.rejects(client.connect(), { kind: "unauthenticated", code: -32001 });
  assert.equal(client.state.status, "unauthenticated");
});

test("errors are typed, and what is too long is not sent", async (t) => {
  const { client, wire } = await connected(t);
  wire.methods.query = () => ({
    error: {
      code: -32029,
      message: "Slow down",
      data: { kind: "rate_limited", retryable: true, retry_after_ms: 1500, hint: "Wait" },
    },
  });
  await assert.rejects(client.sendQuery("hi"), (error) => {
    assert.ok(error instanceof ChatError);
    assert.deepEqual(
      [error.kind, error.code, error.retryAfterMs, error.hint, error.retryable],
      ["rate_limited", -32029, 1500, "Wait", true],
    );
    return true;
  });
  await assert.rejects(client.sendQuery("x".repeat(6000)), { kind: "too_large" });
});

test("a closed client fails what is waiting", async (t) => {
  const { client } = await connected(t);
  const waiting = client.call("rooms.list");
  client.close();
  await assert.rejects(waiting, { kind: "closed" });
});

test(
  "where WebSocket is blocked it speaks HTTP, and climbs back",
  { timeout: 15_000 },
  async (t) => {
    const wire = new Wire();
    wire.refuse = 1006;
    const hello = wire.methods["session.hello"];
    const server = createServer(async (request, response) => {
      const url = new URL(request.url, "http://x");
      if (url.pathname === "/api/events") {
        assert.equal(request.headers["last-event-id"], "e:0");
        response.writeHead(200, { "content-type": "text/event-stream" });
        const frame = {
          jsonrpc: "2.0",
          method: "events",
          params: events(url.searchParams.get("stream"), 1, "room.updated", { room_id: "r" }),
        };
        return response.write(`id: e:1\nevent: events\ndata: ${JSON.stringify(frame)}\n\n`);
      }
      assert.equal(request.headers["x-basicchat"], "1");
      let body = "";
      for await (const piece of request) body += piece;
      const { id, method } = JSON.parse(body);
      const result = method === "session.hello" ? hello() : { rooms: ["over http"] };
      response.end(JSON.stringify({ jsonrpc: "2.0", id, result }));
    });
    await new Promise((go) => server.listen(0, "127.0.0.1", go));
    t.after(() => (server.closeAllConnections(), server.close()));
    const { client } = await connected(t, wire, {
      fetch,
      url: `http://127.0.0.1:${server.address().port}`,
    });
    const event = new Promise((resolve) => client.on("event", resolve));
    assert.equal(client.state.transport === "websocket", false);
    assert.deepEqual(await client.call("rooms.list"), { rooms: ["over http"] });
    assert.equal((await event).type, "room.updated");
    wire.refuse = null;
    const climbed = new Promise((resolve) =>
      client.on("state", (s) => s.transport === "websocket" && resolve(s)),
    );
    assert.equal((await climbed).status, "online");
    wire.methods["rooms.list"] = () => ({ rooms: ["over websocket"] });
    assert.deepEqual(await client.call("rooms.list"), { rooms: ["over websocket"] });
    assert.deepEqual(wire.last.received[0].params.resume.cursors, {
      "user:u": { epoch: "e", seq: 1 },
    });
  },
);
