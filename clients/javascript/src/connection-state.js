// The state of a client's connection, and waiting for it to open.
import { failureOf } from "./emitter.js";
import { ChatError } from "./errors.js";

// Why a server closes a connection for good, and what to do then.
const REASONS = {
  unauthenticated: ["The token is invalid or has expired", "Log in again, or create a new key."],
  forbidden: ["You no longer have access to this server", "Ask its administrator."],
};

/** The error of a connection that the server closed for good without an error reply. */
export function closedByServer(status) {
  const [message, hint] = REASONS[status] ?? ["The server closed the connection"];
  return new ChatError(message, { kind: status, hint });
}

/** Holds the current state, and publishes each new one: `onChange(state)` is called with it. */
export class ConnectionState {
  #onChange;
  #waiting = [];
  current = { status: "idle", transport: null };

  constructor(onChange) {
    this.#onChange = onChange;
  }

  /** Resolves when the session is open; rejects if the connection has ended for good. */
  whenOnline() {
    if (this.current.status === "online") return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** Changes the state, and publishes it. */
  set(state) {
    this.current = { transport: null, ...state };
    const failure = failureOf(this.current);
    const online = state.status === "online";
    const waiting = online || failure ? this.#waiting.splice(0) : [];
    this.#onChange(this.current);
    for (const { resolve, reject } of waiting) {
      if (online) resolve();
      else reject(failure);
    }
  }
}
