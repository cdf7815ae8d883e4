import { html, useRef } from "../preact.js";
import { t, variant } from "../i18n/index.js";
import { Modal } from "./modal.js";
import { Field, FormError, formValues, useAutofocus, useSubmit } from "./form.js";

/** An invitation, as shown to a user who is logged in. */
export function InvitationOffer({ invitation, actions }) {
  const { busy, problem, submit } = useSubmit(actions.acceptInvitation);
  const { room, error } = invitation;
  const close = actions.dismissInvitation;
  const title = error ? t("invitation.invalid") : t("invitation.title");
  const known = Boolean(error) || "role" in invitation;
  return html`
    <${Modal} label=${title} onClose=${close}>
      <form class="stack" onSubmit=${submit}>
        <h2>${title}</h2>
        ${!known && html`<p class="waiting">${t("invitation.loading")}</p>`}
        ${error && html`<${FormError} error=${error} />`}
        ${known && !error && html`<p>${room ? describe(invitation) : t("invitation.hasAccount")}</p>`}
        <${FormError} error=${problem} />
        <div class="modal-buttons">
          <button type="button" class="button" data-focus
            onClick=${close}>${room ? t("invitation.later") : t("common.close")}</button>
          ${room && html`<button class="button primary" disabled=${busy}>${t("invitation.accept")}</button>`}
        </div>
      </form>
    <//>
  `;
}

function describe({ inviter = t("invitation.somebody"), room }) {
  if (room) return t("invitation.toRoom", { inviter, room: room.name });
  return t("invitation.toServer", { inviter });
}

/** An invitation, as shown to someone without an account: a form for name and password. */
export function InvitationForm({ invitation, actions, onLogIn }) {
  const form = useRef();
  const { busy, problem, submit } = useSubmit(async () => {
    const { name, password } = formValues(form.current);
    await actions.acceptWithNewAccount(name.trim(), password);
  });
  const { error, role } = invitation;
  useAutofocus(form, !error && Boolean(role));
  if (error) {
    const lapsed = error.kind === "not_found";
    return html`<h1>${lapsed ? t("invitation.invalid") : t("invitation.title")}</h1>
      <${FormError} error=${error} />
      ${
        !lapsed &&
        html`<button type="button" class="button primary wide"
        onClick=${() => actions.previewInvitation(invitation.code)}>${t("common.tryAgain")}</button>`
      }
      <button type="button" class="button wide"
        onClick=${actions.dismissInvitation}>${t("invitation.logIn")}</button>`;
  }
  if (!role)
    return html`<h1>${t("invitation.title")}</h1><p class="waiting">${t("invitation.loading")}</p>`;
  return html`
    <h1>${t("invitation.title")}</h1>
    <p>${describe(invitation)} ${variant("invitation.role", role)}</p>
    <form ref=${form} class="stack" onSubmit=${submit}>
      <${Field} label=${t("invitation.name")} name="name" maxlength="100" required
        autocomplete="username"
        hint=${t("invitation.nameHint")} />
      <${Field} label=${t("invitation.password")} name="password" type="password"
        minlength="8" required
        autocomplete="new-password" hint=${t("common.passwordHint")} />
      <${FormError} error=${problem} />
      <button class="button primary wide" disabled=${busy}>${t("invitation.accept")}</button>
    </form>
    <button type="button" class="link" onClick=${onLogIn}>${t("invitation.account")}</button>
  `;
}
