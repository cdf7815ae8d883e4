// What to do after a connection has ended: which transport to try next, and after what delay.
import {
  BAD_PROTOCOL,
  DRAINING,
  FORBIDDEN,
  SLOW,
  TOO_MANY,
  UNAUTHENTICATED,
} from "./close-codes.js";
import { backoff } from "./timing.js";

const TOO_MANY_MS = 5_000;
// Longer pauses after a server's stop are shortened to this.
const MAX_DRAINING_MS = 30_000;
const RECONNECT_AFTER = /\breconnect after ([0-9]{1,9}) ms$/;
// Of three attempts that fail in a row, the third uses HTTP.
const HTTP_EVERY = 3;

const BY_CLOSE_CODE = {
  [BAD_PROTOCOL]: { action: "stop", status: "failed" },
  [UNAUTHENTICATED]: { action: "stop", status: "unauthenticated" },
  [FORBIDDEN]: { action: "stop", status: "forbidden" },
  [SLOW]: { action: "resume" },
  [TOO_MANY]: { action: "retry", minDelay: TOO_MANY_MS },
};

/**
 * How to go on after a connection was closed with this code and reason (PROTOCOL, section 6): `retry`
 * after a backoff, `resume` at once, or `stop`.
 *
 * A server that stops writes into the reason when the client should reconnect.
 *
 * `byCookie` is whether the connection was authenticated by the browser's cookie. The cookie may have
 * been renewed since; if not, the next hello fails.
 */
export function recoveryAfter(code, reason = "", byCookie = false) {
  if (code === UNAUTHENTICATED && byCookie) return { action: "resume" };
  const pause = code === DRAINING && RECONNECT_AFTER.exec(reason);
  if (pause) return { action: "retry", minDelay: Math.min(Number(pause[1]), MAX_DRAINING_MS) };
  return BY_CLOSE_CODE[code] ?? { action: "retry" };
}

/** Whether only the server itself, not a proxy or the network, can have sent this close code. */
export function sentByServer(code) {
  return code === DRAINING || code >= BAD_PROTOCOL;
}

/** Whether to use HTTP for the next attempt, after this many without a session. */
export function httpIsNext(failures) {
  return failures % HTTP_EVERY === HTTP_EVERY - 1;
}

/** Counts failed attempts, and derives the next delay and transport from them. */
export class RetryPolicy {
  #timing;
  #random;
  #failures = 0;
  // Consecutive failures that look as if WebSocket were blocked.
  #blocked = 0;

  constructor(timing, random) {
    this.#timing = timing;
    this.#random = random;
  }

  /** Whether the next attempt should use HTTP. */
  get prefersHttp() {
    return httpIsNext(this.#blocked);
  }

  /** Records an attempt that opened a session. */
  welcomed({ http }) {
    this.#failures = 0;
    if (!http) this.#blocked = 0;
  }

  /** Records the end of a connection; `blocked` if it never reached the server. */
  ended({ http, blocked }) {
    if (!http) this.#blocked = blocked ? this.#blocked + 1 : 0;
    else if (this.#blocked) this.#blocked++;
  }

  /** Returns the delay of the next attempt in milliseconds, and counts it. */
  delay({ action, minDelay = 0 }, welcomed, error) {
    if (action === "resume" && welcomed) return 0;
    const delay = backoff(this.#failures++, this.#random, this.#timing);
    return Math.max(delay, minDelay, error?.retryAfterMs ?? 0);
  }
}
