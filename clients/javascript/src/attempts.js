// One connection at a time: how far it got, how it ended, and whether it still lives.
import { backoff, httpIsNext } from "./timing.js";

const HEARTBEAT_SECONDS = 25;

/** One link, and how far it got. */
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

/** What the server said in its last welcome. */
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

  /** The next hello begins a new session. */
  forget() {
    this.resume = null;
  }
}

/** Counts attempts in vain: for how long to wait, and which way to go. */
export class RetryPolicy {
  #timing;
  #random;
  #inVain = 0;
  // Those in a row that look as if WebSocket were blocked.
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

  /** An attempt has ended, over HTTP or not; `blocked` if it never got to the server. */
  ended({ http, blocked }) {
    if (!http) this.#blocked = blocked ? this.#blocked + 1 : 0;
    else if (this.#blocked) this.#blocked++;
  }

  /** Milliseconds to wait now; counts an attempt. An error may say when to come back. */
  delay({ action, minDelay = 0 }, welcomed, error) {
    if (action === "resume" && welcomed) return 0;
    const delay = backoff(this.#inVain++, this.#random, this.#timing);
    return Math.max(delay, minDelay, error?.retryAfterMs ?? 0);
  }
}
