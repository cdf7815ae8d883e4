import { html, useEffect, useState } from "../view.js";
import { plural } from "../format.js";
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
          aria-hidden="true">${seconds > 0 ? `Trying again in ${seconds} s` : "Trying now"}</span>`
        }
        ${
          status === "reconnecting" &&
          html`<button type="button" class="link"
          onClick=${onRetry}>Retry now</button>`
        }
        ${
          status === "failed" &&
          html`<button type="button" class="link"
          onClick=${() => location.reload()}>Reload</button>`
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
      <span><span class="dot" aria-hidden="true"></span> WebSocket is blocked, using HTTP.
        <span class="muted"> Everything works, a little slower.</span></span>
      <button type="button" class="icon-button small" aria-label="Dismiss"
        onClick=${() => setDismissed(true)}><${Icon} name="close" size=${16} /></button>
    </div>`
  }</div>`;
}

function sentence(status, queued) {
  if (status === "connecting" || status === "idle") return "Connecting…";
  if (status === "failed") return "The server and this page do not understand each other.";
  if (status === "forbidden") return "You are not allowed to use this server from here.";
  if (status === "closed") return "Logged out.";
  const waits = queued
    ? `${plural(queued, "message")} will be sent later.`
    : "What you send waits.";
  return `Connection lost. ${waits}`;
}

/** The connection in a few words, for the foot of the sidebar. */
export function shortStatus({ status, transport }, queued) {
  if (status === "online") return transport === "websocket" ? "Online" : "Online, over HTTP";
  if (status === "connecting" || status === "idle") return "Connecting…";
  return queued ? `Offline, ${queued} waiting` : "Offline";
}
