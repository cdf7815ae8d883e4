import { html, useState } from "../preact.js";
import { t, variant } from "../i18n/index.js";
import { grantableRoles } from "../permissions.js";
import { Modal } from "./modal.js";
import { Field, FormError, formValues, Select, useSubmit } from "./form.js";
import { InviteLinkDialog } from "./invite_link.js";
import { SecretDialog } from "./secret_dialog.js";

/** A selection of the roles that the user may grant, with a description of the selected one. */
function RolePicker({ label, user, role, onPick, ...props }) {
  const options = grantableRoles(user).map((value) => ({ value, text: variant("role", value) }));
  return html`<${Select} label=${label} value=${role} options=${options} onPick=${onPick}
    hint=${variant("role.hint", role)} ...${props} />`;
}

/** Adds a user; a generated password is shown once. */
export function AddUserDialog({ state, actions, close }) {
  const [role, setRole] = useState("member");
  const [added, setAdded] = useState(null);
  const { busy, problem, submit } = useSubmit(async () => {
    const { name, password } = formValues(document.getElementById("add-user"));
    const made = await actions.addUser({ name: name.trim(), role, ...(password && { password }) });
    if (made.password) setAdded(made);
    else {
      close();
      actions.notify(t("users.addedNotice", { name: made.user.name }));
    }
  });
  if (added) {
    const { name } = added.user;
    return html`<${SecretDialog} title=${t("users.added", { name })} label=${t("common.password")}
      value=${added.password} close=${close} text=${t("users.addedText", { name })} />`;
  }
  return html`
    <${Modal} label=${t("users.add")} onClose=${close}>
      <form id="add-user" class="stack" onSubmit=${submit}>
        <h2>${t("users.add")}</h2>
        <${Field} label=${t("common.name")} name="name" maxlength="100" required data-focus
          autocomplete="off"
          hint=${t("users.nameHint")} />
        <${RolePicker} label=${t("common.role")} user=${state.user} role=${role}
          onPick=${setRole} />
        <${Field} label=${t("common.password")} name="password" type="password" minlength="8"
          autocomplete="new-password" hint=${t("users.passwordHint")} />
        <${FormError} error=${problem} />
        <div class="modal-buttons">
          <button type="button" class="button" onClick=${close}>${t("common.cancel")}</button>
          <button class="button primary" disabled=${busy}>${t("common.add")}</button>
        </div>
      </form>
    <//>
  `;
}

/** Creates a link with which people create an account on this server. */
export function ServerInviteLink({ state, actions, close }) {
  const [role, setRole] = useState("member");
  const invite = (terms) => actions.createInvitation({ role, ...terms });
  return html`
    <${InviteLinkDialog} id="invite-to-server" invite=${invite} close=${close}
      title=${t("invite.serverTitle")} text=${t("invite.serverText")}>
      <${RolePicker} label=${t("invite.serverRole")} user=${state.user} role=${role}
        onPick=${setRole}
        data-focus />
    <//>
  `;
}

/** Resets a user's password, which logs them out everywhere. */
export function ResetPasswordDialog({ user, actions, close }) {
  const [password, setPassword] = useState(null);
  const { busy, problem, submit } = useSubmit(async () => {
    const made = generatePassword();
    await actions.changeUser(user.id, { password: made });
    setPassword(made);
  });
  const { name } = user;
  if (password) {
    return html`<${SecretDialog} title=${t("users.newPasswordOf", { name })}
      label=${t("common.password")}
      value=${password} close=${close} text=${t("users.newPasswordDone", { name })} />`;
  }
  return html`
    <${Modal} label=${t("users.newPassword")} onClose=${close}>
      <form class="stack" onSubmit=${submit}>
        <h2>${t("users.newPasswordTitle", { name })}</h2>
        <p>${t("users.newPasswordText", { name })}</p>
        <${FormError} error=${problem} />
        <div class="modal-buttons">
          <button type="button" class="button" data-focus
            onClick=${close}>${t("common.cancel")}</button>
          <button class="button primary" disabled=${busy}>${t("users.newPasswordSubmit")}</button>
        </div>
      </form>
    <//>
  `;
}

// Without characters that are easily confused; 20 characters of 32 are 100 bits of entropy.
const ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789";

function generatePassword() {
  const bytes = crypto.getRandomValues(new Uint8Array(20));
  const letters = Array.from(bytes, (byte) => ALPHABET[byte % ALPHABET.length]).join("");
  return letters.match(/.{5}/g).join("-");
}
