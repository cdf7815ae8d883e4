// The few requests that are no calls of the protocol: ways in and out.
import { ChatError } from "./client.js";
import { t } from "./i18n/index.js";

/**
 * Sends JSON to an endpoint and answers what it answers.
 *
 * @throws {ChatError} as the server says it, or of kind `connection_lost`
 */
export async function post(path, body = {}, headers = {}) {
  return request(path, {
    method: "POST",
    headers: { "content-type": "application/json", "X-BasicChat": "1", ...headers },
    body: JSON.stringify(body),
  });
}

export const get = (path) => request(path, {});

// The error's shape is that of the protocol.
function errorFrom({ code, message, data = {} }) {
  const { retry_after_ms: retryAfterMs, ...more } = data;
  return new ChatError(message, { ...more, code, retryAfterMs });
}

async function request(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new ChatError(t("error.unreachable"), { kind: "connection_lost" });
  }
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  if (answer.error) throw errorFrom(answer.error);
  const { status } = response;
  throw new ChatError(t("error.status", { status: String(status) }), { kind: "http" });
}
