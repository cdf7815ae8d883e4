import { html } from "../preact.js";
import { t } from "../i18n/index.js";
import { CopyField } from "./copy_field.js";
import { Modal } from "./modal.js";

/** Shows a value that cannot be seen again: a key, a password, a link. */
export function SecretDialog({ title, text, label, value, close }) {
  return html`
    <${Modal} label=${title} onClose=${close}>
      <h2>${title}</h2>
      <p>${text}</p>
      <${CopyField} label=${label} value=${value} />
      <div class="modal-buttons">
        <button type="button" class="button" onClick=${close}>${t("common.done")}</button>
      </div>
    <//>
  `;
}
