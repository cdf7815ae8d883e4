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
export class Pulse {
  heardAt = 0;
  probedAt = null;
  #rhythm;

  constructor(rhythm) {
    this.#rhythm = rhythm;
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

  /** `alive`, `probe` or `dead`; `patience` is how long a silence needs no question. */
  verdict({ welcomed, since }, now, patience) {
    if (!welcomed) return now - since > this.#rhythm.progress ? "dead" : "alive";
    if (this.probedAt !== null) return now - this.probedAt > this.#rhythm.reply ? "dead" : "alive";
    return now - Math.max(this.heardAt, since) > patience ? "probe" : "alive";
  }
}

/** Looks after a connection from time to time, by a clock that stands still in sleep. */
export class Patience {
  #tick;
  #clock;
  #pulse;
  #ticker = null;

  constructor(rhythm) {
    this.#tick = rhythm.probe / TICKS;
    this.#clock = new AwakeClock(this.#tick);
    this.#pulse = new Pulse(rhythm);
  }

  get now() {
    return this.#clock.now;
  }

  get heardAt() {
    return this.#pulse.heardAt;
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
    this.#pulse.begin();
  }

  heard() {
    this.#pulse.heard(this.now);
  }

  probed() {
    this.#pulse.probed(this.now);
  }

  verdict(attempt, patience) {
    return this.#pulse.verdict(attempt, this.now, patience);
  }
}
