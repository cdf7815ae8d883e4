// The transport over plain HTTP: requests to `/api/rpc`; events by SSE or long polling.
import { EventStreamParser } from "./sse.js";
import { NO_CODE, backoff } from "./timing.js";

const MOST_FAILURES = 3;
const POLL_SECONDS = 25;
const CLOSE_MS = 2_000;
// The limits of one request of the server.
const ENOUGH_STREAMS = 100;

const after = (ms, signal) =>
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

  /** `headers()` returns the headers of each request; `onWay(transport)` gets how events arrive. */
  constructor({ base, fetch, headers, timing, onWay }) {
    this.#options = { base, fetch, headers, timing, onWay };
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
    const spoken = Array.isArray(frame) ? frame[0] : frame;
    // A page of a proxy is not a reply.
    if (!spoken?.jsonrpc) throw new TypeError("not a reply");
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
    const wanted = Object.entries(cursors).slice(-ENOUGH_STREAMS);
    const streams = wanted.map(([stream]) => stream);
    if (streams.join() === this.#followed || !this.#to) return;
    this.#followed = streams.join();
    this.#lastId = wanted.map(([, { epoch, seq }]) => `${epoch}:${seq}`).join();
    this.#feed?.abort();
    if (!streams.length) return;
    this.#feed = new AbortController();
    this.#follow(streams, this.#feed.signal);
  }

  async #follow(streams, signal) {
    const { timing } = this.#options;
    for (let failures = 0; failures <= MOST_FAILURES && !signal.aborted;) {
      const sse = this.transport === "sse";
      const heard = await (sse ? this.#listen(streams, signal) : this.#poll(streams, signal));
      if (signal.aborted) return;
      // A proxy blocks endless responses, or the server is unreachable.
      if (!heard) this.transport = "poll";
      failures = heard ? 0 : failures + 1;
      if (failures || sse) await after(backoff(failures, Math.random, timing), signal);
    }
    if (!signal.aborted) this.#end();
  }

  async #get(streams, signal, extra = {}) {
    const { base, fetch, headers } = this.#options;
    const url = new URL("api/events", base);
    const pairs = streams.map((stream) => ["stream", stream]);
    url.search = new URLSearchParams([...pairs, ...Object.entries(extra)]);
    const asked = { "last-event-id": this.#lastId, ...headers() };
    const response = await fetch(url, { headers: asked, signal, cache: "no-store" });
    // If the server refuses, the reply to a hello will contain the error.
    const refused = !response.ok && response.headers.get("content-type")?.includes("json");
    if (refused && !signal.aborted) this.#end();
    if (!response.ok) throw new TypeError("no events");
    return response;
  }

  /** Reads server-sent events until they end; returns whether anything was received. */
  async #listen(streams, signal) {
    const silence = new AbortController();
    const timeout = this.#options.timing.progressTimeout;
    let timer = setTimeout(() => silence.abort(), timeout);
    let heard = false;
    try {
      const either = AbortSignal.any([signal, silence.signal]);
      const response = await this.#get(streams, either);
      const parser = new EventStreamParser();
      const decoder = new TextDecoder();
      for (const reader = response.body.getReader(); ;) {
        const { done, value } = await reader.read();
        if (done || signal.aborted) return heard;
        if (!heard) this.#options.onWay("sse");
        heard = true;
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), timeout);
        this.#take(parser.push(decoder.decode(value, { stream: true })), signal);
      }
    } catch {
      return heard;
    } finally {
      clearTimeout(timer);
    }
  }

  #take(events, signal) {
    // Comments also show that the connection is alive.
    if (!events.length) this.#to?.frame(null);
    for (const { id, data } of events) {
      if (signal.aborted) return;
      const frame = JSON.parse(data);
      // This comes first, as handling the frame may change the streams to follow.
      this.#lastId = id ?? this.#lastId;
      this.#to?.frame(frame);
    }
  }

  /** Polls once; returns whether the server replied. */
  async #poll(streams, signal) {
    const { timing, onWay } = this.#options;
    const late = AbortSignal.timeout(POLL_SECONDS * 1000 + timing.progressTimeout);
    try {
      const asked = { wait: String(POLL_SECONDS) };
      const response = await this.#get(streams, AbortSignal.any([signal, late]), asked);
      const { streams: states, frames, last_id } = await response.json();
      if (signal.aborted) return true;
      onWay("poll");
      const before = this.#lastId;
      this.#lastId = last_id;
      this.#to?.frame({ method: "streams", params: { streams: states } });
      for (const frame of frames) if (!signal.aborted) this.#to?.frame(frame);
      // While an answer is being written, each poll returns its text so far.
      if (last_id === before && frames.length) await after(timing.pollPause, signal);
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
