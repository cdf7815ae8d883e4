// The transport over WebSocket.
import { NO_CODE } from "./close-codes.js";

export const SUBPROTOCOL = "basicchat.v1";

/** Frames over a WebSocket with the subprotocol `basicchat.v1`; it is opened only once. */
export class WebSocketTransport {
  transport = "websocket";
  #options;
  #socket = null;
  #timer = null;
  #ended = null;

  constructor({ base, WebSocket, openTimeout }) {
    this.#options = { base, WebSocket, openTimeout };
  }

  /** Opens the socket; calls `opened()`, `frame(frame)` and `ended(code, reason)` of `to`. */
  open(to) {
    const { base, WebSocket, openTimeout } = this.#options;
    this.#ended = to.ended;
    const url = new URL("ws", base);
    url.protocol = url.protocol.replace("http", "ws");
    try {
      this.#socket = new WebSocket(url.href, [SUBPROTOCOL]);
    } catch {
      // The content security policy of a page may forbid it.
      return queueMicrotask(() => this.#end(NO_CODE));
    }
    this.#timer = setTimeout(() => this.close(), openTimeout);
    this.#socket.onopen = () => {
      clearTimeout(this.#timer);
      if (this.#ended) to.opened();
    };
    this.#socket.onmessage = ({ data }) => this.#onMessage(data, to);
    this.#socket.onerror = () => {};
    this.#socket.onclose = ({ code, reason }) => this.#end(code, reason);
  }

  #onMessage(data, to) {
    if (!this.#ended) return;
    let frame;
    try {
      frame = JSON.parse(data);
    } catch {
      return this.close();
    }
    to.frame(frame);
  }

  #end(code, reason) {
    clearTimeout(this.#timer);
    const ended = this.#ended;
    this.#ended = null;
    ended?.(code, reason);
  }

  send(text) {
    this.#socket.send(text);
  }

  /** Does nothing: the server tracks the streams of a WebSocket connection. */
  follow() {}

  /** Ends it, after a last frame, without waiting: on a dead network, closing takes minutes. */
  async close(last) {
    if (last && this.#socket?.readyState === 1) this.#socket.send(last);
    this.#socket?.close(1000);
    this.#end(NO_CODE);
  }
}
