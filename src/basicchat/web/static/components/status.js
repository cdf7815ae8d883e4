import { html, useEffect, useState } from "../view.js";

/** Says how the connection is, but not before it matters: short pauses go unmentioned. */
export function Status({ connection, onRetry }) {
  const { status, retryAt } = connection;
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
  if (status === "online" || patient) return html`<div class="status-area" role="status"></div>`;
  const seconds = Math.max(0, Math.ceil(((retryAt ?? 0) - now) / 1000));
  return html`
    <div class="status-area" role="status">
      <div class="status" data-status=${status}>
        <span><span class="dot" aria-hidden="true"></span> ${sentence(status)}</span>
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

function sentence(status) {
  if (status === "connecting") return "Connecting…";
  if (status === "failed") return "The server and this page do not understand each other.";
  if (status === "forbidden") return "You are not allowed to use this server from here.";
  return "Connection lost. What you send waits.";
}

/** The connection in two words, for the foot of the sidebar. */
export function shortStatus({ status, transport }) {
  if (status === "online")
    return transport === "websocket" ? "Online" : "Online, slower connection";
  if (status === "connecting" || status === "idle") return "Connecting…";
  return "Offline";
}
