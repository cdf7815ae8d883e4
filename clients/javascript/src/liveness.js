// Whether a connection still lives, by the times of what was heard of it.

const TICKS = 10;
const LONGEST_GAP_TICKS = 5;

/**
 * Time in which this program was awake: a laptop's sleep, or a page that stood still, is no
 * silence of the server's.
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

  /** Goes on; answers whether it was asleep meanwhile. */
  advance() {
    const slept = performance.now() - this.#last > LONGEST_GAP_TICKS * this.#tick;
    this.#awake = this.now;
    this.#last = performance.now();
    return slept;
  }
}

/**
 * Tells from the times of what was heard whether a connection is alive.
 *
 * Browsers do not show the server's pings to a page, so silence is answered with a question.
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

  /** The next connection has not been asked; what was heard before it was progress, too. */
  begin() {
    this.probedAt = null;
  }

  /** `alive`, `probe` or `dead`; `maxSilence` is how long a silence needs no question. */
  verdict({ welcomed, since }, now, maxSilence) {
    if (!welcomed) return now - since > this.#timing.progressTimeout ? "dead" : "alive";
    if (this.probedAt !== null) return now - this.probedAt > this.#timing.probeTimeout ? "dead" : "alive";
    return now - Math.max(this.heardAt, since) > maxSilence ? "probe" : "alive";
  }
}

/** Looks after a connection from time to time, by a clock that stands still in sleep. */
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

  /** Calls `look(slept)` from time to time, until `end`. */
  begin(look) {
    this.#clock.advance();
    this.#ticker = setInterval(() => look(this.#clock.advance()), this.#tick);
  }

  end() {
    clearInterval(this.#ticker);
  }

  /** Another connection begins. */
  renew() {
    this.#check.begin();
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
