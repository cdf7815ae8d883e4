import { html } from "../view.js";
import { mayAdminister } from "../permissions.js";
import { toAdmin } from "../routes.js";
import { Invitations } from "./admin_invitations.js";
import { Users } from "./admin_users.js";

const TABS = { people: "People", invitations: "Invitations" };

/** What owners and administrators look after. */
export function Admin({ state, actions }) {
  const { tab } = state.view;
  if (!state.user) return html`<p class="waiting view">Connecting…</p>`;
  if (!mayAdminister(state.user)) {
    return html`<div class="view"><h1>Administration</h1>
      <p class="muted">Only owners and administrators look after this server. Ask one of them.</p></div>`;
  }
  return html`
    <div class="view-scroll" tabindex="-1"><div class="view">
      <h1>Administration</h1>
      <nav class="tabs" aria-label="Administration">
        ${Object.entries(TABS).map(
          ([name, title]) => html`<a key=${name} href=${toAdmin(name)}
          aria-current=${tab === name ? "page" : null}>${title}</a>`,
        )}
      </nav>
      ${
        tab === "invitations"
          ? html`<${Invitations} state=${state} actions=${actions} />`
          : html`<${Users} state=${state} actions=${actions} />`
      }
    </div></div>
  `;
}
