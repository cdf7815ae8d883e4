import { html, useRef } from "../preact.js";
import { t, variant } from "../i18n/index.js";
import { canCreateKeys } from "../permissions.js";
import { ApprovedTools } from "./approved_tools.js";
import { Avatar } from "./avatar.js";
import { Field, FormError, formValues, useSubmit } from "./form.js";
import { Icon } from "./icons.js";
import { ApiKeyList } from "./api_keys.js";

/** The user's own account: password, API keys, approved tools, sessions. */
export function Account({ state, actions }) {
  const { user } = state;
  if (!user) return html`<p class="waiting view">${t("common.connecting")}</p>`;
  return html`
    <div class="view-scroll" tabindex="-1"><div class="view">
      <h1>${t("account.title")}</h1>
      <div class="me"><${Avatar} id=${user.id} name=${user.name} size="large" />
        <div><p class="me-name">${user.name}</p>
          <p class="muted">${t("account.role", {
            role: variant("role", user.role),
            hint: variant("role.hint", user.role),
          })}</p></div></div>
      <${Password} actions=${actions} />
      ${
        canCreateKeys(user) &&
        html`<section aria-labelledby="keys-title">
        <h2 id="keys-title">${t("keys.title")}</h2>
        <p class="muted">${t("account.keysHint")}</p>
        <${ApiKeyList} state=${state} actions=${actions} userId=${user.id} />
        <button type="button" class="button"
          onClick=${() => actions.openDialog({ kind: "new-key" })}><${Icon} name="plus" size=${16}
          /> ${t("keys.new")}</button>
      </section>`
      }
      <${ApprovedTools} state=${state} actions=${actions} />
      <${Logins} actions=${actions} />
    </div></div>
  `;
}

function Password({ actions }) {
  const form = useRef();
  const { busy, problem, submit } = useSubmit(async () => {
    const { current, password, repeated } = formValues(form.current);
    if (password !== repeated) throw new Error(t("account.passwordDiffers"));
    await actions.changePassword(current, password);
    form.current?.reset();
  });
  return html`
    <section aria-labelledby="password-title">
      <h2 id="password-title">${t("common.password")}</h2>
      <form ref=${form} class="stack narrow-form" onSubmit=${submit}>
        <${Field} label=${t("account.passwordCurrent")} name="current" type="password"
          autocomplete="current-password"
          hint=${t("account.passwordCurrentHint")} />
        <${Field} label=${t("account.passwordNew")} name="password" type="password"
          minlength="8" required
          autocomplete="new-password" hint=${t("common.passwordHint")} />
        <${Field} label=${t("account.passwordRepeat")} name="repeated" type="password" required
          autocomplete="new-password" />
        <${FormError} error=${problem} />
        <div><button class="button primary"
          disabled=${busy}>${t("account.passwordSubmit")}</button></div>
      </form>
    </section>
  `;
}

function Logins({ actions }) {
  const everywhere = () =>
    actions.openDialog({
      title: t("account.logOutAllTitle"),
      text: t("account.logOutAllText"),
      verb: t("account.logOutAll"),
      onConfirm: () => actions.logOutEverywhere().catch(actions.showError),
    });
  return html`
    <section aria-labelledby="logins-title">
      <h2 id="logins-title">${t("account.logins")}</h2>
      <div class="buttons">
        <button type="button" class="button"
          onClick=${() => actions.logOut().catch(actions.showError)}><${Icon} name="out" size=${16}
          /> ${t("account.logOut")}</button>
        <button type="button" class="button danger-text"
          onClick=${everywhere}>${t("account.logOutAll")}</button>
      </div>
    </section>
  `;
}
