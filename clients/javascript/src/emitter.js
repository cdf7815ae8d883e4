// Who listens to a client: handlers, and iterators over what happens.
import { ChatError } from "./errors.js";

const MAX_BUFFERED = 100_000;
export const NAMES = Object.freeze([
  "state",
  "event",
  "delta",
  "signal",
  "snapshot",
  "stale",
  "restored",
]);
const STOPPED = new Set(["unauthenticated", "forbidden", "failed", "closed"]);

/** Why nothing more will come, if that is so. */
export function failureOf({ status, error }) {
  if (!STOPPED.has(status)) return null;
  return error ?? new ChatError("The client was closed", { kind: status });
}

const report = globalThis.reportError?.bind(globalThis) ?? ((error) => console.error(error));

/** EventEmitter by the name of what they are told of. */
export class EventEmitter {
  #handlers = new Map(NAMES.map((name) => [name, new Set()]));

  /** Adds a handler; answers the function that takes it away again. */
  on(name, handler) {
    const handlers = this.#handlers.get(name);
    if (!handlers) throw new TypeError(`${name} is none of ${NAMES.join(", ")}`);
    // One function may be added twice.
    const own = (value) => handler(value);
    handlers.add(own);
    return () => void handlers.delete(own);
  }

  /** Tells everyone concerned. */
  emit(name, value) {
    for (const handler of [...this.#handlers.get(name)]) {
      try {
        handler(value);
      } catch (error) {
        // Somebody's broken handler must not end the connection of everybody.
        report(error);
      }
    }
  }
}

/** Gathers what happens, as `[name, value]`, until somebody fetches it. */
export class EventBuffer {
  #waiting = [];
  #overflowed = false;
  #wake = () => {};
  #ends;

  constructor(handlers, names) {
    const listen = (name) => handlers.on(name, (value) => this.#push([name, value]));
    this.#ends = [...new Set(names)].map(listen);
  }

  #push(what) {
    if (this.#waiting.length < MAX_BUFFERED) this.#waiting.push(what);
    else this.#overflowed = true;
    this.#wake();
  }

  /** The next one, in order. Throws a ChatError if this was read too slowly. */
  async next() {
    while (!this.#waiting.length) {
      if (this.#overflowed) {
        throw new ChatError("Too much happened before it was read", { kind: "overflow" });
      }
      await new Promise((wake) => (this.#wake = wake));
    }
    return this.#waiting.shift();
  }

  end() {
    for (const end of this.#ends) end();
  }
}
