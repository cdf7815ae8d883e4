import { html, useEffect, useState } from "../preact.js";
import { describeError, formatDate, formatDateTime, joinFacts, listNames } from "../format.js";
import { t, variant } from "../i18n/index.js";
import { Icon } from "./icons.js";

/** The apps that the user granted access (OAuth grants), each with a button to disconnect it. */
export function ConnectedApps({ actions }) {
  const [grants, setGrants] = useState(null);
  const [problem, setProblem] = useState(null);
  const load = () => actions.listGrants().then(setGrants, setProblem);
  useEffect(() => {
    load();
  }, []);
  const disconnect = (grant) =>
    actions.openDialog({
      title: t("apps.disconnectTitle", { name: grant.client_name }),
      text: t("apps.disconnectText"),
      verb: t("apps.disconnect"),
      onConfirm: () => actions.revokeGrant(grant).then(load, actions.showError),
    });
  return html`
    <section aria-labelledby="apps-title">
      <h2 id="apps-title">${t("apps.title")}</h2>
      ${problem && html`<p class="problem" role="alert">${describeError(problem).message}</p>`}
      ${!problem && !grants && html`<p class="waiting">${t("common.loading")}</p>`}
      ${grants?.length === 0 && html`<p class="muted">${t("apps.empty")}</p>`}
      ${
        grants?.length > 0 &&
        html`<ul class="rows" aria-label=${t("apps.title")}>
        ${grants.map(
          (grant) => html`<li class="row" key=${grant.grant_id}>
          <${Icon} name="link" />
          <span class="row-text"><span class="row-name">${grant.client_name}</span>
            <span class="muted">${factsOf(grant)}</span></span>
          <button type="button" class="button danger-text"
            aria-label=${t("apps.disconnectOf", { name: grant.client_name })}
            onClick=${() => disconnect(grant)}>${t("apps.disconnect")}</button>
        </li>`,
        )}
      </ul>`
      }
    </section>
  `;
}

function factsOf({ redirect_host, scopes, created_at, used_at }) {
  return joinFacts([
    redirect_host,
    t("keys.may", { scopes: listNames(scopes.map((scope) => variant("scope", scope))) }),
    t("apps.connected", { date: formatDate(created_at) }),
    used_at ? t("keys.used", { date: formatDateTime(used_at) }) : t("keys.unused"),
  ]);
}
