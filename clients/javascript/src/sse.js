// Reads a text/event-stream (WHATWG HTML, 9.2).

// A server that asks for more is not believed.
const MAX_RETRY_MS = 30_000;

/** Parses the stream in pieces of any size; returns the events that each piece completes. */
export class EventStreamParser {
  /** How long the server asks its clients to wait before they reconnect, in milliseconds. */
  retryMs = 0;
  #rest = "";
  #event = { data: [] };

  push(piece) {
    const lines = (this.#rest + piece).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop();
    return lines.map((line) => this.#line(line)).filter(Boolean);
  }

  #line(line) {
    if (line === "") {
      const { data, ...event } = this.#event;
      this.#event = { data: [] };
      return data.length ? { ...event, data: data.join("\n") } : null;
    }
    const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(line);
    if (field === "data") this.#event.data.push(value);
    else if (field === "id" || field === "event") this.#event[field] = value;
    else if (field === "retry" && /^\d{1,9}$/.test(value)) {
      this.retryMs = Math.min(Number(value), MAX_RETRY_MS);
    }
    return null;
  }
}
