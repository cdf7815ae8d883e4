// Keeps a client connected.
//
// Theory of operation
//
// Below are the transports: WebSocket, or HTTP with server-sent events or long polling. They carry
// frames and know nothing of sessions. Above are the request queue and the streams. They outlive
// connections and know nothing of transports. The manager joins the two:
//
// - It makes one connection after another. When one ends, its close code or the server's error says
//   how to go on, and the `RetryPolicy` decides how long to wait and which transport to use next.
// - A connection starts with hello, which resumes the last session from the cursors and offsets
//   that the streams know. If the server has forgotten that session, hello is repeated without it.
// - While HTTP is in use, an `UpgradeLoop` tries WebSocket at intervals. Once the server has
//   welcomed the new connection, that one becomes current, and the old one is drained: it is closed
//   when the replies to all requests that it carries have arrived, or after a timeout.
// - The `LivenessMonitor` probes a connection that has been silent for too long. If the probe is not
//   answered either, the connection is given up.
//
// Invariants
//
// - At most one connection is current. Only its notifications reach the streams, so no event is
//   delivered twice. Replies are accepted from every connection.
// - Each connection ends exactly once, in `#end`, whatever noticed it first: the transport, a
//   refusal, a missing answer to a probe, or `stop`. Only the end of the current connection is
//   followed by another connection.
// - A request is in flight on at most one connection. When that ends, the request is queued again
//   if its method may be repeated, and fails otherwise.
// - After `stop`, no timer is running and no connection is open.
//
// State
//
// The status that users see is in `ConnectionState`, the last welcome in `Session`, the number of
// failures in `RetryPolicy`, requests in `RequestQueue`, cursors and texts in `Streams`, the
// connection in use and those it has replaced in `CurrentConnection`, and the attempt to upgrade in
// `UpgradeLoop`. The manager itself holds the set of open connections and the timer of the next one.
import { NO_CODE, TOO_BIG } from "./close-codes.js";
import { Connection } from "./connection.js";
import { ConnectionState, closedByServer } from "./connection-state.js";
import { CurrentConnection } from "./current-connection.js";
import { errorFrom } from "./errors.js";
import { LivenessMonitor } from "./liveness.js";
import { RetryPolicy, recoveryAfter, sentByServer } from "./retry-policy.js";
import { Session } from "./session.js";
import { UpgradeLoop } from "./upgrade.js";

/**
 * Makes a client's connections, one after another; see above.
 *
 * `transports` has `primary()` and `fallback(onTransport)`, which make transports, or null; `hello()`
 * returns the parameters of hello, except `resume`; `onState(state)` is called with each new state;
 * `random()` returns a number in [0, 1), for jitter.
 */
export class ConnectionManager {
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
  // Why the server has refused the last connection, until one succeeds.
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

  /** The state of the connection. */
  get state() {
    return this.#state.current;
  }

  // --- called by the client -----------------------------------------------------------------

  /** Connects, unless that is in progress; resolves when the session is open. */
  start() {
    const online = this.#state.whenOnline();
    if (this.#running) return online;
    this.#running = true;
    globalThis.addEventListener?.("online", this.wake);
    this.#liveness.watch((slept) => this.#check(slept));
    this.#connect("connecting");
    return online;
  }

  /** Retries at once instead of waiting; probes a connection that seems to be alive. */
  wake() {
    if (this.#retryTimer) this.#connect("reconnecting");
    else this.#current.probe();
  }

  /** Ends the connection, optionally after a last frame. Queued requests stay queued. */
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

  /** Sends the requests that are due, if there is a connection. */
  flush() {
    this.#current.flush();
  }

  /** Tells the connection, if there is one, that other streams are followed now. */
  refollow() {
    this.#current.refollow();
  }

  // --- one connection after another ---------------------------------------------------------

  #connect(status) {
    this.#cancelRetry();
    this.#liveness.reset();
    const { primary, fallback } = this.#transports;
    const connection = this.#newConnection(!primary || Boolean(fallback && this.#retries.prefersHttp));
    this.#current.connection = connection;
    this.#setState({ status });
    // A handler of the new state may have stopped the client.
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

  /** Ends a connection, and goes on as `recovery` says if it was the current one. */
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

  // --- called by connections ----------------------------------------------------------------

  /** Returns the parameters of hello; with `resume`, it resumes the last session if there is one. */
  hello({ resume }) {
    const params = this.#helloParams();
    const last = resume && this.session.resume;
    return last ? { ...params, resume: { ...last, ...this.#streams.resume() } } : params;
  }

  /** Goes online with a connection. */
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

  /** Ends a connection on which the server refused to serve this client. */
  onRefusal(connection, error) {
    const unknown = error.kind === "unauthenticated";
    const stop = { action: "stop", status: unknown ? "unauthenticated" : "failed" };
    this.#end(connection, unknown || !error.retryable ? stop : { action: "retry" }, { error });
  }

  /** Passes a notification on to the streams. */
  onNotification(connection, method, params) {
    if (connection === this.#current.connection) this.#streams.receive(method, params);
  }

  /** Settles the request that this is the reply to. */
  onReply(connection, frame) {
    const request = this.#requests.onReply(frame, this.#liveness.now);
    const error = frame.error && errorFrom(frame.error);
    if (error?.kind === "unauthenticated") return this.onRefusal(connection, error);
    if (!request) return;
    this.flush();
    this.#closeIfDrained(connection);
  }

  /** Publishes how events arrive from now on. */
  onTransport(connection, transport) {
    const { status, transport: before } = this.state;
    if (connection !== this.#current.connection || status !== "online") return;
    if (transport !== before) this.#state.set({ ...this.state, transport });
  }

  /** Goes on after the transport of a connection has ended. */
  onEnd(connection, code, reason) {
    const byCookie = connection.welcomed && connection.byCookie;
    this.#end(connection, recoveryAfter(code, reason, byCookie), { code });
  }

  // --- called by the liveness monitor -------------------------------------------------------

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
