import { html } from "../preact.js";
import { t, variant } from "../i18n/index.js";
import { canAdminister } from "../permissions.js";
import { TABS, toAdmin } from "../routes.js";
import { Invitations } from "./admin_invitations.js";
import { Users } from "./admin_users.js";

/** Administration of users and invitations. */
export function Admin({ state, actions }) {
  const { tab } = state.view;
  if (!state.user) return html`<p class="waiting view">${t("common.connecting")}</p>`;
  if (!canAdminister(state.user)) {
    return html`<div class="view"><h1>${t("admin.title")}</h1>
      <p class="muted">${t("admin.forbidden")}</p></div>`;
  }
  return html`
    <div class="view-scroll" tabindex="-1"><div class="view">
      <h1>${t("admin.title")}</h1>
      <nav class="tabs" aria-label=${t("admin.title")}>
        ${TABS.map(
          (name) => html`<a key=${name} href=${toAdmin(name)}
          aria-current=${tab === name ? "page" : null}>${variant("admin.tab", name)}</a>`,
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
