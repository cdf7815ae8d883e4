// How the connection is, and who waits for it.
import { failureOf } from "./emitter.js";

/** Holds the state; `tell(state)` is told each new one. */
export class ConnectionState {
  #tell;
  #waiting = [];
  state = { status: "idle", transport: null };

  constructor(tell) {
    this.#tell = tell;
  }

  /** Resolves when the session is open, and rejects when that will not be. */
  opened() {
    if (this.state.status === "online") return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  say(state) {
    this.state = { transport: null, ...state };
    const failure = failureOf(this.state);
    const online = state.status === "online";
    const waiting = online || failure ? this.#waiting.splice(0) : [];
    this.#tell(this.state);
    for (const { resolve, reject } of waiting) {
      if (online) resolve();
      else reject(failure);
    }
  }
}
