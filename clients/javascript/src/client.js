// The client: everything that a program calls.
import { Connector } from "./connector.js";
import { ChatError } from "./errors.js";
import { Keeper } from "./keeper.js";
import { FINAL } from "./live-runs.js";
import { Requests, encodeRequest } from "./requests.js";
import { RHYTHM } from "./rhythm.js";
import { Streams } from "./streams.js";
import { Handlers, NAMES, Tap, failureOf } from "./taps.js";
import { baseOf, storageHere, waysOf } from "./ways.js";

const MAX_FRAME_BYTES = 1 << 20;
const EPHEMERAL = new Set(["typing.set", "presence.set"]);

/**
 * A connection to a BasicChat server that heals itself.
 *
 *   const client = new BasicChatClient({ url: "http://127.0.0.1:8765", token });
 *   await client.connect();
 *   for await (const event of client.streamQuery("What is in my documents?")) { … }
 *
 * It speaks `basicchat.v1` over WebSocket, or over HTTP with server-sent events or long-polling
 * where WebSocket is blocked, and climbs back. A lost connection is resumed without doubled or
 * missing text, and what is sent meanwhile waits, in a browser even across a reload. A request
 * fails once it has made no progress for 30 seconds. The type declarations say all there is.
 */
export class BasicChatClient {
  #options;
  #handlers = new Handlers();
  #keeper;
  #inheriting;
  #storage;
  #requests;
  #connector;
  #streams;

  constructor({ url, token, name = "javascript", version = "1", rhythm, random, ...given } = {}) {
    this.#options = {
      base: baseOf(url),
      token,
      client: { name, version },
      WebSocket: "WebSocket" in given ? given.WebSocket : globalThis.WebSocket,
      fetch: "fetch" in given ? given.fetch : (...args) => globalThis.fetch(...args),
      rhythm: { ...RHYTHM, ...rhythm },
    };
    this.#storage = "queue" in given ? given.queue : storageHere();
    this.#keeper = new Keeper(this.#storage, this.#options.base.href, (error) => {
      console.warn("What waits to be sent is not kept:", error);
    });
    this.#requests = new Requests(this.#keeper);
    this.#connector = new Connector({
      ways: waysOf({ ...this.#options, authorization: () => this.authorization() }),
      hello: () => this.#hello(),
      requests: this.#requests,
      tell: (state) => this.#onState(state),
      rhythm: this.#options.rhythm,
      random: random ?? Math.random,
    });
    const emit = (name, value) => this.#handlers.emit(name, value);
    const refollow = () => this.#connector.refollow();
    this.#streams = new Streams(emit, (...request) => this.#ask(...request), refollow);
    this.#connector.workWith(this.#streams);
    this.wake = this.#connector.wake;
  }

  get state() {
    return this.#connector.state;
  }

  get user() {
    return this.#connector.session.user;
  }

  get server() {
    return this.#connector.session.server;
  }

  get limits() {
    return this.#connector.session.limits;
  }

  // --- the connection -----------------------------------------------------------------------

  /** Connects, and stays connected until `close()`. Resolves when the session is open. */
  async connect() {
    await this.#connector.start();
    return this;
  }

  /** Uses another token from now on, and connects with it. */
  async authenticate(token) {
    this.#options.token = token;
    this.#connector.stop("connecting");
    this.#connector.session.forget();
    return this.connect();
  }

  /** Ends the session of this client; it may be connected anew. Runs go on at the server. */
  async close() {
    const last = encodeRequest("close", "session.close", {});
    const closing = this.#connector.stop("closed", { last });
    this.#connector.session.forget();
    const error = new ChatError("The client was closed", { kind: "closed" });
    this.#requests.failAll(error, { kept: true });
    await closing;
    await this.#keeper.settled();
    await this.#storage?.close?.();
  }

  // --- requests -----------------------------------------------------------------------------

  /** Calls any method of the protocol. While offline it waits, under one `client_msg_id`. */
  async call(method, params = {}) {
    // Typing and presence are not worth waiting.
    if (EPHEMERAL.has(method) && this.state.status !== "online") return null;
    return this.#ask(method, params, this.#accepted);
  }

  // Whatever began a turn, the connection follows its room from the position in the reply.
  #accepted = (reply) => {
    if (reply?.epoch && reply.run_id !== undefined) this.#streams.accepted(reply);
  };

  async #ask(method, params, then) {
    const failure = failureOf(this.state);
    if (failure && this.state.status !== "unauthenticated") throw failure;
    const entry = this.#add(method, params, then, this.user?.id ?? null);
    this.#connector.flush();
    entry.queued = entry.sentOn === null;
    return entry.reply;
  }

  #add(method, params, then, user) {
    const maxBytes = this.limits.max_frame_bytes ?? MAX_FRAME_BYTES;
    return this.#requests.add(method, params, { maxBytes, then, user });
  }

  /** Asks, and resolves with the finished turn. */
  async sendQuery(text, reasoningMode, options) {
    return this.call("query", queryParams(text, reasoningMode, options));
  }

  /** Asks, and yields the turn as it happens, to its end. */
  async *streamQuery(text, reasoningMode, options) {
    const tap = new Tap(this.#handlers, ["delta", "event", "state"]);
    try {
      const reply = await this.call("stream_request", queryParams(text, reasoningMode, options));
      yield { type: "accepted", ...reply };
      // In a shared room the assistant answers only what calls it.
      while (reply.run_id !== null) {
        const [name, value] = await tap.next();
        const failure = name === "state" && failureOf(value);
        if (failure) throw failure;
        if ((value.run ?? value.data?.run_id) !== reply.run_id) continue;
        yield name === "delta" ? { type: "delta", ...value } : value;
        if (FINAL.has(value.type)) return;
      }
    } finally {
      tap.end();
    }
  }

  /** Sends `{type, …params}`; without a type, `{query, room_id, …}` starts a streamed turn. */
  async sendMessage({ type, method = type ?? "stream_request", ...params }) {
    return this.call(method, params);
  }

  /** Opens a room: resolves with its snapshot, and follows it from there on. */
  async join(roomId) {
    return this.#streams.join(roomId);
  }

  /** Follows a room no more; one stays its member. */
  async leave(roomId) {
    this.#streams.forget(roomId);
    try {
      return await this.call("rooms.leave", { room_id: roomId });
    } finally {
      // What was on its way has brought it up again.
      this.#streams.forget(roomId);
    }
  }

  /** Lets the others in a room see that one is typing; it lapses after 6 seconds. */
  async typing(roomId, typing = true) {
    return this.call("typing.set", { room_id: roomId, typing });
  }

  // --- what happens -------------------------------------------------------------------------

  /** Has a handler told of everything of a name; answers the function that ends that. */
  on(name, handler) {
    return this.#handlers.on(name, handler);
  }

  /** Yields `[name, value]` of everything that happens, or of these names, until it is closed. */
  async *events(...names) {
    const wanted = names.length ? names : NAMES;
    const tap = new Tap(this.#handlers, [...wanted, "state"]);
    try {
      for (;;) {
        const [name, value] = await tap.next();
        if (wanted.includes(name)) yield [name, value];
        const failure = name === "state" && failureOf(value);
        if (failure?.kind === "closed") return;
        if (failure) throw failure;
      }
    } finally {
      tap.end();
    }
  }

  /** The texts of a run that is being written: `[{part, kind, text, off}]`. */
  parts(runId) {
    return this.#streams.runs.book.parts(runId);
  }

  /** The headers by which other requests authenticate, such as an upload. */
  authorization() {
    const { token } = this.#options;
    return token ? { authorization: `Bearer ${token}` } : {};
  }

  #onState(state) {
    this.#handlers.emit("state", state);
    clearInterval(this.#inheriting);
    if (state.status !== "online") return;
    const user = state.user.id;
    this.#restore(user, this.#keeper.claim(user));
    const inherit = () => this.#restore(user, this.#keeper.inherit(user));
    this.#inheriting = setInterval(inherit, this.#options.rhythm.inherit);
    this.#inheriting.unref?.();
  }

  /** Sends what this user's other pages have left; whoever listens may show it. */
  async #restore(user, found) {
    for (const { id, method, params } of await found) {
      if (this.#requests.has(id) || this.user?.id !== user) continue;
      try {
        const entry = this.#add(method, params, this.#accepted, user);
        entry.queued = true;
        const reply = entry.reply;
        // Nobody need listen.
        reply.catch(() => {});
        this.#handlers.emit("restored", { method, params: entry.params, reply });
      } catch (error) {
        if (!(error instanceof ChatError)) throw error;
      }
    }
    this.#connector.flush();
  }

  #hello() {
    const { client, token } = this.#options;
    return token ? { client, token } : { client };
  }
}

function queryParams(query, reasoningMode, options) {
  // Options may come in the place of the mode.
  const given = typeof reasoningMode === "object" ? reasoningMode : { ...options, reasoningMode };
  const wanted = {
    query,
    reasoning_mode: given?.reasoningMode ?? "auto",
    room_id: given?.roomId,
    model: given?.model,
    document_ids: given?.documentIds,
    client_msg_id: given?.clientMsgId,
  };
  return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value != null));
}
