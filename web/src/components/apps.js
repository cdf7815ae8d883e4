import { html, useEffect, useState } from "../view.js";
import { date, inWords, listed, moment } from "../format.js";
import { Icon } from "./icons.js";

const SCOPE_WORDS = { read: "read", write: "write, ask and upload", admin: "administer" };

/** The apps that were let in by logging in, with a button that ends each. */
export function Apps({ actions }) {
  const [grants, setGrants] = useState(null);
  const [problem, setProblem] = useState(null);
  const load = () => actions.listGrants().then(setGrants, setProblem);
  useEffect(() => {
    load();
  }, []);
  const disconnect = (grant) =>
    actions.openDialog({
      title: `Disconnect “${grant.client_name}”?`,
      text: "It is locked out at once, and what it runs is cancelled. It can ask you again.",
      verb: "Disconnect",
      onConfirm: () => actions.revokeGrant(grant).then(load, actions.fail),
    });
  return html`
    <section aria-labelledby="apps-title">
      <h2 id="apps-title">Connected apps</h2>
      ${problem && html`<p class="problem" role="alert">${inWords(problem).message}</p>`}
      ${!problem && !grants && html`<p class="waiting">Loading…</p>`}
      ${grants?.length === 0 && html`<p class="muted">No app is connected by logging in.</p>`}
      ${
        grants?.length > 0 &&
        html`<ul class="rows" aria-label="Connected apps">
        ${grants.map(
          (grant) => html`<li class="row" key=${grant.grant_id}>
          <${Icon} name="link" />
          <span class="row-text"><span class="row-name">${grant.client_name}</span>
            <span class="muted">${facts(grant)}</span></span>
          <button type="button" class="button danger-text"
            aria-label=${`Disconnect ${grant.client_name}`}
            onClick=${() => disconnect(grant)}>Disconnect</button>
        </li>`,
        )}
      </ul>`
      }
    </section>
  `;
}

function facts({ redirect_host, scopes, created_at, used_at }) {
  return [
    redirect_host,
    `may ${listed(scopes.map((scope) => SCOPE_WORDS[scope]))}`,
    `connected ${date(created_at)}`,
    used_at ? `last used ${moment(used_at)}` : "never used",
  ].join(" · ");
}
