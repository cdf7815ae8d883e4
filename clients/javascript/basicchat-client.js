// basicchat-client 0.1.0, Apache-2.0. Made of clients/javascript/src: do not edit.
// @ts-self-types="./basicchat-client.d.ts"

// close-codes.js
const NO_CODE = 1006; // RFC 6455, 7.1.5: the connection ended without a close frame
const TOO_BIG = 1009;
const DRAINING = 1001;
const BAD_PROTOCOL = 4400;
const UNAUTHENTICATED = 4401;
const FORBIDDEN = 4403;
const SLOW = 4408;
const TOO_MANY = 4429;

// errors.js
class ChatError extends Error {
  constructor(message, { kind = "client", code = 0, retryable = false, ...more } = {}) {
    super(message);
    this.name = "ChatError";
    this.kind = kind;
    this.code = code;
    this.retryable = retryable;
    this.retryAfterMs = more.retryAfterMs;
    this.hint = more.hint;
    this.reason = more.reason;
    this.params = more.params;
    this.field = more.field;
    this.incident = more.incident;
  }
}

function errorFrom({ code, message = "", data = {} }) {
  const { kind = "internal", retry_after_ms: retryAfterMs, ...more } = data ?? {};
  return new ChatError(message, { ...more, code, kind, retryAfterMs });
}

// retry-table.js
const SAFE = new Set([
  "approvals.list",
  "citations.get",
  "collections.get",
  "collections.list",
  "connectors.list",
  "documents.formats",
  "documents.get",
  "documents.list",
  "documents.retry",
  "documents.search",
  "grants.list",
  "invitations.list",
  "keys.list",
  "messages.list",
  "messages.search",
  "models.list",
  "modes.list",
  "rooms.join",
  "rooms.leave",
  "rooms.list",
  "rooms.read",
  "runs.approve",
  "runs.cancel",
  "runs.get",
  "session.ping",
  "tasks.cancel",
  "tasks.get",
  "tasks.list",
  "tools.list",
  "users.list",
]);
const ONCE = new Set([
  "feedback.set",
  "messages.delete",
  "messages.edit",
  "messages.post",
  "messages.regenerate",
  "query",
  "runs.continue",
  "stream_request",
  "tool_execution",
]);

// retry-rules.js
const takesClientMsgId = (method) => ONCE.has(method);

const mayRepeat = (method) => ONCE.has(method) || SAFE.has(method);

// text.js
const isHigh = (unit) => (unit & 0xfc00) === 0xd800;
const isLow = (unit) => (unit & 0xfc00) === 0xdc00;

function codePoints(text) {
  let count = text.length;
  for (let i = 0; i < text.length - 1; i++) {
    if (isHigh(text.charCodeAt(i)) && isLow(text.charCodeAt(i + 1))) {
      count--;
      i++;
    }
  }
  return count;
}

function unitIndex(text, count) {
  let i = 0;
  for (; count > 0 && i < text.length; count--) {
    i += isHigh(text.charCodeAt(i)) && isLow(text.charCodeAt(i + 1)) ? 2 : 1;
  }
  return i;
}

function applyDelta(part, { off, text }) {
  if (off > part.off) return { part, added: "", gap: true };
  const overlap = part.off - off;
  const added = overlap ? text.slice(unitIndex(text, overlap)) : text;
  if (!added) return { part, added, gap: false };
  const next = { ...part, text: part.text + added, off: part.off + codePoints(added) };
  return { part: next, added, gap: false };
}

function newId() {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// request-queue.js
const MAX_IN_FLIGHT = 30;
const MAX_WAITING = 500;
const MAX_WAITING_BYTES = 16 << 20;
const TOO_LARGE = -32010;

const encodeRequest = (id, method, params) =>
  JSON.stringify({ jsonrpc: "2.0", id, method, params });

const bytesOf = (text) => new TextEncoder().encode(text).length;

class PendingRequest {
  sentOn = null;
  sentAt = 0;
  queued = false;
  notBefore = 0;

  constructor(id, method, given, { onResult, user = null }) {
    const params = { ...given };
    if (takesClientMsgId(method)) params.client_msg_id ??= newId();
    Object.assign(this, { id, method, params, onResult, user });
    this.frame = encodeRequest(id, method, params);
    this.bytes = bytesOf(this.frame);
    this.reply = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
  }

  succeed(result) {
    this.onResult?.(result);
    this.resolve(result);
  }
}

class RequestQueue {
  #requests = new Map();
  #last = 0;
  #bytes = 0;
  #outbox;
  #maxWaiting;
  #maxInFlight;

  constructor(outbox = null, { maxWaiting = MAX_WAITING, maxInFlight = MAX_IN_FLIGHT } = {}) {
    this.#outbox = outbox;
    this.#maxWaiting = maxWaiting;
    this.#maxInFlight = maxInFlight;
  }

  get size() {
    return this.#requests.size;
  }

  add(method, params, { maxBytes = Infinity, ...more } = {}) {
    const request = new PendingRequest(++this.#last, method, params, more);
    if (request.bytes > maxBytes) {
      throw new ChatError("The request is too long to be sent", {
        kind: "too_large",
        code: TOO_LARGE,
        hint: "Shorten it.",
      });
    }
    if (this.#requests.size >= this.#maxWaiting || this.#bytes + request.bytes > MAX_WAITING_BYTES) {
      throw new ChatError("Too many requests are waiting to be sent", {
        kind: "queue_full",
        retryable: true,
        hint: "Try again once the server can be reached.",
      });
    }
    this.#put(request);
    if (request.user) this.#outbox?.keep(request);
    return request;
  }

  #put(request) {
    this.#requests.set(request.id, request);
    this.#bytes += request.bytes;
  }

  #take(id) {
    const request = this.#requests.get(id);
    if (this.#requests.delete(id)) this.#bytes -= request.bytes;
    return request;
  }

  #fail(request, error) {
    this.#take(request.id);
    this.#outbox?.drop(request);
    request.reject(error);
  }

  has(clientMsgId) {
    return [...this.#requests.values()].some((one) => one.params.client_msg_id === clientMsgId);
  }

  *takeDue(connection, now) {
    for (const request of [...this.#requests.values()].slice(0, this.#maxInFlight)) {
      if (request.sentOn || request.notBefore > now) continue;
      Object.assign(request, { sentOn: connection, sentAt: now });
      yield request;
    }
  }

  onReply({ id, result, error }, now) {
    const request = this.#take(id);
    if (!request) return null;
    const failure = error && errorFrom(error);
    const later = request.queued || failure?.reason === "server_stopping";
    if (failure?.retryAfterMs !== undefined && later && mayRepeat(request.method)) {
      Object.assign(request, { sentOn: null, queued: true, notBefore: now + failure.retryAfterMs });
      this.#put(request);
      return request;
    }
    if (failure?.kind === "unauthenticated" && mayRepeat(request.method)) {
      Object.assign(request, { sentOn: null, queued: true });
      this.#put(request);
      return request;
    }
    this.#outbox?.drop(request);
    if (failure) request.reject(failure);
    else request.succeed(result);
    return request;
  }

  assignUser(user) {
    const error = new ChatError("Another user is logged in now", { kind: "unauthenticated" });
    for (const request of [...this.#requests.values()]) {
      if (request.user === user) continue;
      if (request.user === null) {
        request.user = user;
        this.#outbox?.keep(request);
      } else {
        this.#take(request.id);
        request.reject(error);
      }
    }
  }

  connectionLost(connection, { repeat = true } = {}) {
    const error = new ChatError("The connection was lost before the server replied", {
      kind: "connection_lost",
      retryable: true,
      hint: "The server may have done it: look before you try again.",
    });
    for (const request of [...this.#requests.values()]) {
      if (request.sentOn !== connection) continue;
      if (repeat && mayRepeat(request.method)) Object.assign(request, { sentOn: null, queued: true });
      else this.#fail(request, error);
    }
  }

  inFlightOn(connection) {
    return [...this.#requests.values()].some((request) => request.sentOn === connection);
  }

  expire(now, progressAt, timeout) {
    for (const request of [...this.#requests.values()]) {
      if (!request.sentOn || now - Math.max(request.sentAt, progressAt) < timeout) continue;
      const text = `The server did not reply for ${timeout / 1000} seconds`;
      this.#fail(request, new ChatError(text, { kind: "timeout", retryable: true }));
    }
  }

  failAll(error, { kept = false } = {}) {
    for (const request of [...this.#requests.values()]) {
      if (kept) {
        this.#take(request.id);
        request.reject(error);
      } else this.#fail(request, error);
    }
  }
}

// connection.js
const PROBE = "probe";

class Connection {
  welcomed = false;
  byCookie = false;
  ended = false;
  #helloId;
  #handler;
  #liveness;
  #transport;
  #resuming = false;

  constructor({ number, http, make, handler, liveness }) {
    this.#helloId = `hello-${number}`;
    this.#handler = handler;
    this.#liveness = liveness;
    this.#transport = make((transport) => handler.onTransport(this, transport));
    this.http = http;
    this.since = liveness.now;
  }

  get transport() {
    return this.#transport.transport;
  }

  open() {
    this.#transport.open({
      opened: () => this.#onOpen(),
      frame: (frame) => this.#receive(frame),
      ended: (code, reason) => this.#handler.onEnd(this, code, reason),
    });
  }

  #onOpen() {
    this.since = this.#liveness.now;
    if (!this.ended) this.#sayHello({ resume: true });
  }

  #sayHello({ resume }) {
    const params = this.#handler.hello({ resume });
    this.#resuming = "resume" in params;
    this.byCookie = !params.token;
    this.send(encodeRequest(this.#helloId, "session.hello", params));
  }

  #receive(frame) {
    if (this.ended) return;
    this.#liveness.heard();
    for (const one of Array.isArray(frame) ? frame : [frame]) {
      if (one === null) continue;
      if (one.method) this.#handler.onNotification(this, one.method, one.params);
      else if (one.id === this.#helloId) this.#onHelloReply(one);
      else this.#handler.onReply(this, one);
    }
  }

  #onHelloReply({ result, error }) {
    if (!error) {
      this.welcomed = true;
      this.#handler.onWelcome(this, result);
      return;
    }
    const refusal = errorFrom(error);
    if (this.#resuming && !this.welcomed && !refusal.retryable) this.#sayHello({ resume: false });
    else this.#handler.onRefusal(this, refusal);
  }

  send(frame) {
    this.#transport.send(frame);
  }

  probe() {
    this.#liveness.probed();
    this.send(encodeRequest(PROBE, "session.ping", {}));
  }

  follow(cursors) {
    this.#transport.follow(cursors);
  }

  close(last) {
    return this.#transport.close(last);
  }
}

// emitter.js
const MAX_BUFFERED = 100_000;
const NAMES = Object.freeze([
  "state",
  "event",
  "delta",
  "signal",
  "snapshot",
  "stale",
  "restored",
]);
const STOPPED = new Set(["unauthenticated", "forbidden", "failed", "closed"]);

function failureOf({ status, error }) {
  if (!STOPPED.has(status)) return null;
  return error ?? new ChatError("The client was closed", { kind: status });
}

const report = globalThis.reportError?.bind(globalThis) ?? ((error) => console.error(error));

class EventEmitter {
  #handlers = new Map(NAMES.map((name) => [name, new Set()]));

  on(name, handler) {
    const handlers = this.#handlers.get(name);
    if (!handlers) throw new TypeError(`Unknown event "${name}"; the events are ${NAMES.join(", ")}`);
    const own = (value) => handler(value);
    handlers.add(own);
    return () => void handlers.delete(own);
  }

  emit(name, value) {
    for (const handler of [...this.#handlers.get(name)]) {
      try {
        handler(value);
      } catch (error) {
        report(error);
      }
    }
  }
}

class EventBuffer {
  #waiting = [];
  #overflowed = false;
  #wake = () => {};
  #ends;

  constructor(handlers, names) {
    const listen = (name) => handlers.on(name, (value) => this.#push([name, value]));
    this.#ends = [...new Set(names)].map(listen);
  }

  #push(event) {
    if (this.#waiting.length < MAX_BUFFERED) this.#waiting.push(event);
    else this.#overflowed = true;
    this.#wake();
  }

  async next() {
    while (!this.#waiting.length) {
      if (this.#overflowed) {
        throw new ChatError("Events were read too slowly, and some are lost", { kind: "overflow" });
      }
      await new Promise((wake) => (this.#wake = wake));
    }
    return this.#waiting.shift();
  }

  end() {
    for (const end of this.#ends) end();
  }
}

// connection-state.js
const REASONS = {
  unauthenticated: ["The token is invalid or has expired", "Log in again, or create a new key."],
  forbidden: ["You no longer have access to this server", "Ask its administrator."],
};

function closedByServer(status) {
  const [message, hint] = REASONS[status] ?? ["The server closed the connection"];
  return new ChatError(message, { kind: status, hint });
}

class ConnectionState {
  #onChange;
  #waiting = [];
  current = { status: "idle", transport: null };

  constructor(onChange) {
    this.#onChange = onChange;
  }

  whenOnline() {
    if (this.current.status === "online") return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  set(state) {
    this.current = { transport: null, ...state };
    const failure = failureOf(this.current);
    const online = state.status === "online";
    const waiting = online || failure ? this.#waiting.splice(0) : [];
    this.#onChange(this.current);
    for (const { resolve, reject } of waiting) {
      if (online) resolve();
      else reject(failure);
    }
  }
}

// current-connection.js
class CurrentConnection {
  connection = null;
  #replaced = new Map();
  #requests;
  #streams;
  #liveness;
  #timing;

  constructor({ requests, streams, liveness, timing }) {
    this.#requests = requests;
    this.#streams = streams;
    this.#liveness = liveness;
    this.#timing = timing;
  }

  take() {
    const { connection } = this;
    this.connection = null;
    return connection;
  }

  flush() {
    const { connection } = this;
    if (!connection?.welcomed) return;
    for (const { frame } of this.#requests.takeDue(connection, this.#liveness.now)) {
      connection.send(frame);
    }
  }

  refollow() {
    this.connection?.follow(this.#streams.followed());
  }

  replace(connection) {
    const old = this.connection;
    this.connection = connection;
    if (!old) return;
    old.follow({});
    this.#replaced.set(old, this.#liveness.now);
  }

  isDrained(connection) {
    return this.#replaced.has(connection) && !this.#requests.inFlightOn(connection);
  }

  overdue() {
    const patience = this.#liveness.now - this.#timing.progressTimeout;
    return [...this.#replaced].filter(([, since]) => since < patience).map(([old]) => old);
  }

  forget(connection) {
    this.#replaced.delete(connection);
  }

  probe() {
    if (this.connection?.welcomed) this.connection.probe();
  }

  verdict(heartbeat) {
    if (!this.connection) return "alive";
    const maxSilence = this.#requests.size ? this.#timing.probeAfter : heartbeat;
    return this.#liveness.verdict(this.connection, maxSilence);
  }
}

// liveness.js
const TICKS = 10;
const LONGEST_GAP_TICKS = 5;

class AwakeClock {
  #tick;
  #awake = 0;
  #last = performance.now();

  constructor(tick) {
    this.#tick = tick;
  }

  get now() {
    return this.#awake + Math.min(performance.now() - this.#last, LONGEST_GAP_TICKS * this.#tick);
  }

  advance() {
    const slept = performance.now() - this.#last > LONGEST_GAP_TICKS * this.#tick;
    this.#awake = this.now;
    this.#last = performance.now();
    return slept;
  }
}

class LivenessCheck {
  heardAt = 0;
  probedAt = null;
  #timing;

  constructor(timing) {
    this.#timing = timing;
  }

  heard(now) {
    this.heardAt = now;
    this.probedAt = null;
  }

  probed(now) {
    this.probedAt ??= now;
  }

  reset() {
    this.probedAt = null;
  }

  verdict({ welcomed, since }, now, maxSilence) {
    if (!welcomed) return now - since > this.#timing.progressTimeout ? "dead" : "alive";
    if (this.probedAt !== null) return now - this.probedAt > this.#timing.probeTimeout ? "dead" : "alive";
    return now - Math.max(this.heardAt, since) > maxSilence ? "probe" : "alive";
  }
}

class LivenessMonitor {
  #tick;
  #clock;
  #check;
  #ticker = null;

  constructor(timing) {
    this.#tick = timing.probeAfter / TICKS;
    this.#clock = new AwakeClock(this.#tick);
    this.#check = new LivenessCheck(timing);
  }

  get now() {
    return this.#clock.now;
  }

  get heardAt() {
    return this.#check.heardAt;
  }

  watch(check) {
    this.#clock.advance();
    this.#ticker = setInterval(() => check(this.#clock.advance()), this.#tick);
  }

  stop() {
    clearInterval(this.#ticker);
  }

  reset() {
    this.#check.reset();
  }

  heard() {
    this.#check.heard(this.now);
  }

  probed() {
    this.#check.probed(this.now);
  }

  verdict(attempt, maxSilence) {
    return this.#check.verdict(attempt, this.now, maxSilence);
  }
}

// timing.js
const DEFAULT_TIMING = Object.freeze({
  backoffBase: 250,
  backoffCap: 30_000,
  progressTimeout: 30_000,
  probeAfter: 10_000,
  probeTimeout: 10_000,
  openTimeout: 10_000,
  firstUpgrade: 2_000,
  upgradeInterval: 60_000,
  pollPause: 250,
  inheritInterval: 10_000,
});

function backoff(attempt, random = Math.random, { backoffBase, backoffCap } = DEFAULT_TIMING) {
  return random() * Math.min(backoffCap, backoffBase * 2 ** Math.min(attempt, 60));
}

// retry-policy.js
const TOO_MANY_MS = 5_000;
const MAX_DRAINING_MS = 30_000;
const RECONNECT_AFTER = /\breconnect after ([0-9]{1,9}) ms$/;
const HTTP_EVERY = 3;

const BY_CLOSE_CODE = {
  [BAD_PROTOCOL]: { action: "stop", status: "failed" },
  [UNAUTHENTICATED]: { action: "stop", status: "unauthenticated" },
  [FORBIDDEN]: { action: "stop", status: "forbidden" },
  [SLOW]: { action: "resume" },
  [TOO_MANY]: { action: "retry", minDelay: TOO_MANY_MS },
};

function recoveryAfter(code, reason = "", byCookie = false) {
  if (code === UNAUTHENTICATED && byCookie) return { action: "resume" };
  const pause = code === DRAINING && RECONNECT_AFTER.exec(reason);
  if (pause) return { action: "retry", minDelay: Math.min(Number(pause[1]), MAX_DRAINING_MS) };
  return BY_CLOSE_CODE[code] ?? { action: "retry" };
}

function sentByServer(code) {
  return code === DRAINING || code >= BAD_PROTOCOL;
}

function httpIsNext(failures) {
  return failures % HTTP_EVERY === HTTP_EVERY - 1;
}

class RetryPolicy {
  #timing;
  #random;
  #failures = 0;
  #blocked = 0;

  constructor(timing, random) {
    this.#timing = timing;
    this.#random = random;
  }

  get prefersHttp() {
    return httpIsNext(this.#blocked);
  }

  welcomed({ http }) {
    this.#failures = 0;
    if (!http) this.#blocked = 0;
  }

  ended({ http, blocked }) {
    if (!http) this.#blocked = blocked ? this.#blocked + 1 : 0;
    else if (this.#blocked) this.#blocked++;
  }

  delay({ action, minDelay = 0 }, welcomed, error) {
    if (action === "resume" && welcomed) return 0;
    const delay = backoff(this.#failures++, this.#random, this.#timing);
    return Math.max(delay, minDelay, error?.retryAfterMs ?? 0);
  }
}

// session.js
const DEFAULT_HEARTBEAT_SECONDS = 25;

class Session {
  resume = null;
  user = null;
  server = null;
  limits = {};
  heartbeat = DEFAULT_HEARTBEAT_SECONDS * 1000;

  update({ session_id, resume_token, user, server = null, limits, heartbeat_seconds }) {
    this.resume = { session_id, resume_token };
    Object.assign(this, { user, server, limits: limits ?? {} });
    this.heartbeat = (heartbeat_seconds || DEFAULT_HEARTBEAT_SECONDS) * 1000;
  }

  forget() {
    this.resume = null;
  }
}

// upgrade.js
class UpgradeLoop {
  #attempt = null;
  #timer = null;
  #timing;
  #open;

  constructor(timing, open) {
    this.#timing = timing;
    this.#open = open;
  }

  start() {
    this.#tryAfter(this.#timing.firstUpgrade);
  }

  #tryAfter(delay) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.#attempt = this.#open()), delay);
  }

  failed(connection) {
    if (connection !== this.#attempt) return false;
    this.#attempt = null;
    this.#tryAfter(this.#timing.upgradeInterval);
    return true;
  }

  stop() {
    clearTimeout(this.#timer);
    const attempt = this.#attempt;
    this.#attempt = null;
    return attempt;
  }
}

// connection-manager.js
class ConnectionManager {
  #transports;
  #helloParams;
  #requests;
  #streams;
  #timing;
  #state;
  #liveness;
  #retries;
  #current;
  #upgrade;
  #connections = new Set();
  #made = 0;
  #running = false;
  #retryTimer = null;
  #refusal = null;
  session = new Session();

  constructor({ transports, hello, requests, streams, onState, timing, random }) {
    this.#transports = transports;
    this.#helloParams = hello;
    this.#requests = requests;
    this.#streams = streams;
    this.#timing = timing;
    this.#state = new ConnectionState(onState);
    this.#liveness = new LivenessMonitor(timing);
    this.#retries = new RetryPolicy(timing, random);
    const liveness = this.#liveness;
    this.#current = new CurrentConnection({ requests, streams, liveness, timing });
    this.#upgrade = new UpgradeLoop(timing, () => this.#open(this.#newConnection(false)));
    this.wake = this.wake.bind(this);
  }

  get state() {
    return this.#state.current;
  }


  start() {
    const online = this.#state.whenOnline();
    if (this.#running) return online;
    this.#running = true;
    globalThis.addEventListener?.("online", this.wake);
    this.#liveness.watch((slept) => this.#check(slept));
    this.#connect("connecting");
    return online;
  }

  wake() {
    if (this.#retryTimer) this.#connect("reconnecting");
    else this.#current.probe();
  }

  stop(status, { error, last } = {}) {
    const current = this.#current.take();
    this.#running = false;
    this.#cancelRetry();
    this.#liveness.stop();
    this.#upgrade.stop();
    globalThis.removeEventListener?.("online", this.wake);
    const closing = [...this.#connections].map((connection) => {
      this.#forget(connection);
      return connection.close(connection === current && connection.welcomed ? last : undefined);
    });
    this.#state.set({ status, ...(error && { error }) });
    return Promise.all(closing);
  }

  flush() {
    this.#current.flush();
  }

  refollow() {
    this.#current.refollow();
  }


  #connect(status) {
    this.#cancelRetry();
    this.#liveness.reset();
    const { primary, fallback } = this.#transports;
    const connection = this.#newConnection(!primary || Boolean(fallback && this.#retries.prefersHttp));
    this.#current.connection = connection;
    this.#setState({ status });
    if (!connection.ended) this.#open(connection);
  }

  #newConnection(http) {
    const { primary, fallback } = this.#transports;
    const make = http ? fallback : primary;
    const liveness = this.#liveness;
    const number = ++this.#made;
    const connection = new Connection({ number, http, make, handler: this, liveness });
    this.#connections.add(connection);
    return connection;
  }

  #open(connection) {
    connection.open();
    return connection;
  }

  #cancelRetry() {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = null;
  }

  #end(connection, recovery, { code = NO_CODE, error } = {}) {
    if (connection.ended) return;
    this.#forget(connection, { repeat: code !== TOO_BIG });
    connection.close();
    if (this.#upgrade.failed(connection)) return;
    if (connection !== this.#current.connection) return this.flush();
    this.#current.take();
    this.#endUpgrade();
    const blocked = !connection.welcomed && !sentByServer(code) && !error;
    this.#retries.ended({ http: connection.http, blocked });
    if (recovery.action === "stop") return this.#stopped(recovery.status, error);
    const delay = this.#retries.delay(recovery, connection.welcomed, error);
    this.#retryTimer = setTimeout(() => this.#connect("reconnecting"), delay);
    this.#refusal = error ?? this.#refusal;
    this.#setState({ status: "reconnecting", retryAt: Date.now() + delay });
  }

  #setState(state) {
    this.#state.set(this.#refusal ? { ...state, error: this.#refusal } : state);
  }

  #forget(connection, options) {
    connection.ended = true;
    this.#connections.delete(connection);
    this.#current.forget(connection);
    this.#requests.connectionLost(connection, options);
  }

  #endUpgrade() {
    const attempt = this.#upgrade.stop();
    if (attempt) this.#end(attempt, { action: "retry" });
  }

  #stopped(status, refusal) {
    const error = refusal ?? closedByServer(status);
    if (status !== "unauthenticated") this.#requests.failAll(error);
    this.stop(status, { error });
  }

  #closeIfDrained(connection) {
    if (this.#current.isDrained(connection)) this.#end(connection, { action: "retry" });
  }


  hello({ resume }) {
    const params = this.#helloParams();
    const last = resume && this.session.resume;
    return last ? { ...params, resume: { ...last, ...this.#streams.resume() } } : params;
  }

  onWelcome(connection, welcome) {
    const { user } = welcome;
    const replaced = this.#makeCurrent(connection);
    this.session.update(welcome);
    this.#retries.welcomed(connection);
    this.#refusal = null;
    if (connection.http && this.#transports.primary) this.#upgrade.start();
    this.#requests.assignUser(user.id);
    this.#state.set({ status: "online", transport: connection.transport, user });
    this.#streams.restore(user.id, welcome.streams ?? {});
    this.flush();
    if (replaced) this.#closeIfDrained(replaced);
  }

  #makeCurrent(connection) {
    const old = this.#current.connection;
    if (connection === old) return null;
    this.#upgrade.stop();
    this.#current.replace(connection);
    return old;
  }

  onRefusal(connection, error) {
    const unknown = error.kind === "unauthenticated";
    const stop = { action: "stop", status: unknown ? "unauthenticated" : "failed" };
    this.#end(connection, unknown || !error.retryable ? stop : { action: "retry" }, { error });
  }

  onNotification(connection, method, params) {
    if (connection === this.#current.connection) this.#streams.receive(method, params);
  }

  onReply(connection, frame) {
    const request = this.#requests.onReply(frame, this.#liveness.now);
    const error = frame.error && errorFrom(frame.error);
    if (error?.kind === "unauthenticated") return this.onRefusal(connection, error);
    if (!request) return;
    this.flush();
    this.#closeIfDrained(connection);
  }

  onTransport(connection, transport) {
    const { status, transport: before } = this.state;
    if (connection !== this.#current.connection || status !== "online") return;
    if (transport !== before) this.#state.set({ ...this.state, transport });
  }

  onEnd(connection, code, reason) {
    const byCookie = connection.welcomed && connection.byCookie;
    this.#end(connection, recoveryAfter(code, reason, byCookie), { code });
  }


  #check(slept) {
    const { now, heardAt } = this.#liveness;
    this.#requests.expire(now, heardAt, this.#timing.progressTimeout);
    for (const old of this.#current.overdue()) this.#end(old, { action: "retry" });
    this.flush();
    const verdict = this.#current.verdict(this.session.heartbeat);
    if (verdict === "dead") this.#end(this.#current.connection, { action: "retry" });
    else if (verdict === "probe" || slept) this.#current.probe();
  }
}

// outbox-store.js
const isKept = (method) => takesClientMsgId(method) && method !== "tool_execution";
const KEEP_MS = 6 * 24 * 3_600_000;

class OutboxStore {
  #storage;
  #server;
  #onError;
  #work = Promise.resolve();
  #dates = new Map();
  #latest = 0;
  #dropping = new Set();

  constructor(storage, server, onError) {
    this.#storage = storage;
    this.#server = server;
    this.#onError = onError;
  }

  #do(work) {
    const done = this.#work.then(work).catch((error) => this.#onError(error));
    this.#work = done;
    return done;
  }

  keep({ method, params, user }) {
    if (!this.#storage || !isKept(method)) return;
    const id = params.client_msg_id;
    const at = this.#dates.get(id) ?? (this.#latest = Math.max(Date.now(), this.#latest + 1));
    this.#dates.set(id, at);
    const item = { server: this.#server, user, id, method, params, at };
    this.#do(() => this.#storage.put(item));
  }

  drop({ params, user }) {
    const id = params.client_msg_id;
    if (!this.#dates.delete(id)) return;
    this.#dropping.add(id);
    const item = { server: this.#server, user, id };
    this.#do(() => this.#storage.remove(item)).then(() => this.#dropping.delete(id));
  }

  async claim(user) {
    return this.#fresh(await this.#do(() => this.#storage?.claim(this.#server, user)));
  }

  async inherit(user) {
    return this.#fresh(await this.#do(() => this.#storage?.inherit?.(this.#server, user)));
  }

  #fresh(items = []) {
    const fresh = [];
    for (const item of items.sort((a, b) => a.at - b.at)) {
      if (this.#dropping.has(item.id)) continue;
      if (Date.now() - item.at > KEEP_MS) this.#do(() => this.#storage.remove(item));
      else fresh.push(item);
    }
    for (const { id, at } of fresh) this.#dates.set(id, at);
    return fresh;
  }

  settled() {
    return this.#work;
  }
}

// run-text.js
const MAX_RUNS = 500;
const MAX_RESUMED = 64;
const ENDED_RUNS_KEPT = 200;

class RunTexts {
  #runs = new Map();
  #ended = new Set();
  #maxRuns;

  constructor(maxRuns = MAX_RUNS) {
    this.#maxRuns = maxRuns;
  }

  apply({ run, part, kind, off, text }) {
    if (this.#ended.has(run)) return { off, added: "", gap: false, changed: false };
    const parts = this.#partsOf(run);
    const before = parts.get(part) ?? { part, kind, text: "", off: 0 };
    const { part: after, added, gap } = applyDelta(before, { off, text });
    const turned = !gap && kind !== before.kind && off + codePoints(text) >= before.off;
    const changed = Boolean(added) || turned;
    if (changed) parts.set(part, turned ? { ...after, kind } : after);
    return { off: before.off, added, gap, changed };
  }

  sync(run, parts) {
    const deltas = [];
    for (const { part, kind, text } of parts) {
      if (!text.startsWith(this.#runs.get(run)?.get(part)?.text ?? "")) continue;
      const { added, off, changed } = this.apply({ run, part, kind, off: 0, text });
      if (changed) deltas.push({ run, part, kind, off, text: added });
    }
    return deltas;
  }

  parts(run) {
    return [...(this.#runs.get(run)?.values() ?? [])].sort((a, b) => a.part - b.part);
  }

  offsets() {
    const newest = [...this.#runs].slice(-MAX_RESUMED);
    const offsets = ([run, parts]) => [run, [...parts.values()].map(({ part, off }) => [part, off])];
    return Object.fromEntries(
      newest.map(offsets).map(([run, pairs]) => [run, Object.fromEntries(pairs)]),
    );
  }

  begin(run) {
    if (!this.#ended.has(run)) this.#partsOf(run);
  }

  knows(run) {
    return this.#runs.has(run);
  }

  hasEnded(run) {
    return this.#ended.has(run);
  }

  end(run) {
    this.#runs.delete(run);
    this.#ended.add(run);
    if (this.#ended.size > ENDED_RUNS_KEPT) this.#ended.delete(this.#ended.values().next().value);
  }

  #partsOf(run) {
    if (!this.#runs.has(run)) {
      if (this.#runs.size >= this.#maxRuns) this.#runs.delete(this.#runs.keys().next().value);
      this.#runs.set(run, new Map());
    }
    return this.#runs.get(run);
  }
}

// live-runs.js
const MAX_HELD = 2_000;
const GONE = ["not_found", "forbidden"];
const FINAL = new Set(["run.completed", "run.failed", "run.cancelled", "run.interrupted"]);
const NOT_FOLLOWED = { kind: "not_found", message: "The conversation is no longer followed" };

class LiveRuns {
  #emit;
  #request;
  #rooms = new Map();
  #held = new Map();
  #passed = new Set();
  texts = new RunTexts();

  constructor(emit, request) {
    this.#emit = emit;
    this.#request = request;
  }

  begin(runId, roomId) {
    if (this.#rooms.has(runId) || this.texts.hasEnded(runId)) return false;
    this.texts.begin(runId);
    this.#rooms.set(runId, roomId);
    return true;
  }

  delta(delta) {
    const held = this.#held.get(delta.run);
    if (held) {
      if (held.length < MAX_HELD) held.push(delta);
      return;
    }
    const { added, gap, off, changed } = this.texts.apply(delta);
    if (gap) this.#requestState(delta.run, [delta]);
    else if (changed) this.#emit("delta", { ...delta, off, text: added });
  }

  sync(runId, parts) {
    for (const delta of this.texts.sync(runId, parts)) this.#emit("delta", delta);
  }

  snapshot(roomId, active) {
    for (const { run_id, parts } of active) {
      this.begin(run_id, roomId);
      this.sync(run_id, parts);
    }
    const running = new Set(active.map((run) => run.run_id));
    for (const runId of this.#of(roomId)) if (!running.has(runId)) this.fetch(runId);
  }

  fetch(runId) {
    this.#passed.add(runId);
    this.#requestState(runId, []);
  }

  #requestState(runId, held) {
    if (this.#held.has(runId)) return;
    this.#held.set(runId, held);
    const passed = this.#passed.has(runId);
    const onRun = (run) => this.#onRun(run, passed);
    this.#request("runs.get", { run_id: runId }, onRun).catch((error) => {
      this.#held.delete(runId);
      if (GONE.includes(error.kind)) this.#failUnfollowed(runId);
    });
  }

  #onRun(run, passed) {
    const { run_id: runId } = run;
    const held = this.#held.get(runId) ?? [];
    this.#held.delete(runId);
    if (this.texts.hasEnded(runId)) return;
    this.sync(runId, run.parts);
    if (run.status === "running") held.forEach((delta) => this.delta(delta));
    else if (passed) this.#endByState(run);
    if (!passed && this.#passed.has(runId)) this.#requestState(runId, []);
  }

  #endByState(run) {
    this.#emit("event", { stream: `room:${run.room_id}`, type: `run.${run.status}`, data: run });
    this.end(run.run_id);
  }

  end(runId) {
    this.texts.end(runId);
    this.#rooms.delete(runId);
    this.#passed.delete(runId);
  }

  forgetRoom(roomId) {
    for (const runId of this.#of(roomId)) this.#failUnfollowed(runId);
  }

  #of(roomId) {
    return [...this.#rooms].filter(([, room]) => room === roomId).map(([runId]) => runId);
  }

  #failUnfollowed(runId) {
    const roomId = this.#rooms.get(runId);
    if (roomId === undefined) return;
    const run = { run_id: runId, room_id: roomId, status: "failed", error: NOT_FOLLOWED };
    const data = { ...run, parts: this.texts.parts(runId) };
    this.#emit("event", { stream: `room:${roomId}`, type: "run.failed", data });
    this.end(runId);
  }
}

// cursors.js
function acceptEvents(cursor, { epoch, events }) {
  if (!events.length) return { events: [], cursor, gap: false };
  const after = { epoch, seq: events[events.length - 1].seq };
  if (!cursor) return { events, cursor: after, gap: false };
  if (cursor.epoch !== epoch) return { events: [], cursor, gap: true };
  const fresh = events.filter((event) => event.seq > cursor.seq);
  if (!fresh.length) return { events: [], cursor, gap: false };
  if (fresh[0].seq !== cursor.seq + 1) return { events: [], cursor, gap: true };
  return { events: fresh, cursor: after, gap: false };
}

// streams.js
const MAX_CURSORS = 1_000;

const streamOf = (roomId) => `room:${roomId}`;
const roomOf = (stream) => (stream.startsWith("room:") ? stream.slice(5) : null);

class Streams {
  #emit;
  #request;
  #refollow;
  #userStream = "";
  #cursors = new Map();
  #rooms = new Set();
  #held = new Map();

  constructor(emit, request, refollow) {
    this.#emit = emit;
    this.#request = request;
    this.#refollow = refollow;
    this.runs = new LiveRuns(emit, request);
  }

  resume() {
    const known = [...this.#cursors].filter(([stream]) => !this.#held.has(stream));
    const cursors = Object.fromEntries(known.slice(-MAX_CURSORS));
    return { cursors, runs: this.runs.texts.offsets() };
  }

  followed() {
    const streams = [this.#userStream, ...[...this.#rooms].map(streamOf)];
    const known = streams.filter((stream) => this.#cursors.has(stream));
    return Object.fromEntries(known.map((stream) => [stream, this.#cursors.get(stream)]));
  }

  restore(userId, states) {
    const before = this.#userStream;
    this.#userStream = `user:${userId}`;
    for (const stream of this.#cursors.keys()) {
      if (stream.startsWith("user:") && stream !== this.#userStream) this.#cursors.delete(stream);
    }
    let stale = before !== "" && before !== this.#userStream;
    for (const [stream, { recovered, epoch, seq }] of Object.entries(states)) {
      const known = this.#cursors.has(stream);
      if (!known || !recovered) this.#cursors.set(stream, { epoch, seq });
      if (known && !recovered && stream === this.#userStream) stale = true;
    }
    if (stale) this.#emit("stale", { stream: this.#userStream });
    this.#refollow();
    for (const roomId of [...this.#rooms]) {
      const stream = streamOf(roomId);
      if (!this.#held.has(stream) && !states[stream]?.recovered) this.#refresh(roomId);
    }
  }

  receive(method, params) {
    if (method === "events") this.#onEvents(params);
    else if (method === "delta") this.runs.delta(params);
    else if (method === "signal") this.#emit("signal", params);
    else if (method === "streams") this.#onStreams(params.streams);
  }

  accepted({ run_id, room_id, epoch, seq }) {
    const stream = streamOf(room_id);
    this.#rooms.add(room_id);
    const known = this.#cursors.get(stream);
    if (!known) {
      this.#cursors.set(stream, { epoch, seq });
      this.#refollow();
    }
    if (run_id === null || !this.runs.begin(run_id, room_id) || !known) return;
    if (known.epoch !== epoch || known.seq > seq) this.runs.fetch(run_id);
  }

  async join(roomId) {
    const stream = streamOf(roomId);
    this.#rooms.add(roomId);
    if (!this.#held.has(stream)) this.#held.set(stream, []);
    let arrived = false;
    try {
      return await this.#request("rooms.join", { room_id: roomId }, (snapshot) => {
        arrived = true;
        this.#onSnapshot(roomId, snapshot);
      });
    } catch (error) {
      if (GONE.includes(error.kind)) this.forget(roomId);
      throw error;
    } finally {
      if (!arrived) this.#release(stream);
    }
  }

  forget(roomId) {
    this.#rooms.delete(roomId);
    this.#cursors.delete(streamOf(roomId));
    this.#refollow();
    this.runs.forgetRoom(roomId);
  }

  #refresh(roomId) {
    const stream = streamOf(roomId);
    if (!this.#held.has(stream)) this.#held.set(stream, []);
    this.join(roomId).catch(() => this.#emit("stale", { stream }));
  }

  #onSnapshot(roomId, snapshot) {
    const stream = streamOf(roomId);
    const before = this.#cursors.get(stream);
    if (before?.epoch === snapshot.epoch && before.seq > snapshot.seq) {
      return this.#refresh(roomId);
    }
    if (this.#rooms.has(roomId)) {
      this.#cursors.set(stream, { epoch: snapshot.epoch, seq: snapshot.seq });
      this.#refollow();
      this.#emit("snapshot", { ...snapshot, room_id: roomId });
      this.runs.snapshot(roomId, snapshot.active_runs);
    }
    this.#release(stream);
  }

  #release(stream) {
    const held = this.#held.get(stream) ?? [];
    this.#held.delete(stream);
    for (const frame of held) this.#onEvents(frame);
  }

  #onEvents(frame) {
    const { stream, epoch, events } = frame;
    const held = this.#held.get(stream);
    if (held) {
      if (held.length < MAX_HELD) held.push(frame);
      return;
    }
    if (roomOf(stream)) this.#rooms.add(roomOf(stream));
    const accepted = acceptEvents(this.#cursors.get(stream), frame);
    if (accepted.gap) return this.#onGap(stream, { epoch, seq: events.at(-1).seq });
    if (accepted.cursor) this.#cursors.set(stream, accepted.cursor);
    for (const event of accepted.events) this.#onEvent({ stream, epoch, ...event });
  }

  #onEvent(event) {
    const { type, data } = event;
    if (type === "run.started") this.runs.begin(data.run_id, data.room_id);
    if (FINAL.has(type)) this.runs.sync(data.run_id, data.parts);
    this.#emit("event", event);
    if (FINAL.has(type)) this.runs.end(data.run_id);
    if (type === "room.deleted") this.forget(data.room_id);
  }

  #onStreams(states) {
    for (const [stream, { recovered, epoch, seq }] of Object.entries(states)) {
      const cursor = this.#cursors.get(stream);
      const same = cursor?.epoch === epoch && cursor.seq === seq;
      if (!recovered && !same) this.#onGap(stream, { epoch, seq });
    }
  }

  #onGap(stream, now) {
    const roomId = roomOf(stream);
    if (roomId && this.#rooms.has(roomId)) {
      if (!this.#held.has(stream)) this.#refresh(roomId);
      return;
    }
    this.#cursors.set(stream, now);
    this.#emit("stale", { stream });
  }
}

// sse.js
const MAX_RETRY_MS = 30_000;

class EventStreamParser {
  retryMs = 0;
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
    else if (field === "retry" && /^\d{1,9}$/.test(value)) {
      this.retryMs = Math.min(Number(value), MAX_RETRY_MS);
    }
    return null;
  }
}

// http-transport.js
const MAX_FAILURES = 3;
const POLL_SECONDS = 25;
const CLOSE_MS = 2_000;
const MAX_STREAMS_PER_REQUEST = 100;

const pause = (ms, signal) =>
  new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", go);
      resolve();
    };
    const timer = setTimeout(go, ms);
    signal.addEventListener("abort", go);
  });

class HttpTransport {
  transport = "sse";
  #options;
  #to = null;
  #stopped = new AbortController();
  #feed = null;
  #followed = "";
  #lastId = "";
  #retryMs = 0;

  constructor({ base, fetch, headers, timing, onTransport }) {
    this.#options = { base, fetch, headers, timing, onTransport };
  }

  open(to) {
    this.#to = to;
    queueMicrotask(() => this.#to?.opened());
  }

  send(text) {
    this.#post(text, { signal: this.#stopped.signal })
      .then((frame) => frame && this.#to?.frame(frame))
      .catch(() => this.#end());
  }

  async #post(body, options) {
    const { base, fetch, headers } = this.#options;
    const response = await fetch(new URL("api/rpc", base), {
      method: "POST",
      headers: { "content-type": "application/json", ...headers() },
      body,
      ...options,
    });
    if (response.status === 204) return null;
    const frame = await response.json();
    const reply = Array.isArray(frame) ? frame[0] : frame;
    if (!reply?.jsonrpc) throw new TypeError("not a reply");
    return frame;
  }

  #end(code = NO_CODE) {
    const to = this.#to;
    this.#to = null;
    this.#feed?.abort();
    this.#stopped.abort();
    to?.ended(code);
  }

  follow(cursors) {
    const newest = Object.entries(cursors).slice(-MAX_STREAMS_PER_REQUEST);
    const streams = newest.map(([stream]) => stream);
    if (streams.join() === this.#followed || !this.#to) return;
    this.#followed = streams.join();
    this.#lastId = newest.map(([, { epoch, seq }]) => `${epoch}:${seq}`).join();
    this.#feed?.abort();
    if (!streams.length) return;
    this.#feed = new AbortController();
    this.#follow(streams, this.#feed.signal);
  }

  async #follow(streams, signal) {
    const { timing } = this.#options;
    for (let failures = 0; failures <= MAX_FAILURES && !signal.aborted;) {
      const sse = this.transport === "sse";
      const heard = await (sse ? this.#readEvents(streams, signal) : this.#poll(streams, signal));
      if (signal.aborted) return;
      if (!heard) this.transport = "poll";
      failures = heard ? 0 : failures + 1;
      if (failures || sse) {
        const delay = Math.max(backoff(failures, Math.random, timing), this.#retryMs);
        this.#retryMs = 0;
        await pause(delay, signal);
      }
    }
    if (!signal.aborted) this.#end();
  }

  async #get(streams, signal, params = {}) {
    const { base, fetch, headers } = this.#options;
    const url = new URL("api/events", base);
    const pairs = streams.map((stream) => ["stream", stream]);
    url.search = new URLSearchParams([...pairs, ...Object.entries(params)]);
    const all = { "last-event-id": this.#lastId, ...headers() };
    const response = await fetch(url, { headers: all, signal, cache: "no-store" });
    const refused = !response.ok && response.headers.get("content-type")?.includes("json");
    if (refused && !signal.aborted) this.#end();
    if (!response.ok) throw new TypeError("no events");
    return response;
  }

  async #readEvents(streams, signal) {
    const silence = new AbortController();
    const timeout = this.#options.timing.progressTimeout;
    let timer = setTimeout(() => silence.abort(), timeout);
    let heard = false;
    const parser = new EventStreamParser();
    try {
      const either = AbortSignal.any([signal, silence.signal]);
      const response = await this.#get(streams, either);
      const decoder = new TextDecoder();
      for (const reader = response.body.getReader(); ;) {
        const { done, value } = await reader.read();
        if (done || signal.aborted) return heard;
        if (!heard) this.#options.onTransport("sse");
        heard = true;
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), timeout);
        this.#deliver(parser.push(decoder.decode(value, { stream: true })), signal);
      }
    } catch {
      return heard;
    } finally {
      clearTimeout(timer);
      this.#retryMs = parser.retryMs;
    }
  }

  #deliver(events, signal) {
    if (!events.length) this.#to?.frame(null);
    for (const { id, data } of events) {
      if (signal.aborted) return;
      const frame = JSON.parse(data);
      this.#lastId = id ?? this.#lastId;
      this.#to?.frame(frame);
    }
  }

  async #poll(streams, signal) {
    const { timing, onTransport } = this.#options;
    const timeout = AbortSignal.timeout(POLL_SECONDS * 1000 + timing.progressTimeout);
    try {
      const either = AbortSignal.any([signal, timeout]);
      const response = await this.#get(streams, either, { wait: String(POLL_SECONDS) });
      const { streams: states, frames, last_id } = await response.json();
      if (signal.aborted) return true;
      onTransport("poll");
      const before = this.#lastId;
      this.#lastId = last_id;
      this.#to?.frame({ method: "streams", params: { streams: states } });
      for (const frame of frames) if (!signal.aborted) this.#to?.frame(frame);
      if (last_id === before && frames.length) await pause(timing.pollPause, signal);
      return true;
    } catch {
      return false;
    }
  }

  async close(last) {
    const open = this.#to !== null;
    this.#end(NO_CODE);
    if (!last || !open) return;
    const signal = AbortSignal.timeout(CLOSE_MS);
    await this.#post(last, { signal, keepalive: true }).catch(() => {});
  }
}

// indexed-db-queue.js
const DATABASE = "basicchat";
const STORE = "queue";
const MAX_ITEMS = 2_000;

const itemOf = ({ owner, ...item }) => item;
const lockOf = (owner) => `basicchat-queue-${owner}`;

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

class IndexedDbQueue {
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
      database.onversionchange = () => database.close();
      return database;
    });
  }

  #hold() {
    if (!navigator.locks) return Promise.resolve();
    return new Promise((held, failed) => {
      const open = new Promise((free) => (this.#free = free));
      navigator.locks.request(lockOf(this.#owner), () => (held(), open)).catch(failed);
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

  async claim(server, user) {
    if (!this.#swept) await this.#sweep();
    const { own, left } = await this.#found(server, user);
    return [...own, ...left].map(itemOf);
  }

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

  async close() {
    const database = this.#database;
    this.#database = this.#holding = null;
    this.#free();
    (await database?.catch(() => null))?.close();
  }
}

// websocket-transport.js
const SUBPROTOCOL = "basicchat.v1";

class WebSocketTransport {
  transport = "websocket";
  #options;
  #socket = null;
  #timer = null;
  #ended = null;

  constructor({ base, WebSocket, openTimeout }) {
    this.#options = { base, WebSocket, openTimeout };
  }

  open(to) {
    const { base, WebSocket, openTimeout } = this.#options;
    this.#ended = to.ended;
    const url = new URL("ws", base);
    url.protocol = url.protocol.replace("http", "ws");
    try {
      this.#socket = new WebSocket(url.href, [SUBPROTOCOL]);
    } catch {
      return queueMicrotask(() => this.#end(NO_CODE));
    }
    this.#timer = setTimeout(() => this.close(), openTimeout);
    this.#socket.onopen = () => {
      clearTimeout(this.#timer);
      if (this.#ended) to.opened();
    };
    this.#socket.onmessage = ({ data }) => this.#onMessage(data, to);
    this.#socket.onerror = () => {};
    this.#socket.onclose = ({ code, reason }) => this.#end(code, reason);
  }

  #onMessage(data, to) {
    if (!this.#ended) return;
    let frame;
    try {
      frame = JSON.parse(data);
    } catch {
      return this.close();
    }
    to.frame(frame);
  }

  #end(code, reason) {
    clearTimeout(this.#timer);
    const ended = this.#ended;
    this.#ended = null;
    ended?.(code, reason);
  }

  send(text) {
    this.#socket.send(text);
  }

  follow() {}

  async close(last) {
    if (last && this.#socket?.readyState === 1) this.#socket.send(last);
    this.#socket?.close(1000);
    this.#end(NO_CODE);
  }
}

// transports.js
const DEFAULT_URL = "http://127.0.0.1:8765";

function baseOf(url = globalThis.location?.origin ?? DEFAULT_URL) {
  return new URL(url.replace(/^ws/, "http").replace(/\/*$/, "/"));
}

const storageHere = () => (globalThis.indexedDB ? new IndexedDbQueue() : null);

function transportsOf({ base, WebSocket, fetch, timing, authorization }) {
  if (!WebSocket && !fetch) throw new TypeError("Every transport is disabled: pass WebSocket or fetch");
  const headers = () => ({ "x-basicchat": "1", ...authorization() });
  const primary = () => new WebSocketTransport({ base, WebSocket, openTimeout: timing.openTimeout });
  const fallback = (onTransport) => new HttpTransport({ base, fetch, headers, timing, onTransport });
  return { primary: WebSocket ? primary : null, fallback: fetch ? fallback : null };
}

// client.js
const MAX_FRAME_BYTES = 1 << 20;
const EPHEMERAL = new Set(["typing.set", "presence.set"]);

class BasicChatClient {
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


  async connect() {
    await this.#connection.start();
    return this;
  }

  async authenticate(token) {
    this.#options.token = token;
    this.#connection.stop("connecting");
    this.#connection.session.forget();
    return this.connect();
  }

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


  async call(method, params = {}) {
    if (EPHEMERAL.has(method) && this.state.status !== "online") return null;
    return this.#request(method, params, this.#onAccepted);
  }

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

  async sendQuery(text, reasoningMode, options) {
    return this.call("query", queryParams(text, reasoningMode, options));
  }

  async *streamQuery(text, reasoningMode, options) {
    const buffer = new EventBuffer(this.#emitter, ["delta", "event", "state"]);
    try {
      const reply = await this.call("stream_request", queryParams(text, reasoningMode, options));
      yield { type: "accepted", ...reply };
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

  async sendMessage({ type, method = type ?? "stream_request", ...params }) {
    return this.call(method, params);
  }

  async join(roomId) {
    return this.#streams.join(roomId);
  }

  async leave(roomId) {
    this.#streams.forget(roomId);
    try {
      return await this.call("rooms.leave", { room_id: roomId });
    } finally {
      this.#streams.forget(roomId);
    }
  }

  async typing(roomId, typing = true) {
    return this.call("typing.set", { room_id: roomId, typing });
  }


  on(name, handler) {
    return this.#emitter.on(name, handler);
  }

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

  parts(runId) {
    return this.#streams.runs.texts.parts(runId);
  }

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

  async #restore(user, items) {
    for (const { id, method, params } of await items) {
      if (this.#requests.has(id) || this.user?.id !== user) continue;
      try {
        const request = this.#add(method, params, this.#onAccepted, user);
        request.queued = true;
        const reply = request.reply;
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

export { BasicChatClient, ChatError, DEFAULT_TIMING, IndexedDbQueue, SUBPROTOCOL, codePoints, newId, unitIndex };
