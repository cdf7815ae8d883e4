// The client: everything that a program calls.
import { ConnectionManager } from "./connection-manager.js";
import { ChatError } from "./errors.js";
import { OutboxStore } from "./outbox-store.js";
import { FINAL } from "./live-runs.js";
import { RequestQueue, encodeRequest } from "./request-queue.js";
import { DEFAULT_TIMING } from "./timing.js";
import { Streams } from "./streams.js";
import { EventEmitter, NAMES, EventBuffer, failureOf } from "./emitter.js";
import { baseOf, storageHere, transportsOf } from "./transports.js";

const MAX_FRAME_BYTES = 1 << 20;
const EPHEMERAL = new Set(["typing.set", "presence.set"]);

/**
 * A connection to a BasicChat server that reconnects by itself.
 *
 *   const client = new BasicChatClient({ url: "http://127.0.0.1:8765", token });
 *   await client.connect();
 *   for await (const event of client.streamQuery("What is in my documents?")) { … }
 *
 * It uses `basicchat.v1` over WebSocket. Where that is blocked it falls back to HTTP with
 * server-sent events or long polling, and returns to WebSocket when it can. A lost connection is
 * resumed without duplicate or missing text. Requests made meanwhile are queued, in a browser even
 * across a reload. A request fails after 30 seconds without progress. The type declarations
 * document all options and methods.
 */
export class BasicChatClient {
  #options;
  #emitter = new EventEmitter();
  #outbox;
  #inheritTimer;
  #storage;
  #requests;
  #connection;
  #streams;

  constructor({ url, token, name = "javascript", version = "1", timing, random, ...given } = {}) {
    this.#options = {
      base: baseOf(url),
      token,
      client: { name, version },
      WebSocket: "WebSocket" in given ? given.WebSocket : globalThis.WebSocket,
      fetch: "fetch" in given ? given.fetch : (...args) => globalThis.fetch(...args),
      timing: { ...DEFAULT_TIMING, ...timing },
    };
    this.#storage = "queue" in given ? given.queue : storageHere();
    this.#outbox = new OutboxStore(this.#storage, this.#options.base.href, (error) => {
      console.warn("Requests waiting to be sent are not stored:", error);
    });
    this.#requests = new RequestQueue(this.#outbox);
    const emit = (name, value) => this.#emitter.emit(name, value);
    const refollow = () => this.#connection.refollow();
    this.#streams = new Streams(emit, (...request) => this.#request(...request), refollow);
    this.#connection = new ConnectionManager({
      transports: transportsOf({ ...this.#options, authorization: () => this.authorization() }),
      hello: () => this.#hello(),
      requests: this.#requests,
      streams: this.#streams,
      onState: (state) => this.#onState(state),
      timing: this.#options.timing,
      random: random ?? Math.random,
    });
    this.wake = this.#connection.wake;
  }

  get state() {
    return this.#connection.state;
  }

  get user() {
    return this.#connection.session.user;
  }

  get server() {
    return this.#connection.session.server;
  }

  get limits() {
    return this.#connection.session.limits;
  }

  // --- the connection -----------------------------------------------------------------------

  /** Connects, and stays connected until `close()`. Resolves when the session is open. */
  async connect() {
    await this.#connection.start();
    return this;
  }

  /** Connects with another token. */
  async authenticate(token) {
    this.#options.token = token;
    this.#connection.stop("connecting");
    this.#connection.session.forget();
    return this.connect();
  }

  /** Closes the session. Runs continue on the server, and the client may connect again. */
  async close() {
    const last = encodeRequest("close", "session.close", {});
    const closing = this.#connection.stop("closed", { last });
    this.#connection.session.forget();
    const error = new ChatError("The client was closed", { kind: "closed" });
    this.#requests.failAll(error, { kept: true });
    await closing;
    await this.#outbox.settled();
    await this.#storage?.close?.();
  }

  // --- requests -----------------------------------------------------------------------------

  /** Calls any method of the protocol. While offline the request is queued. */
  async call(method, params = {}) {
    // Typing and presence are not worth queueing.
    if (EPHEMERAL.has(method) && this.state.status !== "online") return null;
    return this.#request(method, params, this.#onAccepted);
  }

  // Follows the room of a turn that a request has started, from the position in the reply.
  #onAccepted = (reply) => {
    if (reply?.epoch && reply.run_id !== undefined) this.#streams.accepted(reply);
  };

  async #request(method, params, onResult) {
    const failure = failureOf(this.state);
    if (failure && this.state.status !== "unauthenticated") throw failure;
    const request = this.#add(method, params, onResult, this.user?.id ?? null);
    this.#connection.flush();
    request.queued = request.sentOn === null;
    return request.reply;
  }

  #add(method, params, onResult, user) {
    const maxBytes = this.limits.max_frame_bytes ?? MAX_FRAME_BYTES;
    return this.#requests.add(method, params, { maxBytes, onResult, user });
  }

  /** Asks a question; resolves with the finished turn. */
  async sendQuery(text, reasoningMode, options) {
    return this.call("query", queryParams(text, reasoningMode, options));
  }

  /** Asks a question; yields the turn as it happens. */
  async *streamQuery(text, reasoningMode, options) {
    const buffer = new EventBuffer(this.#emitter, ["delta", "event", "state"]);
    try {
      const reply = await this.call("stream_request", queryParams(text, reasoningMode, options));
      yield { type: "accepted", ...reply };
      // In a shared room the assistant answers only messages that address it.
      while (reply.run_id !== null) {
        const [name, value] = await buffer.next();
        const failure = name === "state" && failureOf(value);
        if (failure) throw failure;
        if ((value.run ?? value.data?.run_id) !== reply.run_id) continue;
        yield name === "delta" ? { type: "delta", ...value } : value;
        if (FINAL.has(value.type)) return;
      }
    } finally {
      buffer.end();
    }
  }

  /** Sends `{type, …params}`; without a type, `{query, room_id, …}` starts a streamed turn. */
  async sendMessage({ type, method = type ?? "stream_request", ...params }) {
    return this.call(method, params);
  }

  /** Resolves with the snapshot of a room, and follows the room from there on. */
  async join(roomId) {
    return this.#streams.join(roomId);
  }

  /** Stops following a room; the user stays a member. */
  async leave(roomId) {
    this.#streams.forget(roomId);
    try {
      return await this.call("rooms.leave", { room_id: roomId });
    } finally {
      // Events that arrived meanwhile may have added the room again.
      this.#streams.forget(roomId);
    }
  }

  /** Shows the other members that the user is typing; this expires after 6 seconds. */
  async typing(roomId, typing = true) {
    return this.call("typing.set", { room_id: roomId, typing });
  }

  // --- events -------------------------------------------------------------------------------

  /** Calls a handler for every event of a name; returns the function that removes it. */
  on(name, handler) {
    return this.#emitter.on(name, handler);
  }

  /** Yields `[name, value]` of every event, or of those named, until the client is closed. */
  async *events(...names) {
    const wanted = names.length ? names : NAMES;
    const buffer = new EventBuffer(this.#emitter, [...wanted, "state"]);
    try {
      for (;;) {
        const [name, value] = await buffer.next();
        if (wanted.includes(name)) yield [name, value];
        const failure = name === "state" && failureOf(value);
        if (failure?.kind === "closed") return;
        if (failure) throw failure;
      }
    } finally {
      buffer.end();
    }
  }

  /** The texts so far of a run in progress: `[{part, kind, text, off}]`. */
  parts(runId) {
    return this.#streams.runs.texts.parts(runId);
  }

  /** The headers that authenticate other HTTP requests, such as an upload. */
  authorization() {
    const { token } = this.#options;
    return token ? { authorization: `Bearer ${token}` } : {};
  }

  #onState(state) {
    this.#emitter.emit("state", state);
    clearInterval(this.#inheritTimer);
    if (state.status !== "online") return;
    const user = state.user.id;
    this.#restore(user, this.#outbox.claim(user));
    const inherit = () => this.#restore(user, this.#outbox.inherit(user));
    this.#inheritTimer = setInterval(inherit, this.#options.timing.inheritInterval);
    this.#inheritTimer.unref?.();
  }

  /** Sends the stored requests of the user's earlier clients, and emits `restored` for each. */
  async #restore(user, items) {
    for (const { id, method, params } of await items) {
      if (this.#requests.has(id) || this.user?.id !== user) continue;
      try {
        const request = this.#add(method, params, this.#onAccepted, user);
        request.queued = true;
        const reply = request.reply;
        // Awaiting the reply is optional.
        reply.catch(() => {});
        this.#emitter.emit("restored", { method, params: request.params, reply });
      } catch (error) {
        if (!(error instanceof ChatError)) throw error;
      }
    }
    this.#connection.flush();
  }

  #hello() {
    const { client, token } = this.#options;
    return token ? { client, token } : { client };
  }
}

function queryParams(query, mode, options) {
  // The options may be passed instead of the mode.
  const chosen = typeof mode === "object" ? mode : { ...options, reasoningMode: mode };
  const params = {
    query,
    reasoning_mode: chosen?.reasoningMode ?? "auto",
    room_id: chosen?.roomId,
    model: chosen?.model,
    document_ids: chosen?.documentIds,
    client_msg_id: chosen?.clientMsgId,
  };
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value != null));
}
