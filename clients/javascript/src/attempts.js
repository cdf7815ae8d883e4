// The state of one connection attempt, of the session, and of failed attempts.
import { backoff, httpIsNext } from "./timing.js";

const HEARTBEAT_SECONDS = 25;

/** One transport, and the progress of its connection. */
export class Attempt {
  link = null;
  resuming = false;
  welcomed = false;
  byCookie = false;
  over = false;
  retiredAt = null;

  constructor(number, http, now) {
    this.helloId = `hello-${number}`;
    this.http = http;
    this.since = now;
  }
}

/** The contents of the last welcome of the server. */
export class Session {
  resume = null;
  user = null;
  server = null;
  limits = {};
  heartbeat = HEARTBEAT_SECONDS * 1000;

  take({ session_id, resume_token, user, server = null, limits, heartbeat_seconds }) {
    this.resume = { session_id, resume_token };
    Object.assign(this, { user, server, limits: limits ?? {} });
    this.heartbeat = (heartbeat_seconds || HEARTBEAT_SECONDS) * 1000;
  }

  /** Makes the next hello open a new session. */
  forget() {
    this.resume = null;
  }
}

/** Counts failed attempts, which determine the next delay and transport. */
export class RetryPolicy {
  #timing;
  #random;
  #inVain = 0;
  // Successive attempts that failed as if WebSocket were blocked.
  #blocked = 0;

  constructor(timing, random) {
    this.#timing = timing;
    this.#random = random;
  }

  get prefersHttp() {
    return httpIsNext(this.#blocked);
  }

  welcomed({ http }) {
    this.#inVain = 0;
    if (!http) this.#blocked = 0;
  }

  /** Records a failed attempt, over HTTP or not; `blocked` if it never reached the server. */
  ended({ http, blocked }) {
    if (!http) this.#blocked = blocked ? this.#blocked + 1 : 0;
    else if (this.#blocked) this.#blocked++;
  }

  /** The delay of the next attempt in milliseconds; counts it. An error may set a minimum. */
  delay({ action, minDelay = 0 }, welcomed, error) {
    if (action === "resume" && welcomed) return 0;
    const delay = backoff(this.#inVain++, this.#random, this.#timing);
    return Math.max(delay, minDelay, error?.retryAfterMs ?? 0);
  }
}
