// Delivers client events to handlers and iterators.
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

/** The error of a state that is final until the client connects again; else null. */
export function failureOf({ status, error }) {
  if (!STOPPED.has(status)) return null;
  return error ?? new ChatError("The client was closed", { kind: status });
}

const report = globalThis.reportError?.bind(globalThis) ?? ((error) => console.error(error));

/** Calls the handlers that are registered for the name of an event. */
export class EventEmitter {
  #handlers = new Map(NAMES.map((name) => [name, new Set()]));

  /** Adds a handler; returns the function that removes it. */
  on(name, handler) {
    const handlers = this.#handlers.get(name);
    if (!handlers) throw new TypeError(`Unknown event "${name}"; the events are ${NAMES.join(", ")}`);
    // One function may be added twice.
    const own = (value) => handler(value);
    handlers.add(own);
    return () => void handlers.delete(own);
  }

  /** Calls the handlers of an event, in the order in which they were added. */
  emit(name, value) {
    for (const handler of [...this.#handlers.get(name)]) {
      try {
        handler(value);
      } catch (error) {
        // A broken handler must not end the connection, nor keep the event from the others.
        report(error);
      }
    }
  }
}

/** Buffers events, as `[name, value]`, until an iterator fetches them. */
export class EventBuffer {
  #waiting = [];
  #overflowed = false;
  #wake = () => {};
  #ends;

  constructor(handlers, names) {
    const listen = (name) => handlers.on(name, (value) => this.#push([name, value]));
    this.#ends = [...new Set(names)].map(listen);
  }

  #push(event) {
    if (this.#waiting.length < MAX_BUFFERED) this.#waiting.push(event);
    else this.#overflowed = true;
    this.#wake();
  }

  /** Returns the next event. Throws a ChatError if events were read too slowly, and some are lost. */
  async next() {
    while (!this.#waiting.length) {
      if (this.#overflowed) {
        throw new ChatError("Events were read too slowly, and some are lost", { kind: "overflow" });
      }
      await new Promise((wake) => (this.#wake = wake));
    }
    return this.#waiting.shift();
  }

  end() {
    for (const end of this.#ends) end();
  }
}
