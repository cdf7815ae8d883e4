// When and how to reconnect after a connection has ended.

export const NO_CODE = 1006; // RFC 6455, 7.1.5: the connection ended without a close frame
export const TOO_BIG = 1009;
const DRAINING = 1001;
const UNAUTHENTICATED = 4401;
const TOO_MANY_MS = 5_000;
// Of three successive failing attempts, the third one uses HTTP.
const HTTP_EVERY = 3;

/** Delays and timeouts, in milliseconds; see `Timing` in the type declarations. */
export const DEFAULT_TIMING = Object.freeze({
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

/**
 * The delay before an attempt (counted from 0) in milliseconds: exponential, with full jitter.
 *
 * It is uniform between 0 and a limit that doubles with each attempt (Brooker, "Exponential Backoff
 * And Jitter", 2015).
 */
export function backoff(attempt, random = Math.random, { backoffBase, backoffCap } = DEFAULT_TIMING) {
  return random() * Math.min(backoffCap, backoffBase * 2 ** Math.min(attempt, 60));
}

const BY_CLOSE_CODE = {
  4400: { action: "stop", status: "failed" },
  [UNAUTHENTICATED]: { action: "stop", status: "unauthenticated" },
  4403: { action: "stop", status: "forbidden" },
  4408: { action: "resume" },
  4429: { action: "retry", minDelay: TOO_MANY_MS },
};

/**
 * The reaction to a close code (PROTOCOL, section 6): `retry`, `resume` at once, or `stop`.
 *
 * `byCookie` is whether the connection was authenticated by the browser's cookie. The cookie may have
 * been renewed since; if not, the next hello fails.
 */
export function recoveryAfter(code, byCookie = false) {
  if (code === UNAUTHENTICATED && byCookie) return { action: "resume" };
  return BY_CLOSE_CODE[code] ?? { action: "retry" };
}

/** Whether a close code can only come from the server itself, not from a proxy. */
export function sentByServer(code) {
  return code === DRAINING || code >= 4400;
}

/** Whether the next attempt uses HTTP, after a number of attempts without a session. */
export function httpIsNext(failures) {
  return failures % HTTP_EVERY === HTTP_EVERY - 1;
}
