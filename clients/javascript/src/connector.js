// Keeps a client connected: opens links, says hello, comes back, falls back and climbs back.
import { Attempt, Session, Tries } from "./attempts.js";
import { ChatError, errorFrom } from "./errors.js";
import { Patience } from "./patience.js";
import { encodeRequest } from "./requests.js";
import { NO_CODE, TOO_BIG, isServers, onCloseCode } from "./rhythm.js";
import { Standing } from "./standing.js";

const PROBE = "probe";

/**
 * The life of a client's connection.
 *
 * `ways` has `first()` and `fallback(onWay)`, which make links, or null; `hello()` answers what to
 * say in hello besides `resume`; `tell(state)` is told each new state.
 */
export class Connector {
  #ways;
  #sayHello;
  #requests;
  #streams = null;
  #standing;
  #rhythm;
  #patience;
  #tries;
  #attempts = new Set();
  #counted = 0;
  #current = null;
  #climbing = null;
  #running = false;
  #retry = null;
  #climb = null;
  session = new Session();

  constructor({ ways, hello, requests, tell, rhythm, random }) {
    this.#ways = ways;
    this.#sayHello = hello;
    this.#requests = requests;
    this.#standing = new Standing(tell);
    this.#rhythm = rhythm;
    this.#patience = new Patience(rhythm);
    this.#tries = new Tries(rhythm, random);
    this.wake = this.wake.bind(this);
  }

  get state() {
    return this.#standing.state;
  }

  /** Says who takes what comes; once, before anything else. */
  workWith(streams) {
    this.#streams = streams;
  }

  // --- from outside -------------------------------------------------------------------------

  /** Connects, if that is not under way; resolves when the session is open. */
  start() {
    const opened = this.#standing.opened();
    if (this.#running) return opened;
    this.#running = true;
    globalThis.addEventListener?.("online", this.wake);
    this.#patience.begin((slept) => this.#look(slept));
    this.#connect("connecting");
    return opened;
  }

  /** Retries at once instead of waiting; a connection that seems well is asked. */
  wake() {
    if (this.#retry) this.#connect("reconnecting");
    else this.#probe();
  }

  /** Ends the connection, maybe after a last frame. What waits goes on waiting. */
  stop(status, { error, last } = {}) {
    const current = this.#current;
    const ended = [...this.#attempts].map((attempt) => {
      this.#forget(attempt);
      return attempt.link.close(attempt === current && attempt.welcomed ? last : undefined);
    });
    this.#halt();
    this.#standing.say({ status, ...(error && { error }) });
    return Promise.all(ended);
  }

  #halt() {
    this.#running = false;
    clearTimeout(this.#retry);
    this.#patience.end();
    this.#endClimbing();
    this.#current = this.#retry = null;
    globalThis.removeEventListener?.("online", this.wake);
  }

  /** Sends what waits, if there is a connection. */
  flush() {
    const attempt = this.#current;
    if (!attempt?.welcomed) return;
    for (const entry of this.#requests.toSend(attempt, this.#patience.now)) {
      attempt.link.send(entry.frame);
    }
  }

  /** The streams to follow have changed. */
  refollow() {
    this.#current?.link.follow(this.#streams.followed());
  }

  // --- the life of a connection -------------------------------------------------------------

  #connect(status) {
    clearTimeout(this.#retry);
    this.#retry = null;
    this.#patience.renew();
    const http = !this.#ways.first || Boolean(this.#ways.fallback && this.#tries.overHttp);
    const attempt = this.#attempt(http);
    this.#current = attempt;
    this.#standing.say({ status });
    if (!attempt.over) this.#open(attempt);
  }

  #attempt(http) {
    const attempt = new Attempt(++this.#counted, http, this.#patience.now);
    const onWay = (transport) => this.#onWay(attempt, transport);
    attempt.link = http ? this.#ways.fallback(onWay) : this.#ways.first();
    this.#attempts.add(attempt);
    return attempt;
  }

  #open(attempt) {
    attempt.link.open({
      opened: () => {
        attempt.since = this.#patience.now;
        if (!attempt.over) this.#hello(attempt);
      },
      frame: (frame) => this.#receive(attempt, frame),
      ended: (code) => this.#ended(attempt, { code }),
    });
  }

  #onWay(attempt, transport) {
    const news = attempt === this.#current && this.state.status === "online";
    if (news && this.state.transport !== transport) this.#standing.say({ ...this.state, transport });
  }

  /** An attempt is over: its link has ended, or is to end. */
  #ended(attempt, { code = NO_CODE, verdict, error } = {}) {
    if (attempt.over) return;
    verdict ??= onCloseCode(code, attempt.welcomed && attempt.byCookie);
    const climbing = attempt === this.#climbing;
    this.#forget(attempt, { repeat: code !== TOO_BIG });
    attempt.link.close();
    if (climbing) return this.#climbLater(this.#rhythm.climb);
    if (attempt !== this.#current) return this.flush();
    this.#current = null;
    this.#endClimbing();
    const blocked = !attempt.welcomed && !isServers(code) && !error;
    this.#tries.ended({ http: attempt.http, blocked });
    if (verdict.act === "stop") return this.#stopped(verdict.status, error);
    const delay = this.#tries.delay(verdict, attempt.welcomed, error);
    this.#retry = setTimeout(() => this.#connect("reconnecting"), delay);
    this.#standing.say({ status: "reconnecting", retryAt: Date.now() + delay });
  }

  #forget(attempt, options) {
    attempt.over = true;
    this.#attempts.delete(attempt);
    if (attempt === this.#climbing) this.#climbing = null;
    this.#requests.lost(attempt, options);
  }

  #stopped(status, given) {
    const error = given ?? new ChatError("The server ended the connection", { kind: status });
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
    if (attempt === this.#climbing) this.#swap(attempt);
    this.session.take(welcome);
    attempt.welcomed = true;
    this.#tries.welcomed(attempt);
    if (attempt.http && this.#ways.first) this.#climbLater(this.#rhythm.climbFirst);
    const { user } = welcome;
    this.#requests.identify(user.id);
    this.#standing.say({ status: "online", transport: attempt.link.transport, user });
    this.#streams.restore(user.id, welcome.streams ?? {});
    this.flush();
  }

  #refused(attempt, error) {
    if (attempt.resuming && !attempt.welcomed) return this.#hello(attempt, null);
    const unknown = error.kind === "unauthenticated";
    const stop = { act: "stop", status: unknown ? "unauthenticated" : "failed" };
    const verdict = unknown || !error.retryable ? stop : { act: "retry" };
    this.#ended(attempt, { verdict, error });
  }

  // --- climbing back to WebSocket -----------------------------------------------------------

  #climbLater(delay) {
    clearTimeout(this.#climb);
    this.#climb = setTimeout(() => {
      this.#climbing = this.#attempt(false);
      this.#open(this.#climbing);
    }, delay);
  }

  /** Goes on over another link; the old one still brings the replies to what it carries. */
  #swap(attempt) {
    const old = this.#current;
    this.#climbing = null;
    this.#current = attempt;
    if (!old) return;
    old.link.follow({});
    old.retiredAt = this.#patience.now;
    this.#retire(old);
  }

  #retire(attempt) {
    if (attempt.retiredAt === null || this.#requests.carriedBy(attempt)) return;
    this.#ended(attempt);
  }

  #endClimbing() {
    clearTimeout(this.#climb);
    const climbing = this.#climbing;
    this.#climbing = null;
    if (climbing) this.#ended(climbing);
  }

  // --- receiving ----------------------------------------------------------------------------

  #receive(attempt, frame) {
    if (attempt.over) return;
    this.#patience.heard();
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
    const entry = this.#requests.answered(frame, this.#patience.now);
    const error = frame.error && errorFrom(frame.error);
    if (error?.kind === "unauthenticated") return this.#refused(attempt, error);
    if (!entry) return;
    this.flush();
    this.#retire(attempt);
  }

  // --- patience -----------------------------------------------------------------------------

  #look(slept) {
    const { now, heardAt } = this.#patience;
    this.#requests.expire(now, heardAt, this.#rhythm.progress);
    for (const { retiredAt, link } of [...this.#attempts]) {
      if (retiredAt !== null && now - retiredAt > this.#rhythm.progress) link.close();
    }
    this.flush();
    if (!this.#current) return;
    const patience = this.#requests.size ? this.#rhythm.probe : this.session.heartbeat;
    const verdict = this.#patience.verdict(this.#current, patience);
    if (verdict === "dead") this.#ended(this.#current);
    else if (verdict === "probe" || slept) this.#probe();
  }

  /** Asks for a sign of life. */
  #probe() {
    if (!this.#current?.welcomed) return;
    this.#patience.probed();
    this.#current.link.send(encodeRequest(PROBE, "session.ping", {}));
  }
}
