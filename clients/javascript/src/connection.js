// Keeps a client connected: opens transports, sends hello, reconnects, falls back and upgrades.
import { Attempt, Session, RetryPolicy } from "./attempts.js";
import { ChatError, errorFrom } from "./errors.js";
import { LivenessMonitor } from "./liveness.js";
import { encodeRequest } from "./request-queue.js";
import { NO_CODE, TOO_BIG, sentByServer, recoveryAfter } from "./timing.js";
import { ConnectionState, closedByServer } from "./connection-state.js";

const PROBE = "probe";

/**
 * Manages the connection of a client.
 *
 * `transports` has `primary()` and `fallback(onWay)`, which create transports, or null; `hello()`
 * returns the parameters of hello besides `resume`; `tell(state)` is called with each new state.
 */
export class ConnectionManager {
  #transports;
  #sayHello;
  #requests;
  #streams = null;
  #state;
  #timing;
  #liveness;
  #retries;
  #attempts = new Set();
  #counted = 0;
  #current = null;
  #upgrading = null;
  #running = false;
  #retry = null;
  #upgradeTimer = null;
  session = new Session();

  constructor({ transports, hello, requests, tell, timing, random }) {
    this.#transports = transports;
    this.#sayHello = hello;
    this.#requests = requests;
    this.#state = new ConnectionState(tell);
    this.#timing = timing;
    this.#liveness = new LivenessMonitor(timing);
    this.#retries = new RetryPolicy(timing, random);
    this.wake = this.wake.bind(this);
  }

  get state() {
    return this.#state.state;
  }

  /** Sets the receivers of incoming frames; called once, before anything else. */
  workWith(streams) {
    this.#streams = streams;
  }

  // --- public methods -----------------------------------------------------------------------

  /** Connects, unless that is in progress; resolves when the session is open. */
  start() {
    const opened = this.#state.opened();
    if (this.#running) return opened;
    this.#running = true;
    globalThis.addEventListener?.("online", this.wake);
    this.#liveness.begin((slept) => this.#look(slept));
    this.#connect("connecting");
    return opened;
  }

  /** Retries at once instead of waiting; probes a connection that seems to be alive. */
  wake() {
    if (this.#retry) this.#connect("reconnecting");
    else this.#probe();
  }

  /** Ends the connection, optionally after a last frame. Queued requests stay queued. */
  stop(status, { error, last } = {}) {
    const current = this.#current;
    const ended = [...this.#attempts].map((attempt) => {
      this.#forget(attempt);
      return attempt.link.close(attempt === current && attempt.welcomed ? last : undefined);
    });
    this.#halt();
    this.#state.say({ status, ...(error && { error }) });
    return Promise.all(ended);
  }

  #halt() {
    this.#running = false;
    clearTimeout(this.#retry);
    this.#liveness.end();
    this.#endUpgrade();
    this.#current = this.#retry = null;
    globalThis.removeEventListener?.("online", this.wake);
  }

  /** Sends the queued requests, if there is a connection. */
  flush() {
    const attempt = this.#current;
    if (!attempt?.welcomed) return;
    for (const request of this.#requests.toSend(attempt, this.#liveness.now)) {
      attempt.link.send(request.frame);
    }
  }

  /** Updates the streams that the transport follows. */
  refollow() {
    this.#current?.link.follow(this.#streams.followed());
  }

  // --- the life of a connection -------------------------------------------------------------

  #connect(status) {
    clearTimeout(this.#retry);
    this.#retry = null;
    this.#liveness.renew();
    const http = !this.#transports.primary || Boolean(this.#transports.fallback && this.#retries.prefersHttp);
    const attempt = this.#attempt(http);
    this.#current = attempt;
    this.#state.say({ status });
    if (!attempt.over) this.#open(attempt);
  }

  #attempt(http) {
    const attempt = new Attempt(++this.#counted, http, this.#liveness.now);
    const onWay = (transport) => this.#onWay(attempt, transport);
    attempt.link = http ? this.#transports.fallback(onWay) : this.#transports.primary();
    this.#attempts.add(attempt);
    return attempt;
  }

  #open(attempt) {
    attempt.link.open({
      opened: () => {
        attempt.since = this.#liveness.now;
        if (!attempt.over) this.#hello(attempt);
      },
      frame: (frame) => this.#receive(attempt, frame),
      ended: (code) => this.#ended(attempt, { code }),
    });
  }

  #onWay(attempt, transport) {
    const news = attempt === this.#current && this.state.status === "online";
    if (news && this.state.transport !== transport) this.#state.say({ ...this.state, transport });
  }

  /** Finishes an attempt whose transport has ended, or must end. */
  #ended(attempt, { code = NO_CODE, verdict, error } = {}) {
    if (attempt.over) return;
    verdict ??= recoveryAfter(code, attempt.welcomed && attempt.byCookie);
    const upgrading = attempt === this.#upgrading;
    this.#forget(attempt, { repeat: code !== TOO_BIG });
    attempt.link.close();
    if (upgrading) return this.#upgradeLater(this.#timing.upgradeInterval);
    if (attempt !== this.#current) return this.flush();
    this.#current = null;
    this.#endUpgrade();
    const blocked = !attempt.welcomed && !sentByServer(code) && !error;
    this.#retries.ended({ http: attempt.http, blocked });
    if (verdict.action === "stop") return this.#stopped(verdict.status, error);
    const delay = this.#retries.delay(verdict, attempt.welcomed, error);
    this.#retry = setTimeout(() => this.#connect("reconnecting"), delay);
    this.#state.say({ status: "reconnecting", retryAt: Date.now() + delay });
  }

  #forget(attempt, options) {
    attempt.over = true;
    this.#attempts.delete(attempt);
    if (attempt === this.#upgrading) this.#upgrading = null;
    this.#requests.lost(attempt, options);
  }

  #stopped(status, given) {
    const error = given ?? closedByServer(status);
    if (status !== "unauthenticated") this.#requests.failAll(error);
    this.stop(status, { error });
  }

  // --- hello --------------------------------------------------------------------------------

  #hello(attempt, resume = this.session.resume) {
    const params = this.#sayHello();
    if (resume) params.resume = { ...resume, ...this.#streams.resume() };
    attempt.resuming = Boolean(resume);
    attempt.byCookie = !params.token;
    attempt.link.send(encodeRequest(attempt.helloId, "session.hello", params));
  }

  #welcomed(attempt, welcome) {
    if (attempt === this.#upgrading) this.#swap(attempt);
    this.session.take(welcome);
    attempt.welcomed = true;
    this.#retries.welcomed(attempt);
    if (attempt.http && this.#transports.primary) this.#upgradeLater(this.#timing.firstUpgrade);
    const { user } = welcome;
    this.#requests.identify(user.id);
    this.#state.say({ status: "online", transport: attempt.link.transport, user });
    this.#streams.restore(user.id, welcome.streams ?? {});
    this.flush();
  }

  #refused(attempt, error) {
    if (attempt.resuming && !attempt.welcomed) return this.#hello(attempt, null);
    const unknown = error.kind === "unauthenticated";
    const stop = { action: "stop", status: unknown ? "unauthenticated" : "failed" };
    const verdict = unknown || !error.retryable ? stop : { action: "retry" };
    this.#ended(attempt, { verdict, error });
  }

  // --- upgrading back to WebSocket -----------------------------------------------------------

  #upgradeLater(delay) {
    clearTimeout(this.#upgradeTimer);
    this.#upgradeTimer = setTimeout(() => {
      this.#upgrading = this.#attempt(false);
      this.#open(this.#upgrading);
    }, delay);
  }

  /** Continues over another transport; the old one still delivers pending replies. */
  #swap(attempt) {
    const old = this.#current;
    this.#upgrading = null;
    this.#current = attempt;
    if (!old) return;
    old.link.follow({});
    old.retiredAt = this.#liveness.now;
    this.#retire(old);
  }

  #retire(attempt) {
    if (attempt.retiredAt === null || this.#requests.carriedBy(attempt)) return;
    this.#ended(attempt);
  }

  #endUpgrade() {
    clearTimeout(this.#upgradeTimer);
    const upgrading = this.#upgrading;
    this.#upgrading = null;
    if (upgrading) this.#ended(upgrading);
  }

  // --- receiving ----------------------------------------------------------------------------

  #receive(attempt, frame) {
    if (attempt.over) return;
    this.#liveness.heard();
    for (const one of Array.isArray(frame) ? frame : [frame]) {
      if (one === null) continue;
      if (one.method) {
        if (attempt === this.#current) this.#streams.receive(one.method, one.params);
      } else if (one.id === attempt.helloId) {
        if (one.error) this.#refused(attempt, errorFrom(one.error));
        else this.#welcomed(attempt, one.result);
      } else this.#onReply(attempt, one);
    }
  }

  #onReply(attempt, frame) {
    const request = this.#requests.answered(frame, this.#liveness.now);
    const error = frame.error && errorFrom(frame.error);
    if (error?.kind === "unauthenticated") return this.#refused(attempt, error);
    if (!request) return;
    this.flush();
    this.#retire(attempt);
  }

  // --- liveness -----------------------------------------------------------------------------

  #look(slept) {
    const { now, heardAt } = this.#liveness;
    this.#requests.expire(now, heardAt, this.#timing.progressTimeout);
    for (const { retiredAt, link } of [...this.#attempts]) {
      if (retiredAt !== null && now - retiredAt > this.#timing.progressTimeout) link.close();
    }
    this.flush();
    if (!this.#current) return;
    const maxSilence = this.#requests.size ? this.#timing.probeAfter : this.session.heartbeat;
    const verdict = this.#liveness.verdict(this.#current, maxSilence);
    if (verdict === "dead") this.#ended(this.#current);
    else if (verdict === "probe" || slept) this.#probe();
  }

  /** Probes the connection. */
  #probe() {
    if (!this.#current?.welcomed) return;
    this.#liveness.probed();
    this.#current.link.send(encodeRequest(PROBE, "session.ping", {}));
  }
}
