// The connection in use: sending on it, replacing it, and checking that it is alive.

/** Holds the connection in use, if there is one, and those it has replaced, until they are drained. */
export class CurrentConnection {
  connection = null;
  // When each replaced connection was replaced, in milliseconds awake.
  #replaced = new Map();
  #requests;
  #streams;
  #liveness;
  #timing;

  constructor({ requests, streams, liveness, timing }) {
    this.#requests = requests;
    this.#streams = streams;
    this.#liveness = liveness;
    this.#timing = timing;
  }

  /** Returns the connection in use, which is not in use any longer. */
  take() {
    const { connection } = this;
    this.connection = null;
    return connection;
  }

  /** Sends the requests that are due. */
  flush() {
    const { connection } = this;
    if (!connection?.welcomed) return;
    for (const { frame } of this.#requests.takeDue(connection, this.#liveness.now)) {
      connection.send(frame);
    }
  }

  /** Follows the streams that are followed now. */
  refollow() {
    this.connection?.follow(this.#streams.followed());
  }

  /** Uses another connection; the old one is drained: it stays until its requests are answered. */
  replace(connection) {
    const old = this.connection;
    this.connection = connection;
    if (!old) return;
    old.follow({});
    this.#replaced.set(old, this.#liveness.now);
  }

  /** Whether a connection has been replaced and carries no more requests. */
  isDrained(connection) {
    return this.#replaced.has(connection) && !this.#requests.inFlightOn(connection);
  }

  /** The replaced connections that have taken too long to be drained. */
  overdue() {
    const patience = this.#liveness.now - this.#timing.progressTimeout;
    return [...this.#replaced].filter(([, since]) => since < patience).map(([old]) => old);
  }

  /** Forgets a connection that has ended. */
  forget(connection) {
    this.#replaced.delete(connection);
  }

  /** Sends a ping, unless there is no session yet. */
  probe() {
    if (this.connection?.welcomed) this.connection.probe();
  }

  /**
   * Judges the connection by its silence: `alive`, `probe` or `dead`. `heartbeat` is the silence
   * to be expected while no request is pending, in milliseconds.
   */
  verdict(heartbeat) {
    if (!this.connection) return "alive";
    const maxSilence = this.#requests.size ? this.#timing.probeAfter : heartbeat;
    return this.#liveness.verdict(this.connection, maxSilence);
  }
}
