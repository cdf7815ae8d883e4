import { html, useEffect, useState } from "../preact.js";
import { describeError, formatDate, formatDateTime, joinFacts, listNames } from "../format.js";
import { t, variant } from "../i18n/index.js";
import { canAdminister, canCreateKeys } from "../permissions.js";
import { Modal } from "./modal.js";
import { Field, FormError, formValues, Select, useSubmit } from "./form.js";
import { Icon } from "./icons.js";
import { SecretDialog } from "./secret_dialog.js";

const lifetimes = () => [
  { value: "", text: t("keys.unlimited") },
  { value: "7", text: t("unit.days", { count: 7 }) },
  { value: "30", text: t("unit.days", { count: 30 }) },
  { value: "365", text: t("unit.years", { count: 1 }) },
];

/** A user's API keys, each with a button to revoke it. */
export function ApiKeyList({ state, actions, userId }) {
  const keys = state.keys[userId];
  const [problem, setProblem] = useState(null);
  useEffect(() => {
    actions.loadKeys(userId).catch(setProblem);
  }, [userId]);
  const revoke = (key) =>
    confirmRevoking(key, actions, () => actions.revokeKey(key).catch(actions.showError));
  if (problem) return html`<p class="problem" role="alert">${describeError(problem).message}</p>`;
  if (!keys) return html`<p class="waiting">${t("keys.loading")}</p>`;
  if (!keys.length) return html`<p class="muted">${t("keys.empty")}</p>`;
  return html`<ul class="rows" aria-label=${t("keys.title")}>
    ${keys.map(
      (key) => html`<li class="row" key=${key.key_id}>
      <${Icon} name="key" />
      <span class="row-text"><span class="row-name">${key.label}</span>
        <span class="muted">${factsOf(key)}</span></span>
      <button type="button" class="button danger-text"
        aria-label=${t("keys.revoke", { label: key.label })}
        onClick=${() => revoke(key)}>${t("common.revoke")}</button>
    </li>`,
    )}
  </ul>`;
}

function factsOf({ scopes, created_at, expires_at, last_used_at }) {
  return joinFacts([
    t("keys.may", { scopes: listNames(scopes.map((scope) => variant("scope", scope))) }),
    t("keys.made", { date: formatDate(created_at) }),
    expires_at && t("keys.expires", { date: formatDate(expires_at) }),
    last_used_at ? t("keys.used", { date: formatDateTime(last_used_at) }) : t("keys.unused"),
  ]);
}

function confirmRevoking(key, actions, onConfirm) {
  actions.openDialog({
    title: t("keys.revokeTitle", { label: key.label }),
    text: t("keys.revokeText"),
    verb: t("common.revoke"),
    onConfirm,
  });
}

/** Creates an API key and shows it once. */
export function NewApiKeyDialog({ user, state, actions, close }) {
  const owner = user ?? state.user;
  const [days, setDays] = useState("");
  const [secret, setSecret] = useState(null);
  const { busy, problem, submit } = useSubmit(async () => {
    const { label, write, admin } = formValues(document.getElementById("new-key"));
    const scopes = ["read", write && "write", admin && "admin"].filter(Boolean);
    const values = { label: label.trim(), scopes, ...(days && { days: Number(days) }) };
    setSecret(await actions.createKey(owner.id, values));
  });
  if (secret) {
    return html`<${SecretDialog} label=${t("keys.key")} value=${secret} close=${close}
      title=${user ? t("keys.madeTitleOf", { name: user.name }) : t("keys.madeTitle")}
      text=${user ? t("keys.madeTextOf", { name: user.name }) : t("keys.madeText")} />`;
  }
  return html`
    <${Modal} label=${t("keys.newTitle")} onClose=${close}>
      <form id="new-key" class="stack" onSubmit=${submit}>
        <h2>${user ? t("keys.newTitleOf", { name: user.name }) : t("keys.newTitle")}</h2>
        <${Field} label=${t("keys.label")} name="label" maxlength="100" required data-focus
          placeholder=${t("keys.labelExample")} autocomplete="off" />
        <fieldset class="checks"><legend>${t("keys.scopes")}</legend>
          <label class="check"><input
            type="checkbox" checked disabled /> ${variant("keys.grant", "read")}</label>
          <label class="check"><input type="checkbox"
            name="write" defaultChecked /> ${variant("keys.grant", "write")}</label>
          ${
            canAdminister(owner) &&
            html`<label class="check"><input type="checkbox"
            name="admin" /> ${variant("keys.grant", "admin")}</label>`
          }
        </fieldset>
        <${Select} label=${t("keys.lifetime")} value=${days} options=${lifetimes()}
          onPick=${setDays} />
        <${FormError} error=${problem} />
        <div class="modal-buttons">
          <button type="button" class="button" onClick=${close}>${t("common.cancel")}</button>
          <button class="button primary" disabled=${busy}>${t("keys.submit")}</button>
        </div>
      </form>
    <//>
  `;
}

/** Another user's API keys, for administrators. */
export function ApiKeysDialog({ user, state, actions, close }) {
  return html`
    <${Modal} label=${t("keys.titleOf", { name: user.name })} className="wide" onClose=${close}>
      <h2>${t("keys.titleOf", { name: user.name })}</h2>
      <${ApiKeyList} state=${state} actions=${actions} userId=${user.id} />
      <div class="modal-buttons">
        ${
          // Only owners create keys for others.
          state.user.role === "owner" &&
          canCreateKeys(user) &&
          html`<button type="button" class="button"
          onClick=${() => actions.openDialog({ kind: "new-key", user })}>${t("keys.new")}</button>`
        }
        <button type="button" class="button" data-focus
          onClick=${close}>${t("common.close")}</button>
      </div>
    <//>
  `;
}
