import { html, useState } from "../view.js";
import { t, variant } from "../i18n/index.js";
import { grantable } from "../permissions.js";
import { Modal } from "./dialog.js";
import { Field, Problem, Select, useSubmit, valuesOf } from "./form.js";
import { LinkDialog, Once } from "./links.js";

/** The roles that one may give, and what the chosen one may do. */
function RolePicker({ label, user, role, onPick, ...props }) {
  const options = grantable(user).map((value) => ({ value, text: variant("role", value) }));
  return html`<${Select} label=${label} value=${role} options=${options} onPick=${onPick}
    hint=${variant("role.hint", role)} ...${props} />`;
}

/** Adds a user; a password that was made is shown once. */
export function AddUser({ state, actions, close }) {
  const [role, setRole] = useState("member");
  const [added, setAdded] = useState(null);
  const { busy, problem, submit } = useSubmit(async () => {
    const { name, password } = valuesOf(document.getElementById("add-user"));
    const made = await actions.addUser({ name: name.trim(), role, ...(password && { password }) });
    if (made.password) setAdded(made);
    else {
      close();
      actions.say(t("users.addedNotice", { name: made.user.name }));
    }
  });
  if (added) {
    const { name } = added.user;
    return html`<${Once} title=${t("users.added", { name })} label=${t("common.password")}
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
        <${Problem} error=${problem} />
        <div class="modal-buttons">
          <button type="button" class="button" onClick=${close}>${t("common.cancel")}</button>
          <button class="button primary" disabled=${busy}>${t("common.add")}</button>
        </div>
      </form>
    <//>
  `;
}

/** A link by which somebody makes their own account. */
export function InviteToServer({ state, actions, close }) {
  const [role, setRole] = useState("member");
  const invite = (terms) => actions.invite({ role, ...terms });
  return html`
    <${LinkDialog} id="invite-to-server" invite=${invite} close=${close}
      title=${t("invite.serverTitle")} text=${t("invite.serverText")}>
      <${RolePicker} label=${t("invite.serverRole")} user=${state.user} role=${role}
        onPick=${setRole}
        data-focus />
    <//>
  `;
}

/** Sets another's password; they are logged out everywhere. */
export function NewPassword({ user, actions, close }) {
  const [password, setPassword] = useState(null);
  const { busy, problem, submit } = useSubmit(async () => {
    const made = madePassword();
    await actions.changeUser(user.id, { password: made });
    setPassword(made);
  });
  const { name } = user;
  if (password) {
    return html`<${Once} title=${t("users.newPasswordOf", { name })} label=${t("common.password")}
      value=${password} close=${close} text=${t("users.newPasswordDone", { name })} />`;
  }
  return html`
    <${Modal} label=${t("users.newPassword")} onClose=${close}>
      <form class="stack" onSubmit=${submit}>
        <h2>${t("users.newPasswordTitle", { name })}</h2>
        <p>${t("users.newPasswordText", { name })}</p>
        <${Problem} error=${problem} />
        <div class="modal-buttons">
          <button type="button" class="button" data-focus
            onClick=${close}>${t("common.cancel")}</button>
          <button class="button primary" disabled=${busy}>${t("users.newPasswordSubmit")}</button>
        </div>
      </form>
    <//>
  `;
}

// No letters that are taken for others; 20 of 32 are 100 bits.
const LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";

function madePassword() {
  const bytes = crypto.getRandomValues(new Uint8Array(20));
  const letters = Array.from(bytes, (byte) => LETTERS[byte % LETTERS.length]).join("");
  return letters.match(/.{5}/g).join("-");
}
