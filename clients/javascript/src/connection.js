// One connection to the server: its transport, the hello on it, and the frames that arrive.
import { errorFrom } from "./errors.js";
import { encodeRequest } from "./request-queue.js";

const PROBE = "probe";

/**
 * One connection, from opening its transport to its end.
 *
 * - `http`: whether its transport is the one over HTTP
 * - `welcomed`: whether the server has answered hello with a welcome
 * - `byCookie`: whether hello was authenticated by the browser's cookie
 * - `ended`: whether it has ended; the manager sets this, and then nothing more is reported
 * - `since`: since when it has been opening or, once open, has been open, in milliseconds awake
 *
 * `number` makes the id of its hello unique. `make(onTransport)` makes its transport. `handler` is
 * the `ConnectionManager`; see its methods that connections call.
 */
export class Connection {
  welcomed = false;
  byCookie = false;
  ended = false;
  #helloId;
  #handler;
  #liveness;
  #transport;
  #resuming = false;

  constructor({ number, http, make, handler, liveness }) {
    this.#helloId = `hello-${number}`;
    this.#handler = handler;
    this.#liveness = liveness;
    this.#transport = make((transport) => handler.onTransport(this, transport));
    this.http = http;
    this.since = liveness.now;
  }

  /** How events arrive: `websocket`, `sse` or `poll`. */
  get transport() {
    return this.#transport.transport;
  }

  /** Opens the transport, says hello, and reports what arrives. */
  open() {
    this.#transport.open({
      opened: () => this.#onOpen(),
      frame: (frame) => this.#receive(frame),
      ended: (code, reason) => this.#handler.onEnd(this, code, reason),
    });
  }

  #onOpen() {
    this.since = this.#liveness.now;
    if (!this.ended) this.#sayHello({ resume: true });
  }

  #sayHello({ resume }) {
    const params = this.#handler.hello({ resume });
    this.#resuming = "resume" in params;
    this.byCookie = !params.token;
    this.send(encodeRequest(this.#helloId, "session.hello", params));
  }

  #receive(frame) {
    if (this.ended) return;
    this.#liveness.heard();
    for (const one of Array.isArray(frame) ? frame : [frame]) {
      if (one === null) continue;
      if (one.method) this.#handler.onNotification(this, one.method, one.params);
      else if (one.id === this.#helloId) this.#onHelloReply(one);
      else this.#handler.onReply(this, one);
    }
  }

  #onHelloReply({ result, error }) {
    if (!error) {
      this.welcomed = true;
      this.#handler.onWelcome(this, result);
      return;
    }
    const refusal = errorFrom(error);
    // A server that cannot open sessions for now may still resume this one later.
    if (this.#resuming && !this.welcomed && !refusal.retryable) this.#sayHello({ resume: false });
    else this.#handler.onRefusal(this, refusal);
  }

  send(frame) {
    this.#transport.send(frame);
  }

  /** Sends a ping, because browsers hide the server's own pings from pages. */
  probe() {
    this.#liveness.probed();
    this.send(encodeRequest(PROBE, "session.ping", {}));
  }

  /** Follows exactly these streams. */
  follow(cursors) {
    this.#transport.follow(cursors);
  }

  /** Closes the transport, after a last frame if one is given; safe to repeat. */
  close(last) {
    return this.#transport.close(last);
  }
}
