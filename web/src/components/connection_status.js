import { html, useEffect, useState } from "../preact.js";
import { describeError } from "../format.js";
import { t, variant } from "../i18n/index.js";
import { Icon } from "./icons.js";

/** A banner about the connection. Short interruptions are not shown. */
export function ConnectionStatus({ connection, service, queued, onRetry }) {
  const { status, transport, retryAt, error } = connection;
  const [now, setNow] = useState(Date.now());
  const [patient, setPatient] = useState(true);
  useEffect(() => {
    setPatient(true);
    const soon = setTimeout(() => setPatient(false), 700);
    const tick = () => setNow(Date.now());
    const ticking = status === "online" ? null : setInterval(tick, 500);
    return () => {
      clearTimeout(soon);
      clearInterval(ticking);
    };
  }, [status === "online"]);
  const away = status === "online" && notReached(service);
  if (away)
    return html`<div class="status-area" role="status">
      <div class="status" data-status="limited"><span><span class="dot" aria-hidden="true"></span> ${away}</span></div>
    </div>`;
  if (status === "online") return html`<${OverHttp} transport=${transport} patient=${patient} />`;
  if (patient) return html`<div class="status-area" role="status"></div>`;
  const seconds = Math.max(0, Math.ceil(((retryAt ?? 0) - now) / 1000));
  return html`
    <div class="status-area" role="status">
      <div class="status" data-status=${status}>
        <span><span class="dot" aria-hidden="true"></span> ${sentence(status, queued, error)}</span>
        ${
          status === "reconnecting" &&
          html`<span class="muted"
          aria-hidden="true">${seconds > 0 ? t("status.retryIn", { seconds }) : t("status.retrying")}</span>`
        }
        ${
          status === "reconnecting" &&
          html`<button type="button" class="link"
          onClick=${onRetry}>${t("status.retry")}</button>`
        }
        ${
          status === "failed" &&
          html`<button type="button" class="link"
          onClick=${() => location.reload()}>${t("common.reload")}</button>`
        }
      </div>
    </div>
  `;
}

/** What the server does not reach, in a sentence; an empty text if it reaches everything. */
function notReached({ other_servers: others, database }) {
  if (!database) return t("status.noDatabase");
  return others ? "" : t("status.noOtherServers");
}

/** A notice that WebSocket is blocked, which explains why the page is slower. */
function OverHttp({ transport, patient }) {
  const [dismissed, setDismissed] = useState(false);
  const shows = !patient && !dismissed && transport && transport !== "websocket";
  return html`<div class="status-area" role="status">${
    shows &&
    html`<div class="status one-line" data-status="online">
      <span><span class="dot" aria-hidden="true"></span> ${t("status.http")}${" "}
        <span class="muted">${t("status.httpHint")}</span></span>
      <button type="button" class="icon-button small" aria-label=${t("common.dismiss")}
        onClick=${() => setDismissed(true)}><${Icon} name="close" size=${16} /></button>
    </div>`
  }</div>`;
}

function sentence(status, queued, error) {
  // The server is there, but refuses to serve for now, and says why.
  if (status === "reconnecting" && error) return describeError(error).message;
  if (isConnecting(status)) return t("status.connecting");
  const known = variant("status.refused", status);
  if (known) return known;
  return queued ? t("status.lostWaiting", { count: queued }) : t("status.lost");
}

/** The connection status in a word or two, for the sidebar's footer. */
export function shortStatus({ status, transport }, queued) {
  if (status === "online")
    return transport === "websocket" ? t("status.online") : t("status.onlineHttp");
  if (isConnecting(status)) return t("status.connecting");
  return queued ? t("status.offlineWaiting", { count: queued }) : t("status.offline");
}

const isConnecting = (status) => status === "connecting" || status === "idle";
