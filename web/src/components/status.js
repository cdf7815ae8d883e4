import { html, useEffect, useState } from "../view.js";
import { t, variant } from "../i18n/index.js";
import { Icon } from "./icons.js";

/** Says how the connection is, but not before it matters: short pauses go unmentioned. */
export function Status({ connection, queued, onRetry }) {
  const { status, transport, retryAt } = connection;
  const [now, setNow] = useState(Date.now());
  const [patient, setPatient] = useState(true);
  useEffect(() => {
    setPatient(true);
    const soon = setTimeout(() => setPatient(false), 700);
    const ticking = setInterval(() => setNow(Date.now()), 500);
    return () => {
      clearTimeout(soon);
      clearInterval(ticking);
    };
  }, [status === "online"]);
  if (status === "online") return html`<${OverHttp} transport=${transport} patient=${patient} />`;
  if (patient) return html`<div class="status-area" role="status"></div>`;
  const seconds = Math.max(0, Math.ceil(((retryAt ?? 0) - now) / 1000));
  return html`
    <div class="status-area" role="status">
      <div class="status" data-status=${status}>
        <span><span class="dot" aria-hidden="true"></span> ${sentence(status, queued)}</span>
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

/** Everything works without WebSocket; who wonders why it is slower is told. */
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

function sentence(status, queued) {
  if (isConnecting(status)) return t("status.connecting");
  const known = variant("status.refused", status);
  if (known) return known;
  return queued ? t("status.lostWaiting", { count: queued }) : t("status.lost");
}

/** The connection in a few words, for the foot of the sidebar. */
export function shortStatus({ status, transport }, queued) {
  if (status === "online")
    return transport === "websocket" ? t("status.online") : t("status.onlineHttp");
  if (isConnecting(status)) return t("status.connecting");
  return queued ? t("status.offlineWaiting", { count: queued }) : t("status.offline");
}

const isConnecting = (status) => status === "connecting" || status === "idle";
