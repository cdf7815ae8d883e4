import { html, useState } from "../view.js";
import { t } from "../i18n/index.js";
import { AddUser, InviteToServer, NewPassword } from "./admin_dialogs.js";
import { Modal } from "./dialog.js";
import { InvitationOffer } from "./invitation.js";
import { Keys, NewKey } from "./keys.js";
import { Once, RoomLink } from "./links.js";

const KINDS = {
  "add-user": AddUser,
  "invite-to-server": InviteToServer,
  "new-password": NewPassword,
  "new-key": NewKey,
  keys: Keys,
  once: Once,
  prompt: Prompt,
  "room-link": RoomLink,
};

function Confirm({ title, text, verb, onConfirm, close }) {
  const confirm = () => {
    close();
    onConfirm();
  };
  return html`
    <${Modal} label=${title} onClose=${close}>
      <h2>${title}</h2>
      <p>${text}</p>
      <div class="modal-buttons">
        <button type="button" class="button" data-focus
          onClick=${close}>${t("common.cancel")}</button>
        <button type="button" class="button danger" onClick=${confirm}>${verb}</button>
      </div>
    <//>
  `;
}

function Prompt({ title, text: words, label, value, verb, onConfirm, close }) {
  const [text, setText] = useState(value);
  const submit = (event) => {
    event.preventDefault();
    close();
    if (text.trim() && text.trim() !== value) onConfirm(text.trim());
  };
  return html`
    <${Modal} label=${title} onClose=${close}>
      <form onSubmit=${submit}>
        <h2>${title}</h2>
        ${words && html`<p>${words}</p>`}
        <label class="field">
          <span>${label}</span>
          <input data-focus value=${text} maxlength="200" required
            onInput=${(event) => setText(event.target.value)}
            onFocus=${(event) => event.target.select()} />
        </label>
        <div class="modal-buttons">
          <button type="button" class="button" onClick=${close}>${t("common.cancel")}</button>
          <button class="button primary">${verb}</button>
        </div>
      </form>
    <//>
  `;
}

/** Whatever window is open: one at a time. */
export function Dialogs({ state, actions }) {
  const { dialog, invitation } = state;
  const close = () => actions.openDialog(null);
  const given = { ...dialog, state, actions, close };
  if (!dialog) return html`<${InvitationOffer} invitation=${invitation} actions=${actions} />`;
  const Window = KINDS[dialog.kind] ?? Confirm;
  return html`<${Window} key=${dialog.kind} ...${given} />`;
}
