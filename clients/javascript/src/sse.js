// Reads a text/event-stream (WHATWG HTML, 9.2).

/** Parses the stream in pieces of any size; returns the events that each piece completes. */
export class EventStreamParser {
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
    return null;
  }
}
