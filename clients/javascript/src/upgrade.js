// Upgrade from HTTP back to WebSocket.

/** Tries WebSocket at intervals. `open()` opens a connection over WebSocket, and returns it. */
export class UpgradeLoop {
  // The connection of the attempt in progress.
  #attempt = null;
  #timer = null;
  #timing;
  #open;

  constructor(timing, open) {
    this.#timing = timing;
    this.#open = open;
  }

  /** Starts the loop. */
  start() {
    this.#tryAfter(this.#timing.firstUpgrade);
  }

  #tryAfter(delay) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.#attempt = this.#open()), delay);
  }

  /** If a connection that has ended is the current attempt, tries again later; returns whether it is. */
  failed(connection) {
    if (connection !== this.#attempt) return false;
    this.#attempt = null;
    this.#tryAfter(this.#timing.upgradeInterval);
    return true;
  }

  /** Stops the loop; returns the connection of the attempt in progress, or null. */
  stop() {
    clearTimeout(this.#timer);
    const attempt = this.#attempt;
    this.#attempt = null;
    return attempt;
  }
}
