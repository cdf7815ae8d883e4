/**
 * The JavaScript client of BasicChat: one module, no dependencies, for browsers and Node ≥ 20.
 *
 *   const client = new BasicChatClient({ url: "http://127.0.0.1:8765", token });
 *   await client.connect();
 *   for await (const event of client.streamQuery("What is in my documents?")) { … }
 *
 * It speaks `basicchat.v1`: JSON-RPC 2.0 over WebSocket, or over HTTP with server-sent events or
 * long-polling where WebSocket is blocked. A lost connection is resumed without doubled or missing
 * text, and what is sent meanwhile waits. Node 20 has no WebSocket of its own: pass one as
 * `WebSocket` (the `ws` package fits), or the client uses HTTP.
 */

export const SUBPROTOCOL = "basicchat.v1";
export const PROGRESS_TIMEOUT_MS = 30_000;

const PROBE_AFTER_MS = 10_000;
const PROBE_TIMEOUT_MS = 10_000;
const OPEN_TIMEOUT_MS = 10_000;
const CLIMB_FIRST_MS = 2_000;
const CLIMB_EVERY_MS = 60_000;
const MAX_IN_FLIGHT = 30;
const MAX_QUEUED = 500;
const MAX_HELD_FRAMES = 2_000;
const MAX_TAPPED_EVENTS = 100_000;
const MAX_RUNS = 64;
const ENDED_RUNS_KEPT = 200;
const HTTP_STREAMS = 3;

const FINAL = new Set(["run.completed", "run.failed", "run.cancelled", "run.interrupted"]);
const ONCE = /^(query|stream_request|tool_execution|messages\.(edit|delete|regenerate))$/;
const READS = /(\.(list|get|search|join|leave|cancel)|^session\.ping)$/;
const EPHEMERAL = new Set(["typing.set", "presence.set"]);

/** An error reply of the server, or a failure on the way to it; `kind` tells which. */
export class ChatError extends Error {
  constructor(message, { code = 0, kind = "client", ...rest } = {}) {
    super(message);
    this.name = "ChatError";
    this.code = code;
    this.kind = kind;
    this.retryable = rest.retryable ?? false;
    this.retryAfterMs = rest.retry_after_ms;
    this.hint = rest.hint;
    this.field = rest.field;
  }
}

/** Turns the `error` member of a JSON-RPC reply into a ChatError. */
export function errorFrom({ code, message, data }) {
  return new ChatError(message, { ...data, code, kind: data?.kind ?? "internal" });
}

/** Counts Unicode code points, which is how the protocol counts text (not UTF-16 units). */
export function codePoints(text) {
  let count = text.length;
  for (let i = 0; i < text.length - 1; i++) {
    const pair = isHigh(text.charCodeAt(i)) && isLow(text.charCodeAt(i + 1));
    if (pair) {
      count--;
      i++;
    }
  }
  return count;
}

/** The UTF-16 index of a text's code point number `count`, at most its length. */
export function unitIndex(text, count) {
  let i = 0;
  for (; count > 0 && i < text.length; count--) {
    i += isHigh(text.charCodeAt(i)) && isLow(text.charCodeAt(i + 1)) ? 2 : 1;
  }
  return i;
}

const isHigh = (unit) => (unit & 0xfc00) === 0xd800;
const isLow = (unit) => (unit & 0xfc00) === 0xdc00;

/**
 * Applies a delta to a part of a run's text.
 *
 * Exactly there: append. Ahead of it: drop the overlap. Behind it: a gap, to be filled by
 * `runs.get`.
 */
export function applyDelta(part, { off, text }) {
  if (off > part.off) return { part, added: "", gap: true };
  const overlap = part.off - off;
  const added = overlap ? text.slice(unitIndex(text, overlap)) : text;
  if (!added) return { part, added, gap: false };
  const next = { ...part, text: part.text + added, off: part.off + codePoints(added) };
  return { part: next, added, gap: false };
}

/** The texts of the runs that are being written. */
export class RunBook {
  #runs = new Map();
  #ended = new Set();

  /** Takes a delta; answers the text that is new, and whether some is missing before it. */
  apply({ run, part, kind, off, text }) {
    if (this.#ended.has(run)) return { added: "", gap: false };
    const parts = this.#partsOf(run);
    const before = parts.get(part) ?? { part, kind, text: "", off: 0 };
    const result = applyDelta(before, { off, text });
    if (!result.gap) parts.set(part, result.part);
    return { added: result.added, gap: result.gap, off: before.off };
  }

  /** Takes a run's whole texts; answers the deltas by which they are ahead of what was known. */
  sync(run, parts) {
    const news = [];
    for (const { part, kind, text } of parts) {
      // A text that is another than what was shown adds nothing; the run's end tells it.
      if (!text.startsWith(this.#runs.get(run)?.get(part)?.text ?? "")) continue;
      const { added, off } = this.apply({ run, part, kind, off: 0, text });
      if (added) news.push({ run, part, kind, off, text: added });
    }
    this.#partsOf(run);
    return news;
  }

  parts(run) {
    return [...(this.#runs.get(run)?.values() ?? [])].sort((a, b) => a.part - b.part);
  }

  /** What hello's `resume.runs` wants: how far each part is known. */
  offsets() {
    const offsets = {};
    for (const [run, parts] of this.#runs) {
      offsets[run] = Object.fromEntries([...parts.values()].map((p) => [p.part, p.off]));
    }
    return offsets;
  }

  has(run) {
    return this.#runs.has(run);
  }

  end(run) {
    this.#runs.delete(run);
    this.#ended.add(run);
    if (this.#ended.size > ENDED_RUNS_KEPT) this.#ended.delete(this.#ended.values().next().value);
  }

  #partsOf(run) {
    if (!this.#runs.has(run)) {
      if (this.#runs.size >= MAX_RUNS) this.#runs.delete(this.#runs.keys().next().value);
      this.#runs.set(run, new Map());
    }
    return this.#runs.get(run);
  }
}

/** Sorts a frame of durable events against a cursor: what is new, what is known, what is missing. */
export function acceptEvents(cursor, { epoch, events }) {
  if (!events.length) return { events: [], cursor, gap: false };
  const last = events[events.length - 1].seq;
  if (!cursor) return { events, cursor: { epoch, seq: last }, gap: false };
  if (cursor.epoch !== epoch) return { events: [], cursor, gap: true };
  const fresh = events.filter((event) => event.seq > cursor.seq);
  if (!fresh.length) return { events: [], cursor, gap: false };
  if (fresh[0].seq !== cursor.seq + 1) return { events: [], cursor, gap: true };
  return { events: fresh, cursor: { epoch, seq: last }, gap: false };
}

/** Full jitter: anything between nothing and the cap, which doubles from 0.25 s to 30 s. */
export function backoff(attempt, random = Math.random) {
  return random() * Math.min(30_000, 250 * 2 ** Math.min(attempt, 20));
}

/** What a close code asks of a client: `retry` (with backoff), `resume` at once, or `stop`. */
export function onCloseCode(code) {
  if (code === 4400) return { act: "stop", status: "failed" };
  if (code === 4403) return { act: "stop", status: "forbidden" };
  if (code === 4401) return { act: "stop", status: "unauthenticated" };
  if (code === 4408) return { act: "resume" };
  if (code === 4429) return { act: "retry", atLeastMs: 5_000 };
  return { act: "retry" };
}

/** Reads a text/event-stream piece by piece; answers the events completed by each piece. */
export class EventStreamParser {
  #rest = "";
  #event = { data: [] };

  push(piece) {
    const lines = (this.#rest + piece).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop();
    return lines.map((line) => this.#line(line)).filter(Boolean);
  }

  #line(line) {
    if (line === "") {
      const { data, ...event } = this.#event;
      this.#event = { data: [] };
      return data.length ? { ...event, data: data.join("\n") } : null;
    }
    const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(line);
    if (field === "data") this.#event.data.push(value);
    else if (field === "id" || field === "event") this.#event[field] = value;
    return null;
  }
}

class WebSocketLink {
  transport = "websocket";

  constructor({ base, WebSocket, onOpen, onFrame, onClose }) {
    const url = new URL("ws", base);
    url.protocol = url.protocol.replace("http", "ws");
    this.socket = new WebSocket(url.href, [SUBPROTOCOL]);
    this.opened = false;
    this.done = false;
    this.timer = setTimeout(() => this.close(), OPEN_TIMEOUT_MS);
    this.end = (code) => {
      if (this.done) return;
      this.done = true;
      clearTimeout(this.timer);
      onClose(code, this.opened);
    };
    this.socket.onopen = () => {
      this.opened = true;
      clearTimeout(this.timer);
      onOpen();
    };
    this.socket.onmessage = ({ data }) => !this.done && onFrame(JSON.parse(data));
    this.socket.onerror = () => {};
    this.socket.onclose = ({ code }) => this.end(code);
  }

  send(frame) {
    this.socket.send(JSON.stringify(frame));
  }

  follow() {}

  // A dead network keeps a socket in CLOSING for minutes, so the end is not awaited.
  close() {
    this.socket.close(1000);
    this.end(1006);
  }
}

class HttpLink {
  transport = "http";

  constructor({ base, fetch, headers, onOpen, onFrame, onClose, onTransport }) {
    Object.assign(this, { base, fetch, headers, onFrame, onTransport });
    this.stopped = new AbortController();
    this.followed = new Map();
    this.way = "sse";
    this.end = (code) => {
      if (this.stopped.signal.aborted) return;
      this.stopped.abort();
      onClose(code, true);
    };
    queueMicrotask(onOpen);
  }

  async send(frame) {
    try {
      const response = await this.fetch(new URL("api/rpc", this.base), {
        method: "POST",
        headers: { "content-type": "application/json", ...this.headers() },
        body: JSON.stringify(frame),
        signal: this.stopped.signal,
      });
      if (response.status !== 204) this.onFrame(await response.json());
    } catch {
      this.end(1006);
    }
  }

  /** Follows a stream from a cursor; the oldest are let go, as a browser has few connections. */
  follow(stream, cursor) {
    this.followed.get(stream)?.abort();
    this.followed.delete(stream);
    if (!cursor) return;
    const stop = new AbortController();
    this.followed.set(stream, stop);
    const rooms = [...this.followed.keys()].filter((name) => name.startsWith("room:"));
    if (rooms.length >= HTTP_STREAMS) this.follow(rooms[0], null);
    this.#loop(stream, cursor, AbortSignal.any([stop.signal, this.stopped.signal]));
  }

  async #loop(stream, cursor, signal) {
    let id = `${cursor.epoch}:${cursor.seq}`;
    const take = (event) => {
      id = event.id ?? id;
      this.onFrame(event.frame ?? JSON.parse(event.data));
    };
    for (let failures = 0; !signal.aborted;) {
      try {
        const heard = await (this.way === "sse" ? this.#sse : this.#poll).call(
          this,
          stream,
          id,
          signal,
          take,
        );
        failures = heard ? 0 : failures + 1;
        if (!heard && this.way === "sse") this.way = "poll";
      } catch {
        failures++;
      }
      if (failures > 3) return this.end(1006);
      if (failures) await new Promise((go) => setTimeout(go, backoff(failures)));
    }
  }

  #get(stream, id, signal, extra = {}) {
    const url = new URL("api/events", this.base);
    url.search = new URLSearchParams({ stream, ...extra });
    return this.fetch(url, { headers: { "last-event-id": id, ...this.headers() }, signal });
  }

  async #sse(stream, id, signal, take) {
    const silence = new AbortController();
    const response = await this.#get(stream, id, AbortSignal.any([signal, silence.signal]));
    if (!response.ok) throw new ChatError("No events", { kind: "http" });
    this.onTransport("sse");
    const parser = new EventStreamParser();
    const decoder = new TextDecoder();
    let heard = false;
    let timer = setTimeout(() => silence.abort(), PROGRESS_TIMEOUT_MS);
    try {
      for (const reader = response.body.getReader(); ;) {
        const { done, value } = await reader.read();
        if (done) return heard;
        heard = true;
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), 2 * PROGRESS_TIMEOUT_MS);
        parser.push(decoder.decode(value, { stream: true })).forEach(take);
      }
    } catch (error) {
      if (silence.signal.aborted) return heard;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async #poll(stream, id, signal, take) {
    const response = await this.#get(stream, id, signal, { wait: "25" });
    if (!response.ok) throw new ChatError("No events", { kind: "http" });
    this.onTransport("poll");
    const { streams, frames, last_id } = await response.json();
    take({ id: last_id, frame: { method: "streams", params: { streams } } });
    for (const frame of frames) take({ frame });
    return true;
  }

  close() {
    this.end(1000);
  }
}

/**
 * A connection to a BasicChat server that heals itself.
 *
 * Events, by `client.on(name, handler)`, which answers a function that ends the subscription:
 * `state` {status, transport, retryAt?, error?, user?}, `event` {stream, seq, type, at, data},
 * `delta` {run, part, kind, off, text} (never doubled), `signal` {stream, type, data},
 * `snapshot` {room_id, …} (replaces what was known of a room), `stale` {stream} (fetch again).
 * Status is one of: idle, connecting, online, reconnecting, unauthenticated, forbidden, failed,
 * closed.
 */
export class BasicChatClient {
  #options;
  #handlers = new Map();
  #link = null;
  #climbing = null;
  #pending = new Map();
  #nextId = 1;
  #cursors = new Map();
  #rooms = new Set();
  #held = new Map();
  #runs = new RunBook();
  #runRooms = new Map();
  #asking = new Map();
  #session = null;
  #attempt = 0;
  #socketFailures = 0;
  #timer = null;
  #ticker = null;
  #climber = null;
  #lastFrameAt = 0;
  #probedAt = 0;
  #waiters = [];

  constructor({ url, token, name = "javascript", version = "1", ...options } = {}) {
    const base = url ?? globalThis.location?.origin ?? "http://127.0.0.1:8765";
    this.#options = {
      base: new URL(base.replace(/^ws/, "http").replace(/\/?$/, "/")),
      token,
      client: { name, version },
      WebSocket: "WebSocket" in options ? options.WebSocket : globalThis.WebSocket,
      fetch: options.fetch ?? ((...args) => globalThis.fetch(...args)),
      random: options.random ?? Math.random,
    };
    this.state = { status: "idle", transport: null };
    this.user = null;
    this.limits = {};
    this.server = null;
    this.wake = this.wake.bind(this);
  }

  on(name, handler) {
    if (!this.#handlers.has(name)) this.#handlers.set(name, new Set());
    this.#handlers.get(name).add(handler);
    return () => this.#handlers.get(name).delete(handler);
  }

  /** Connects, and stays connected until `close()`. Resolves when the session is open. */
  connect() {
    if (this.state.status === "online") return Promise.resolve(this);
    const opened = new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
    if (!this.#link && !this.#timer) this.#start();
    return opened;
  }

  /** Uses another token from now on, and connects with it. */
  authenticate(token) {
    this.#options.token = token;
    this.#session = null;
    this.#drop();
    return this.connect();
  }

  /** Retries at once instead of waiting for the next attempt. */
  wake() {
    if (this.#timer) this.#start();
    else if (this.state.status === "online") this.#probe();
  }

  /** Ends the session of this client. Runs go on at the server. */
  close() {
    if (this.state.status === "online") this.#transmit({ method: "session.close", params: {} });
    this.#drop();
    globalThis.removeEventListener?.("online", this.wake);
    this.#setState({ status: "closed" });
    this.#failAll(new ChatError("The client was closed", { kind: "closed" }));
  }

  /** Calls any method of the protocol. While offline it waits, under the same `client_msg_id`. */
  call(method, params = {}) {
    const body = ONCE.test(method) ? { client_msg_id: newId(), ...params } : params;
    if (EPHEMERAL.has(method) && this.state.status !== "online") return Promise.resolve(null);
    const frame = { jsonrpc: "2.0", id: this.#nextId++, method, params: body };
    const max = this.limits.max_frame_bytes ?? 1 << 20;
    if (JSON.stringify(frame).length > max) {
      return Promise.reject(
        new ChatError("This is too long to send", { kind: "too_large", code: -32010 }),
      );
    }
    if (this.#pending.size >= MAX_QUEUED) {
      return Promise.reject(
        new ChatError("Too much is waiting to be sent", { kind: "queue_full" }),
      );
    }
    return new Promise((resolve, reject) => {
      this.#pending.set(frame.id, { frame, resolve, reject, sentAt: null });
      this.#flush();
    });
  }

  /** Asks, and resolves with the finished turn. */
  sendQuery(query, reasoningMode = "auto", options = {}) {
    return this.call("query", queryParams(query, { reasoningMode, ...options }));
  }

  /**
   * Asks, and yields the turn as it happens: `{type: "accepted", run_id, room_id, message_id}`,
   * `{type: "delta", kind, part, off, text}`, every event of the run as `{type: "run.step", data}`
   * and so on; the last is `run.completed`, `run.failed`, `run.cancelled` or `run.interrupted`.
   */
  async *streamQuery(query, options = {}) {
    const tap = this.#tap();
    try {
      const reply = await this.call("stream_request", queryParams(query, options));
      yield { type: "accepted", ...reply };
      for (;;) {
        const event = await tap.next();
        if ((event.run ?? event.data?.run_id) !== reply.run_id) continue;
        yield event;
        if (FINAL.has(event.type)) return;
      }
    } finally {
      tap.end();
    }
  }

  /** Sends `{type, …params}`; without a type, `{query, room_id, …}` starts a streamed turn. */
  sendMessage({ type, method = type ?? "stream_request", ...params }) {
    return this.call(method, params);
  }

  /** Opens a room: resolves with its snapshot, and follows it from there on. */
  join(roomId) {
    this.#rooms.add(roomId);
    return this.#snapshot(roomId);
  }

  leave(roomId) {
    this.#forget(roomId);
    return this.call("rooms.leave", { room_id: roomId });
  }

  typing(roomId) {
    return this.call("typing.set", { room_id: roomId });
  }

  /** The headers by which other requests of this page authenticate, if a token was given. */
  authorization() {
    const { token } = this.#options;
    return token ? { authorization: `Bearer ${token}` } : {};
  }

  /** The texts of a run that is being written: `[{part, kind, text, off}]`. */
  parts(runId) {
    return this.#runs.parts(runId);
  }

  // --- connecting -------------------------------------------------------------------------

  #start() {
    clearTimeout(this.#timer);
    this.#timer = null;
    globalThis.addEventListener?.("online", this.wake);
    const overHttp =
      !this.#options.WebSocket || (this.#socketFailures > 0 && this.#socketFailures % 3 === 2);
    this.#setState({ status: this.#attempt ? "reconnecting" : "connecting", transport: null });
    this.#link = this.#newLink(overHttp ? HttpLink : WebSocketLink, {
      onOpen: () => this.#hello(this.#link),
      onClose: (code, opened) => this.#lost(code, opened, overHttp),
    });
    this.#ticker ??= setInterval(() => this.#tick(), 1_000);
  }

  #newLink(Link, { onOpen, onClose }) {
    const { base, fetch, WebSocket } = this.#options;
    const link = new Link({
      base,
      fetch,
      WebSocket,
      headers: () => ({ "x-basicchat": "1", ...this.authorization() }),
      onOpen,
      onClose: (code, opened) =>
        (link === this.#link || link === this.#climbing) && onClose(code, opened),
      onFrame: (frame) => this.#receive(frame, link),
      onTransport: (way) => {
        const news =
          link === this.#link && this.state.status === "online" && this.state.transport !== way;
        if (news) this.#setState({ ...this.state, transport: way });
      },
    });
    return link;
  }

  #hello(link, withResume = true) {
    const params = { client: this.#options.client };
    if (this.#options.token) params.token = this.#options.token;
    if (this.#session && withResume) {
      const cursors = Object.fromEntries(this.#cursors);
      params.resume = { ...this.#session, cursors, runs: this.#runs.offsets() };
    }
    link.helloId = `hello-${this.#nextId++}`;
    link.resuming = Boolean(params.resume);
    this.#lastFrameAt = Date.now();
    link.send({ jsonrpc: "2.0", id: link.helloId, method: "session.hello", params });
  }

  #welcomed(link, { result, error }) {
    if (error && link.resuming) return this.#hello(link, false);
    if (error) return this.#refused(link, errorFrom(error));
    if (link === this.#climbing) this.#swap(link);
    const { session_id, resume_token, user, limits, server, streams = {} } = result;
    this.#session = { session_id, resume_token };
    Object.assign(this, {
      user,
      limits: limits ?? {},
      server,
      heartbeatSeconds: result.heartbeat_seconds ?? 25,
    });
    this.#attempt = 0;
    if (link.transport === "websocket") this.#socketFailures = 0;
    else this.#climbLater(CLIMB_FIRST_MS);
    this.#setState({
      status: "online",
      transport: link.transport === "http" ? link.way : "websocket",
      user,
    });
    this.#restore(streams, link);
    this.#waiters.splice(0).forEach(({ resolve }) => resolve(this));
    this.#flush();
  }

  #refused(link, error) {
    if (link === this.#climbing) return link.close();
    this.#drop();
    const status = error.kind === "unauthenticated" ? "unauthenticated" : "failed";
    if (error.kind === "rate_limited" || error.retryable)
      return this.#retryIn(error.retryAfterMs ?? backoff(++this.#attempt));
    this.#setState({ status, error });
    this.#waiters.splice(0).forEach(({ reject }) => reject(error));
  }

  #restore(streams, link) {
    const own = `user:${this.user.id}`;
    for (const [stream, { recovered, epoch, seq }] of Object.entries(streams)) {
      const known = this.#cursors.has(stream);
      if (!recovered || !known) this.#cursors.set(stream, { epoch, seq });
      if (stream === own && known && !recovered) this.#emit("stale", { stream });
    }
    if (this.#cursors.has(own)) link.follow(own, this.#cursors.get(own));
    for (const roomId of this.#rooms) {
      const stream = `room:${roomId}`;
      if (this.#held.has(stream)) continue; // A snapshot is already asked for.
      if (streams[stream]?.recovered) link.follow(stream, this.#cursors.get(stream));
      else this.#snapshot(roomId).catch(() => this.#emit("stale", { stream }));
    }
  }

  #lost(code, opened, overHttp) {
    this.#link = null;
    if (!overHttp) this.#socketFailures = opened ? 0 : this.#socketFailures + 1;
    else this.#socketFailures = this.#socketFailures ? this.#socketFailures + 1 : 0;
    this.#unsend(code);
    const { act, status, atLeastMs = 0 } = onCloseCode(code);
    if (act === "stop") {
      const error = new ChatError("The server ended the connection", { kind: status });
      this.#setState({ status, error });
      return this.#waiters.splice(0).forEach(({ reject }) => reject(error));
    }
    const delay = act === "resume" ? 0 : backoff(this.#attempt++, this.#options.random);
    this.#retryIn(Math.max(delay, atLeastMs));
  }

  #retryIn(delay) {
    clearTimeout(this.#climber);
    this.#setState({ status: "reconnecting", transport: null, retryAt: Date.now() + delay });
    this.#timer = setTimeout(() => this.#start(), delay);
  }

  #climbLater(delay) {
    clearTimeout(this.#climber);
    if (!this.#options.WebSocket) return;
    this.#climber = setTimeout(() => {
      this.#climbing = this.#newLink(WebSocketLink, {
        onOpen: () => this.#hello(this.#climbing),
        onClose: (...args) => this.#climbed(...args),
      });
    }, delay);
  }

  #climbed(code, opened) {
    if (this.#link?.socket) return this.#lost(code, opened, false);
    this.#climbing = null;
    this.#climbLater(CLIMB_EVERY_MS);
  }

  #swap(link) {
    const old = this.#link;
    this.#link = link;
    old?.close();
    this.#unsend(1000);
  }

  #drop() {
    [this.#timer, this.#climber].forEach(clearTimeout);
    clearInterval(this.#ticker);
    const links = [this.#link, this.#climbing];
    this.#link = this.#climbing = this.#timer = this.#ticker = null;
    links.forEach((link) => link?.close());
    this.#unsend(1000);
  }

  #setState(state) {
    this.state = state;
    this.#emit("state", state);
  }

  // --- requests ---------------------------------------------------------------------------

  #flush() {
    if (this.state.status !== "online") return;
    let flying = 0;
    for (const entry of this.#pending.values()) {
      if (flying >= MAX_IN_FLIGHT) return;
      if (entry.sentAt === null) {
        entry.sentAt = Date.now();
        this.#transmit(entry.frame);
      }
      flying++;
    }
  }

  #transmit(frame) {
    this.#link.send({ jsonrpc: "2.0", ...frame });
  }

  /** What was under way when a connection broke is sent again if that cannot do harm. */
  #unsend(code) {
    for (const [id, entry] of this.#pending) {
      if (entry.sentAt === null) continue;
      const { method } = entry.frame;
      if (code !== 1009 && (ONCE.test(method) || READS.test(method))) entry.sentAt = null;
      else {
        this.#pending.delete(id);
        entry.reject(
          new ChatError("The connection broke before the server answered", {
            kind: "connection_lost",
            retryable: true,
          }),
        );
      }
    }
  }

  #failAll(error) {
    for (const entry of this.#pending.values()) entry.reject(error);
    this.#pending.clear();
    this.#waiters.splice(0).forEach(({ reject }) => reject(error));
  }

  #tick() {
    const now = Date.now();
    const silent = now - this.#lastFrameAt;
    for (const [id, entry] of this.#pending) {
      if (
        entry.sentAt === null ||
        now - Math.max(entry.sentAt, this.#lastFrameAt) < PROGRESS_TIMEOUT_MS
      )
        continue;
      this.#pending.delete(id);
      entry.reject(
        new ChatError("The server did not answer for 30 seconds", {
          kind: "timeout",
          retryable: true,
        }),
      );
    }
    if (!this.#link) return;
    if (this.#probedAt && now - this.#probedAt > PROBE_TIMEOUT_MS) {
      this.#probedAt = 0;
      return this.#link.close();
    }
    const patience = this.#pending.size ? PROBE_AFTER_MS : (this.heartbeatSeconds ?? 25) * 1000;
    if (silent > patience && !this.#probedAt) this.#probe();
  }

  // Browsers do not show the server's pings to a page, so a silent connection is asked.
  #probe() {
    this.#probedAt = Date.now();
    if (this.state.status === "online")
      this.#transmit({ id: "probe", method: "session.ping", params: {} });
  }

  // --- receiving --------------------------------------------------------------------------

  #receive(frame, link) {
    if (link !== this.#link && link !== this.#climbing) return;
    this.#lastFrameAt = Date.now();
    this.#probedAt = 0;
    if (Array.isArray(frame)) return frame.forEach((one) => this.#receive(one, link));
    if (frame.method === "events") this.#onEvents(frame.params);
    else if (frame.method === "delta") this.#onDelta(frame.params);
    else if (frame.method === "signal") this.#emit("signal", frame.params);
    else if (frame.method === "streams") this.#onStreams(frame.params.streams);
    else if (frame.id === link.helloId) this.#welcomed(link, frame);
    else this.#onReply(frame);
  }

  #onReply({ id, result, error }) {
    const entry = this.#pending.get(id);
    if (!entry) return;
    this.#pending.delete(id);
    if (error?.code === -32001) this.#refused(this.#link, errorFrom(error));
    if (!error && result?.run_id && result.epoch) this.#accepted(result);
    if (error) entry.reject(errorFrom(error));
    else entry.resolve(result);
    this.#flush();
  }

  // A turn subscribes to its room from the position in the reply.
  #accepted({ run_id, room_id, epoch, seq }) {
    this.#runRooms.set(run_id, room_id);
    this.#rooms.add(room_id);
    const stream = `room:${room_id}`;
    if (this.#cursors.has(stream)) return;
    this.#cursors.set(stream, { epoch, seq });
    this.#link.follow(stream, { epoch, seq });
  }

  #onEvents(frame) {
    const { stream, epoch } = frame;
    const held = this.#held.get(stream);
    if (held) return held.length < MAX_HELD_FRAMES && held.push(frame);
    const { events, cursor, gap } = acceptEvents(this.#cursors.get(stream), frame);
    if (gap) return this.#missed(stream, { epoch, seq: frame.events.at(-1).seq });
    this.#cursors.set(stream, cursor);
    for (const event of events) {
      // Deltas are not kept: who comes late has the text from the run's end.
      if (FINAL.has(event.type)) this.#runs.sync(event.data.run_id, event.data.parts ?? []).forEach((delta) => this.#emit("delta", delta));
      this.#emit("event", { stream, epoch, ...event });
      if (FINAL.has(event.type)) this.#ended(event.data.run_id);
    }
  }

  // Over HTTP each request says whether it begins where the last one ended.
  #onStreams(streams) {
    for (const [stream, { recovered, epoch, seq }] of Object.entries(streams)) {
      const cursor = this.#cursors.get(stream);
      const same = cursor?.epoch === epoch && cursor.seq === seq;
      if (!recovered && !same) this.#missed(stream, { epoch, seq });
    }
  }

  #missed(stream, { epoch, seq }) {
    const roomId = stream.startsWith("room:") && stream.slice(5);
    if (roomId && this.#rooms.has(roomId)) {
      return this.#snapshot(roomId).catch(() => this.#emit("stale", { stream }));
    }
    this.#cursors.set(stream, { epoch, seq });
    this.#emit("stale", { stream });
  }

  #onDelta(delta) {
    const waiting = this.#asking.get(delta.run);
    if (waiting) return waiting.length < MAX_HELD_FRAMES && waiting.push(delta);
    const { added, gap, off } = this.#runs.apply(delta);
    if (gap) return this.#askRun(delta.run, [delta]);
    if (added) this.#emit("delta", { ...delta, off, text: added });
  }

  /** Fills a gap: the run's texts so far, then the deltas that came meanwhile. */
  async #askRun(runId, waiting = []) {
    this.#asking.set(runId, waiting);
    try {
      this.#synced(await this.call("runs.get", { run_id: runId }));
    } catch {
      waiting.length = 0;
    } finally {
      this.#asking.delete(runId);
    }
    waiting.forEach((delta) => this.#onDelta(delta));
  }

  #synced(run) {
    this.#runs.sync(run.run_id, run.parts).forEach((delta) => this.#emit("delta", delta));
    if (run.status === "running") return;
    this.#emit("event", { stream: `room:${run.room_id}`, type: `run.${run.status}`, data: run });
    this.#ended(run.run_id);
  }

  #ended(runId) {
    this.#runs.end(runId);
    this.#runRooms.delete(runId);
  }

  async #snapshot(roomId) {
    const stream = `room:${roomId}`;
    if (!this.#held.has(stream)) this.#held.set(stream, []);
    try {
      const snapshot = await this.call("rooms.join", { room_id: roomId });
      this.#cursors.set(stream, { epoch: snapshot.epoch, seq: snapshot.seq });
      this.#link?.follow(stream, this.#cursors.get(stream));
      this.#emit("snapshot", { room_id: roomId, ...snapshot });
      this.#resumeRuns(roomId, snapshot.active_runs);
      return snapshot;
    } catch (error) {
      if (error.kind === "not_found" || error.kind === "forbidden") this.#forget(roomId);
      throw error;
    } finally {
      const held = this.#held.get(stream) ?? [];
      this.#held.delete(stream);
      held.forEach((frame) => this.#onEvents(frame));
    }
  }

  #resumeRuns(roomId, activeRuns) {
    const active = new Set(activeRuns.map((run) => run.run_id));
    for (const run of activeRuns) {
      this.#runRooms.set(run.run_id, roomId);
      this.#runs.sync(run.run_id, run.parts).forEach((delta) => this.#emit("delta", delta));
    }
    for (const [runId, room] of this.#runRooms) {
      if (room === roomId && !active.has(runId)) this.#askRun(runId);
    }
  }

  #forget(roomId) {
    const stream = `room:${roomId}`;
    this.#rooms.delete(roomId);
    this.#cursors.delete(stream);
    this.#link?.follow(stream, null);
  }

  #emit(name, value) {
    for (const handler of this.#handlers.get(name) ?? []) handler(value);
  }

  #tap() {
    const queue = [];
    let waiter = null;
    const push = (event) => {
      if (queue.length < MAX_TAPPED_EVENTS) queue.push(event);
      waiter?.();
    };
    const ends = [
      this.on("delta", (delta) => push({ type: "delta", ...delta })),
      this.on("event", (event) => event.data?.run_id && push(event)),
      this.on("state", ({ status, error }) => {
        const over = { closed: 1, failed: 1, forbidden: 1, unauthenticated: 1 }[status];
        if (over)
          push({
            type: "lost",
            error: error ?? new ChatError("The client was closed", { kind: status }),
          });
      }),
    ];
    return {
      async next() {
        if (!queue.length) await new Promise((resolve) => (waiter = resolve));
        const event = queue.shift();
        if (event.type === "lost") throw event.error;
        return event;
      },
      end: () => ends.forEach((end) => end()),
    };
  }
}

function queryParams(query, { reasoningMode = "auto", roomId, model, documentIds, clientMsgId }) {
  const params = { query, reasoning_mode: reasoningMode };
  if (roomId) params.room_id = roomId;
  if (model) params.model = model;
  if (documentIds) params.document_ids = documentIds;
  if (clientMsgId) params.client_msg_id = clientMsgId;
  return params;
}

/** An id for `client_msg_id`. `crypto.randomUUID` is missing on pages served over plain HTTP. */
export function newId() {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
