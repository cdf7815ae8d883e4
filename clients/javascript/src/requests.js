// Requests: those that wait to be sent, and those that wait for their reply.
import { ChatError, errorFrom } from "./errors.js";
import { newId } from "./text.js";

const MAX_IN_FLIGHT = 30;
const MAX_WAITING = 500;
const MAX_WAITING_BYTES = 16 << 20;
const TOO_LARGE = -32010;
const ONCE = new Set([
  "feedback.set",
  "messages.delete",
  "messages.edit",
  "messages.post",
  "messages.regenerate",
  "query",
  "runs.continue",
  "stream_request",
  "tool_execution",
]);
const HARMLESS = /(\.(list|get|search|join|leave|cancel|read)|^session\.ping)$/;

/** A JSON-RPC request, as text. */
export const encodeRequest = (id, method, params) =>
  JSON.stringify({ jsonrpc: "2.0", id, method, params });

/** Whether repeating a method under the same `client_msg_id` does nothing twice. */
export const takesClientMsgId = (method) => ONCE.has(method);

/** Whether a request can be sent again when its reply was lost with the connection. */
export const mayRepeat = (method) => ONCE.has(method) || HARMLESS.test(method);

const bytesOf = (text) => new TextEncoder().encode(text).length;

/** One request. `sentOn` is the connection that carries it, null while it waits. */
class Entry {
  sentOn = null;
  sentAt = 0;
  // Somebody who was offline is not to be refused for what gathered meanwhile.
  queued = false;
  notBefore = 0;

  constructor(id, method, given, { then, user = null }) {
    const params = { ...given };
    if (takesClientMsgId(method)) params.client_msg_id ??= newId();
    Object.assign(this, { id, method, params, then, user });
    this.frame = encodeRequest(id, method, params);
    this.bytes = bytesOf(this.frame);
    this.reply = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
  }

  /** Hands the result over: first to `then`, before anything behind it is looked at. */
  succeed(result) {
    this.then?.(result);
    this.resolve(result);
  }
}

/**
 * The queue, in the order of asking; what is in it survives its connection.
 *
 * `keeper` may keep what is in it for longer than this program lives: it is told `keep(entry)` and
 * `drop(entry)`.
 */
export class Requests {
  #entries = new Map();
  #last = 0;
  #bytes = 0;
  #keeper;
  #most;
  #inFlight;

  constructor(keeper = null, { most = MAX_WAITING, inFlight = MAX_IN_FLIGHT } = {}) {
    this.#keeper = keeper;
    this.#most = most;
    this.#inFlight = inFlight;
  }

  get size() {
    return this.#entries.size;
  }

  /**
   * Queues a request.
   *
   * `then(result)` is called before whoever waits; `user` is whose request it is, as far as that is
   * known. Throws a ChatError: too much waits already (`queue_full`), or it is `too_large`.
   */
  add(method, params, { maxBytes = Infinity, ...more } = {}) {
    const entry = new Entry(++this.#last, method, params, more);
    if (entry.bytes > maxBytes) {
      throw new ChatError("This is too long to send", { kind: "too_large", code: TOO_LARGE });
    }
    if (this.#entries.size >= this.#most || this.#bytes + entry.bytes > MAX_WAITING_BYTES) {
      throw new ChatError("Too much is waiting to be sent", { kind: "queue_full", retryable: true });
    }
    this.#put(entry);
    if (entry.user) this.#keeper?.keep(entry);
    return entry;
  }

  #put(entry) {
    this.#entries.set(entry.id, entry);
    this.#bytes += entry.bytes;
  }

  #take(id) {
    const entry = this.#entries.get(id);
    if (this.#entries.delete(id)) this.#bytes -= entry.bytes;
    return entry;
  }

  #fail(entry, error) {
    this.#take(entry.id);
    this.#keeper?.drop(entry);
    entry.reject(error);
  }

  /** Whether a request with that `client_msg_id` is in it. */
  has(clientMsgId) {
    return [...this.#entries.values()].some((one) => one.params.client_msg_id === clientMsgId);
  }

  /** What is to be sent now, marked as sent on this connection. */
  *toSend(connection, now) {
    for (const entry of [...this.#entries.values()].slice(0, this.#inFlight)) {
      if (entry.sentOn || entry.notBefore > now) continue;
      Object.assign(entry, { sentOn: connection, sentAt: now });
      yield entry;
    }
  }

  /**
   * Takes a reply; answers the request that it belongs to.
   *
   * It is settled then, unless it came back too soon from a queue: it goes on waiting.
   */
  answered({ id, result, error }, now) {
    const entry = this.#take(id);
    if (!entry) return null;
    const failure = error && errorFrom(error);
    if (failure?.retryAfterMs !== undefined && entry.queued && mayRepeat(entry.method)) {
      Object.assign(entry, { sentOn: null, notBefore: now + failure.retryAfterMs });
      this.#put(entry);
      return entry;
    }
    // A token that has run out is no answer to a question: it is asked again with the next one.
    if (failure?.kind === "unauthenticated" && mayRepeat(entry.method)) {
      Object.assign(entry, { sentOn: null, queued: true });
      this.#put(entry);
      return entry;
    }
    this.#keeper?.drop(entry);
    if (failure) entry.reject(failure);
    else entry.succeed(result);
    return entry;
  }

  /**
   * Somebody has logged in: what nobody in particular asked is theirs, and what somebody else
   * asked is not sent in their name.
   */
  identify(user) {
    const error = new ChatError("Somebody else is logged in now", { kind: "unauthenticated" });
    for (const entry of [...this.#entries.values()]) {
      if (entry.user === user) continue;
      if (entry.user === null) {
        entry.user = user;
        this.#keeper?.keep(entry);
      } else {
        // It stays with the keeper, for whose it is.
        this.#take(entry.id);
        entry.reject(error);
      }
    }
  }

  /**
   * A connection has ended: what it carried waits again, if sending it twice does no harm, and
   * unless one of the requests was what ended it.
   */
  lost(connection, { repeat = true } = {}) {
    const error = new ChatError("The connection broke before the server answered", {
      kind: "connection_lost",
      retryable: true,
    });
    for (const entry of [...this.#entries.values()]) {
      if (entry.sentOn !== connection) continue;
      if (repeat && mayRepeat(entry.method)) Object.assign(entry, { sentOn: null, queued: true });
      else this.#fail(entry, error);
    }
  }

  /** Whether a connection still carries requests. */
  carriedBy(connection) {
    return [...this.#entries.values()].some((entry) => entry.sentOn === connection);
  }

  /** Fails what was sent and has made no progress for so many milliseconds. */
  expire(now, progressAt, patience) {
    for (const entry of [...this.#entries.values()]) {
      if (!entry.sentOn || now - Math.max(entry.sentAt, progressAt) < patience) continue;
      const text = `The server did not answer for ${patience / 1000} seconds`;
      this.#fail(entry, new ChatError(text, { kind: "timeout", retryable: true }));
    }
  }

  /** Fails everything; what `kept` is sent when its asker comes back. */
  failAll(error, { kept = false } = {}) {
    for (const entry of [...this.#entries.values()]) {
      if (kept) {
        this.#take(entry.id);
        entry.reject(error);
      } else this.#fail(entry, error);
    }
  }
}
