// Detects dead connections by the time since the last received data.

const TICKS = 10;
const LONGEST_GAP_TICKS = 5;

/**
 * Measures the time in which this program was awake: a sleeping laptop or a suspended page does not
 * count as silence of the server.
 */
export class AwakeClock {
  #tick;
  #awake = 0;
  #last = performance.now();

  constructor(tick) {
    this.#tick = tick;
  }

  get now() {
    return this.#awake + Math.min(performance.now() - this.#last, LONGEST_GAP_TICKS * this.#tick);
  }

  /** Advances the clock; returns whether the program was asleep in the meantime. */
  advance() {
    const slept = performance.now() - this.#last > LONGEST_GAP_TICKS * this.#tick;
    this.#awake = this.now;
    this.#last = performance.now();
    return slept;
  }
}

/**
 * Judges whether a connection is alive, from the times at which data was received.
 *
 * Browsers hide the server's pings from pages, so the client sends a probe after a silence.
 */
export class LivenessCheck {
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

  /** Forgets the last probe, as a new connection begins; data still counts as progress. */
  reset() {
    this.probedAt = null;
  }

  /** `alive`, `probe` or `dead`; `maxSilence` is the longest silence without a probe. */
  verdict({ welcomed, since }, now, maxSilence) {
    if (!welcomed) return now - since > this.#timing.progressTimeout ? "dead" : "alive";
    if (this.probedAt !== null) return now - this.probedAt > this.#timing.probeTimeout ? "dead" : "alive";
    return now - Math.max(this.heardAt, since) > maxSilence ? "probe" : "alive";
  }
}

/** Applies `LivenessCheck` periodically, on a clock that stops while the program sleeps. */
export class LivenessMonitor {
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

  /** Calls `check(slept)` periodically, until `stop`. */
  watch(check) {
    this.#clock.advance();
    this.#ticker = setInterval(() => check(this.#clock.advance()), this.#tick);
  }

  stop() {
    clearInterval(this.#ticker);
  }

  /** Prepares for another connection. */
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
