// The errors of a client: an error reply, or a failure to get a reply.

/** An error reply of the server (PROTOCOL, section 6), or a failure to get a reply. */
export class ChatError extends Error {
  constructor(message, { kind = "client", code = 0, retryable = false, ...more } = {}) {
    super(message);
    this.name = "ChatError";
    this.kind = kind;
    this.code = code;
    this.retryable = retryable;
    this.retryAfterMs = more.retryAfterMs;
    this.hint = more.hint;
    this.reason = more.reason;
    this.params = more.params;
    this.field = more.field;
    this.incident = more.incident;
  }
}

/** Creates a ChatError from the `error` member of a JSON-RPC reply. */
export function errorFrom({ code, message = "", data = {} }) {
  const { kind = "internal", retry_after_ms: retryAfterMs, ...more } = data ?? {};
  return new ChatError(message, { ...more, code, kind, retryAfterMs });
}
