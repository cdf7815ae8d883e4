// The queue of requests: those to be sent, and those that await their reply.
import { ChatError, errorFrom } from "./errors.js";
import { mayRepeat, takesClientMsgId } from "./retry-rules.js";
import { newId } from "./text.js";

const MAX_IN_FLIGHT = 30;
const MAX_WAITING = 500;
const MAX_WAITING_BYTES = 16 << 20;
const TOO_LARGE = -32010;

/** A JSON-RPC request, as text. */
export const encodeRequest = (id, method, params) =>
  JSON.stringify({ jsonrpc: "2.0", id, method, params });

const bytesOf = (text) => new TextEncoder().encode(text).length;

/** A request. `sentOn` is the connection that carries it; null while it waits to be sent. */
class PendingRequest {
  sentOn = null;
  sentAt = 0;
  // Whether it waited for a connection. Then `rate_limited` is not final, as requests that piled up
  // offline are all sent at once.
  queued = false;
  notBefore = 0;

  constructor(id, method, given, { onResult, user = null }) {
    const params = { ...given };
    if (takesClientMsgId(method)) params.client_msg_id ??= newId();
    Object.assign(this, { id, method, params, onResult, user });
    this.frame = encodeRequest(id, method, params);
    this.bytes = bytesOf(this.frame);
    this.reply = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
  }

  /** Delivers the result: first to `onResult`, before any later frame is handled. */
  succeed(result) {
    this.onResult?.(result);
    this.resolve(result);
  }
}

/**
 * Holds requests in the order in which they were made; they outlive their connection.
 *
 * `outbox` may store requests beyond the end of this program: `keep(request)` and `drop(request)` are
 * called on it.
 */
export class RequestQueue {
  #requests = new Map();
  #last = 0;
  #bytes = 0;
  #outbox;
  #maxWaiting;
  #maxInFlight;

  constructor(outbox = null, { maxWaiting = MAX_WAITING, maxInFlight = MAX_IN_FLIGHT } = {}) {
    this.#outbox = outbox;
    this.#maxWaiting = maxWaiting;
    this.#maxInFlight = maxInFlight;
  }

  get size() {
    return this.#requests.size;
  }

  /**
   * Adds a request.
   *
   * `onResult(result)` is called before the promise resolves; `user` is the author of the request, if
   * known. Throws a ChatError: the queue is full (`queue_full`), or the request is `too_large`.
   */
  add(method, params, { maxBytes = Infinity, ...more } = {}) {
    const request = new PendingRequest(++this.#last, method, params, more);
    if (request.bytes > maxBytes) {
      throw new ChatError("The request is too long to be sent", {
        kind: "too_large",
        code: TOO_LARGE,
        hint: "Shorten it.",
      });
    }
    if (this.#requests.size >= this.#maxWaiting || this.#bytes + request.bytes > MAX_WAITING_BYTES) {
      throw new ChatError("Too many requests are waiting to be sent", {
        kind: "queue_full",
        retryable: true,
        hint: "Try again once the server can be reached.",
      });
    }
    this.#put(request);
    if (request.user) this.#outbox?.keep(request);
    return request;
  }

  #put(request) {
    this.#requests.set(request.id, request);
    this.#bytes += request.bytes;
  }

  #take(id) {
    const request = this.#requests.get(id);
    if (this.#requests.delete(id)) this.#bytes -= request.bytes;
    return request;
  }

  #fail(request, error) {
    this.#take(request.id);
    this.#outbox?.drop(request);
    request.reject(error);
  }

  /** Whether the queue holds a request with that `client_msg_id`. */
  has(clientMsgId) {
    return [...this.#requests.values()].some((one) => one.params.client_msg_id === clientMsgId);
  }

  /** Yields the requests to be sent now, and marks them as sent on this connection. */
  *takeDue(connection, now) {
    for (const request of [...this.#requests.values()].slice(0, this.#maxInFlight)) {
      if (request.sentOn || request.notBefore > now) continue;
      Object.assign(request, { sentOn: connection, sentAt: now });
      yield request;
    }
  }

  /**
   * Settles the request that a reply belongs to, and returns it.
   *
   * A queued request that was rate limited is not settled, but waits to be sent again, as does one
   * that a server refused because it stops: after the client has reconnected, it is accepted.
   */
  onReply({ id, result, error }, now) {
    const request = this.#take(id);
    if (!request) return null;
    const failure = error && errorFrom(error);
    const later = request.queued || failure?.reason === "server_stopping";
    if (failure?.retryAfterMs !== undefined && later && mayRepeat(request.method)) {
      Object.assign(request, { sentOn: null, queued: true, notBefore: now + failure.retryAfterMs });
      this.#put(request);
      return request;
    }
    // After an expired token the request is sent again with the next one.
    if (failure?.kind === "unauthenticated" && mayRepeat(request.method)) {
      Object.assign(request, { sentOn: null, queued: true });
      this.#put(request);
      return request;
    }
    this.#outbox?.drop(request);
    if (failure) request.reject(failure);
    else request.succeed(result);
    return request;
  }

  /**
   * Assigns requests without a user to the one who has logged in, and fails those of others, which
   * are not sent in this one's name.
   */
  assignUser(user) {
    const error = new ChatError("Another user is logged in now", { kind: "unauthenticated" });
    for (const request of [...this.#requests.values()]) {
      if (request.user === user) continue;
      if (request.user === null) {
        request.user = user;
        this.#outbox?.keep(request);
      } else {
        // It stays in the outbox of its user.
        this.#take(request.id);
        request.reject(error);
      }
    }
  }

  /**
   * Queues again what a lost connection carried if it may be repeated, and fails the rest. `repeat`
   * is false if one of the requests caused the loss.
   */
  connectionLost(connection, { repeat = true } = {}) {
    const error = new ChatError("The connection was lost before the server replied", {
      kind: "connection_lost",
      retryable: true,
      hint: "The server may have done it: look before you try again.",
    });
    for (const request of [...this.#requests.values()]) {
      if (request.sentOn !== connection) continue;
      if (repeat && mayRepeat(request.method)) Object.assign(request, { sentOn: null, queued: true });
      else this.#fail(request, error);
    }
  }

  /** Whether a connection still carries requests. */
  inFlightOn(connection) {
    return [...this.#requests.values()].some((request) => request.sentOn === connection);
  }

  /** Fails requests in flight without progress for this many milliseconds. */
  expire(now, progressAt, timeout) {
    for (const request of [...this.#requests.values()]) {
      if (!request.sentOn || now - Math.max(request.sentAt, progressAt) < timeout) continue;
      const text = `The server did not reply for ${timeout / 1000} seconds`;
      this.#fail(request, new ChatError(text, { kind: "timeout", retryable: true }));
    }
  }

  /** Fails every request; those that are `kept` are sent by the user's next client. */
  failAll(error, { kept = false } = {}) {
    for (const request of [...this.#requests.values()]) {
      if (kept) {
        this.#take(request.id);
        request.reject(error);
      } else this.#fail(request, error);
    }
  }
}
