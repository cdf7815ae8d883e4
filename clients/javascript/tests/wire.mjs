// A scripted server on a real socket: it answers each connection from `methods`, and a test can push
// frames and close connections. It implements as much of RFC 6455 as the tests need.
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { BasicChatClient } from "../src/index.js";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const TEXT = 1;
const CLOSE = 8;
/** A tenth of the default delays. */
export const QUICK = {
  backoffBase: 10,
  backoffCap: 100,
  probeAfter: 1_000,
  openTimeout: 2_000,
  firstUpgrade: 50,
  upgradeInterval: 100,
};

class Connection {
  received = [];
  #socket;
  #rest = Buffer.alloc(0);
  #wire;

  constructor(wire, socket) {
    this.#wire = wire;
    this.#socket = socket;
    socket.on("data", (piece) => this.#take(piece));
    socket.on("error", () => {});
  }

  #take(piece) {
    this.#rest = Buffer.concat([this.#rest, piece]);
    for (let frame; (frame = this.#frame());) {
      if (frame.opcode === TEXT) this.#wire.receive(this, JSON.parse(frame.payload));
      else if (frame.opcode === CLOSE) this.close(1000);
    }
  }

  #frame() {
    const bytes = this.#rest;
    if (bytes.length < 6) return null;
    const short = bytes[1] & 127;
    const wide = { 126: 2, 127: 8 }[short] ?? 0;
    if (bytes.length < 6 + wide) return null;
    const length = !wide ? short : wide === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    const begin = 6 + wide;
    if (bytes.length < begin + length) return null;
    const mask = bytes.subarray(2 + wide, begin);
    const payload = bytes.subarray(begin, begin + length).map((byte, i) => byte ^ mask[i % 4]);
    this.#rest = bytes.subarray(begin + length);
    return { opcode: bytes[0] & 15, payload: Buffer.from(payload).toString() };
  }

  #write(opcode, payload) {
    const wide = payload.length < 126 ? 0 : 2;
    const head = Buffer.alloc(2 + wide);
    head[0] = 128 | opcode;
    head[1] = wide ? 126 : payload.length;
    if (wide) head.writeUInt16BE(payload.length, 2);
    this.#socket.write(Buffer.concat([head, payload]));
  }

  say(frame) {
    const text = typeof frame === "string" ? frame : JSON.stringify({ jsonrpc: "2.0", ...frame });
    this.#write(TEXT, Buffer.from(text));
  }

  push(method, params) {
    this.say({ method, params });
  }

  close(code, reason = "") {
    const payload = Buffer.concat([Buffer.alloc(2), Buffer.from(reason)]);
    payload.writeUInt16BE(code);
    this.#write(CLOSE, payload);
    this.#socket.end();
  }

  cut() {
    this.#socket.destroy();
  }
}

export class Wire {
  connections = [];
  methods = {
    "session.hello": () => this.welcome(),
    "session.close": () => ({}),
  };
  refused = false;
  onHttp = (request, response) => response.writeHead(503).end();
  #asked = new Set();
  #server = createServer((request, response) => this.onHttp(request, response));
  #sockets = new Set();

  static async open(t) {
    const wire = new Wire();
    const server = wire.#server;
    server.on("connection", (socket) => wire.#sockets.add(socket));
    server.on("upgrade", (request, socket) => wire.#upgrade(request, socket));
    await new Promise((go) => server.listen(0, "127.0.0.1", go));
    t.after(() => {
      server.close();
      for (const socket of wire.#sockets) socket.destroy();
    });
    return wire;
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  get last() {
    return this.connections.at(-1);
  }

  welcome(streams = { "user:u": { recovered: false, epoch: "u", seq: 0 } }, user = "u") {
    return {
      session_id: "s",
      resume_token: `t${this.connections.length}`,
      user: { id: user },
      limits: { max_frame_bytes: 5000 },
      streams,
    };
  }

  #upgrade({ headers }, socket) {
    if (this.refused) return socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
    const accept = createHash("sha1").update(headers["sec-websocket-key"] + GUID).digest("base64");
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n" +
        `sec-websocket-accept: ${accept}\r\nsec-websocket-protocol: basicchat.v1\r\n\r\n`,
    );
    this.connections.push(new Connection(this, socket));
  }

  receive(connection, { id, method, params }) {
    connection.received.push({ method, params });
    const handler = this.methods[method];
    if (handler) {
      const result = handler(params, connection);
      if (result) connection.say(result.error ? { id, ...result } : { id, result });
    }
    for (const asked of [...this.#asked]) asked(method);
  }

  /** Resolves when a method has been requested. */
  until(method) {
    return new Promise((resolve) => {
      const asked = (name) => name === method && (this.#asked.delete(asked), resolve());
      this.#asked.add(asked);
    });
  }

  /** The parameters of all requests for a method, over all connections. */
  asked(method) {
    const all = this.connections.flatMap((connection) => connection.received);
    return all.filter((one) => one.method === method).map((one) => one.params);
  }
}

/** Resolves with the state once the client has reached it. */
export function reaches(client, holds) {
  const fits = typeof holds === "string" ? ({ status }) => status === holds : holds;
  if (fits(client.state)) return Promise.resolve(client.state);
  return new Promise((resolve) => {
    const end = client.on("state", (state) => fits(state) && (end(), resolve(state)));
  });
}

export function clientOf(t, wire, options = {}) {
  const given = { url: wire.url, timing: QUICK, random: () => 0.5, token: "token" };
  const client = new BasicChatClient({ ...given, ...options });
  t.after(() => client.close());
  return client;
}

/** A scripted server, and a client connected to it over WebSocket only. */
export async function connected(t, options = {}) {
  const wire = await Wire.open(t);
  const client = clientOf(t, wire, { fetch: null, ...options });
  await client.connect();
  return { client, wire };
}

export const events = (stream, seq, type, data = {}, epoch = "e") => ({
  stream,
  epoch,
  events: [{ seq, type, at: "", data }],
});

export const snapshot = (seq, more = {}) => ({
  epoch: "e",
  seq,
  messages: [],
  active_runs: [],
  ...more,
});
