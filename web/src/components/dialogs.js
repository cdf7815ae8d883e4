import { html, useState } from "../preact.js";
import { t } from "../i18n/index.js";
import { AddUserDialog, ResetPasswordDialog, ServerInviteLink } from "./admin_dialogs.js";
import { Modal } from "./modal.js";
import { InvitationOffer } from "./invitation.js";
import { ApiKeysDialog, NewApiKeyDialog } from "./api_keys.js";
import { RoomInviteLink } from "./invite_link.js";

const KINDS = {
  "add-user": AddUserDialog,
  "invite-to-server": ServerInviteLink,
  "new-password": ResetPasswordDialog,
  "new-key": NewApiKeyDialog,
  keys: ApiKeysDialog,
  prompt: Prompt,
  "room-link": RoomInviteLink,
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

/** The dialog that is open, if any: one at a time. */
export function Dialogs({ state, actions }) {
  const { dialog, invitation } = state;
  const close = () => actions.openDialog(null);
  const given = { ...dialog, state, actions, close };
  if (!dialog) return html`<${InvitationOffer} invitation=${invitation} actions=${actions} />`;
  const Window = KINDS[dialog.kind] ?? Confirm;
  return html`<${Window} key=${dialog.kind} ...${given} />`;
}
