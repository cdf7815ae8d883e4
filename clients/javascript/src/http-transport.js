// The transport over plain HTTP: requests to `/api/rpc`; events by SSE or long polling.
import { NO_CODE } from "./close-codes.js";
import { EventStreamParser } from "./sse.js";
import { backoff } from "./timing.js";

const MAX_FAILURES = 3;
const POLL_SECONDS = 25;
const CLOSE_MS = 2_000;
// As many as the server accepts in one request.
const MAX_STREAMS_PER_REQUEST = 100;

/** Resolves after a delay, or when the signal aborts. */
const pause = (ms, signal) =>
  new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", go);
      resolve();
    };
    const timer = setTimeout(go, ms);
    signal.addEventListener("abort", go);
  });

/** Frames over HTTP, for networks in which WebSocket is blocked. */
export class HttpTransport {
  transport = "sse";
  #options;
  #to = null;
  #stopped = new AbortController();
  #feed = null;
  #followed = "";
  #lastId = "";
  // The pause before the next attempt to read events, for which the server has asked.
  #retryMs = 0;

  /**
   * `headers()` returns the headers of a request; `onTransport(transport)` is called whenever events
   * start to arrive in another manner (`sse` or `poll`).
   */
  constructor({ base, fetch, headers, timing, onTransport }) {
    this.#options = { base, fetch, headers, timing, onTransport };
  }

  /** Opens nothing: the first request shows whether the server is reachable. */
  open(to) {
    this.#to = to;
    queueMicrotask(() => this.#to?.opened());
  }

  send(text) {
    this.#post(text, { signal: this.#stopped.signal })
      .then((frame) => frame && this.#to?.frame(frame))
      .catch(() => this.#end());
  }

  async #post(body, options) {
    const { base, fetch, headers } = this.#options;
    const response = await fetch(new URL("api/rpc", base), {
      method: "POST",
      headers: { "content-type": "application/json", ...headers() },
      body,
      ...options,
    });
    if (response.status === 204) return null;
    const frame = await response.json();
    const reply = Array.isArray(frame) ? frame[0] : frame;
    // It may be a page of a proxy.
    if (!reply?.jsonrpc) throw new TypeError("not a reply");
    return frame;
  }

  #end(code = NO_CODE) {
    const to = this.#to;
    this.#to = null;
    this.#feed?.abort();
    this.#stopped.abort();
    to?.ended(code);
  }

  /** Follows exactly these streams `{stream: cursor}`; if there are too many, the newest. */
  follow(cursors) {
    const newest = Object.entries(cursors).slice(-MAX_STREAMS_PER_REQUEST);
    const streams = newest.map(([stream]) => stream);
    if (streams.join() === this.#followed || !this.#to) return;
    this.#followed = streams.join();
    this.#lastId = newest.map(([, { epoch, seq }]) => `${epoch}:${seq}`).join();
    this.#feed?.abort();
    if (!streams.length) return;
    this.#feed = new AbortController();
    this.#follow(streams, this.#feed.signal);
  }

  async #follow(streams, signal) {
    const { timing } = this.#options;
    for (let failures = 0; failures <= MAX_FAILURES && !signal.aborted;) {
      const sse = this.transport === "sse";
      const heard = await (sse ? this.#readEvents(streams, signal) : this.#poll(streams, signal));
      if (signal.aborted) return;
      // A proxy blocks endless responses, or the server is unreachable.
      if (!heard) this.transport = "poll";
      failures = heard ? 0 : failures + 1;
      if (failures || sse) {
        const delay = Math.max(backoff(failures, Math.random, timing), this.#retryMs);
        this.#retryMs = 0;
        await pause(delay, signal);
      }
    }
    if (!signal.aborted) this.#end();
  }

  async #get(streams, signal, params = {}) {
    const { base, fetch, headers } = this.#options;
    const url = new URL("api/events", base);
    const pairs = streams.map((stream) => ["stream", stream]);
    url.search = new URLSearchParams([...pairs, ...Object.entries(params)]);
    const all = { "last-event-id": this.#lastId, ...headers() };
    const response = await fetch(url, { headers: all, signal, cache: "no-store" });
    // The server has refused; the reply to the next hello will say why.
    const refused = !response.ok && response.headers.get("content-type")?.includes("json");
    if (refused && !signal.aborted) this.#end();
    if (!response.ok) throw new TypeError("no events");
    return response;
  }

  /** Reads server-sent events until they end; returns whether anything was received. */
  async #readEvents(streams, signal) {
    const silence = new AbortController();
    const timeout = this.#options.timing.progressTimeout;
    let timer = setTimeout(() => silence.abort(), timeout);
    let heard = false;
    const parser = new EventStreamParser();
    try {
      const either = AbortSignal.any([signal, silence.signal]);
      const response = await this.#get(streams, either);
      const decoder = new TextDecoder();
      for (const reader = response.body.getReader(); ;) {
        const { done, value } = await reader.read();
        if (done || signal.aborted) return heard;
        if (!heard) this.#options.onTransport("sse");
        heard = true;
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), timeout);
        this.#deliver(parser.push(decoder.decode(value, { stream: true })), signal);
      }
    } catch {
      return heard;
    } finally {
      clearTimeout(timer);
      this.#retryMs = parser.retryMs;
    }
  }

  #deliver(events, signal) {
    // A comment, too, shows that the connection is alive.
    if (!events.length) this.#to?.frame(null);
    for (const { id, data } of events) {
      if (signal.aborted) return;
      const frame = JSON.parse(data);
      // Set before the frame is handled, which may change the streams to follow.
      this.#lastId = id ?? this.#lastId;
      this.#to?.frame(frame);
    }
  }

  /** Polls once; returns whether the server replied. */
  async #poll(streams, signal) {
    const { timing, onTransport } = this.#options;
    const timeout = AbortSignal.timeout(POLL_SECONDS * 1000 + timing.progressTimeout);
    try {
      const either = AbortSignal.any([signal, timeout]);
      const response = await this.#get(streams, either, { wait: String(POLL_SECONDS) });
      const { streams: states, frames, last_id } = await response.json();
      if (signal.aborted) return true;
      onTransport("poll");
      const before = this.#lastId;
      this.#lastId = last_id;
      this.#to?.frame({ method: "streams", params: { streams: states } });
      for (const frame of frames) if (!signal.aborted) this.#to?.frame(frame);
      // While an answer is being written, each poll returns its text so far.
      if (last_id === before && frames.length) await pause(timing.pollPause, signal);
      return true;
    } catch {
      return false;
    }
  }

  /** Ends the connection, after a last frame. */
  async close(last) {
    const open = this.#to !== null;
    this.#end(NO_CODE);
    if (!last || !open) return;
    const signal = AbortSignal.timeout(CLOSE_MS);
    await this.#post(last, { signal, keepalive: true }).catch(() => {});
  }
}
