import { html, useState } from "../view.js";
import { grantable, ROLE_HINTS, ROLE_WORDS } from "../permissions.js";
import { Modal } from "./dialog.js";
import { Field, Problem, Select, useSubmit, valuesOf } from "./form.js";
import { LinkDialog, Once } from "./links.js";

/** The roles that one may give, and what the chosen one may do. */
function RolePicker({ label, user, role, onPick, ...props }) {
  const options = grantable(user).map((value) => ({ value, text: ROLE_WORDS[value] }));
  return html`<${Select} label=${label} value=${role} options=${options} onPick=${onPick}
    hint=${`${ROLE_HINTS[role]}.`} ...${props} />`;
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
      actions.say(`${made.user.name} is added.`);
    }
  });
  if (added) {
    return html`<${Once} title=${`${added.user.name} is added`} label="Password" value=${added.password} close=${close}
      text=${`Give this password to ${added.user.name}: it is shown only this once. They can change it under “Your account”.`} />`;
  }
  return html`
    <${Modal} label="Add a user" onClose=${close}>
      <form id="add-user" class="stack" onSubmit=${submit}>
        <h2>Add a user</h2>
        <${Field} label="Name" name="name" maxlength="100" required data-focus autocomplete="off"
          hint="They log in with it, and others see it." />
        <${RolePicker} label="Role" user=${state.user} role=${role} onPick=${setRole} />
        <${Field} label="Password" name="password" type="password" minlength="8"
          autocomplete="new-password" hint="Leave it empty, and one is made for them." />
        <${Problem} error=${problem} />
        <div class="modal-buttons">
          <button type="button" class="button" onClick=${close}>Cancel</button>
          <button class="button primary" disabled=${busy}>Add</button>
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
      title="Invitation to this server"
      text="Whoever opens this link chooses a name and a password, and is in. The link is shown only now.">
      <${RolePicker} label="They become" user=${state.user} role=${role} onPick=${setRole}
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
  if (password) {
    return html`<${Once} title=${`New password of ${user.name}`} label="Password" value=${password} close=${close}
      text=${`Give it to ${user.name}: it is shown only this once. The old one, and every login by it, is void.`} />`;
  }
  return html`
    <${Modal} label="New password" onClose=${close}>
      <form class="stack" onSubmit=${submit}>
        <h2>New password for ${user.name}?</h2>
        <p>One is made and shown to you once. ${user.name} is logged out everywhere.</p>
        <${Problem} error=${problem} />
        <div class="modal-buttons">
          <button type="button" class="button" data-focus onClick=${close}>Cancel</button>
          <button class="button primary" disabled=${busy}>Make a password</button>
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
