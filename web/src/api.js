// HTTP requests outside the protocol: login, logout, passwords, invitations.
import { ChatError } from "./client.js";
import { t } from "./i18n/index.js";

/**
 * Posts JSON to an endpoint and returns the response.
 *
 * @throws {ChatError} from the server's error, or of kind `connection_lost`
 */
export async function post(path, body = {}, headers = {}) {
  return request(path, {
    method: "POST",
    headers: { "content-type": "application/json", "X-BasicChat": "1", ...headers },
    body: JSON.stringify(body),
  });
}

export const get = (path) => request(path, {});

// Errors have the same shape as in the protocol.
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
