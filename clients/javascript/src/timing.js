// Delays and timeouts of a client.

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
