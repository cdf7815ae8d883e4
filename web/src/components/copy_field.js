import { html, useState } from "../preact.js";
import { t } from "../i18n/index.js";
import { copyText } from "../clipboard.js";
import { Icon } from "./icons.js";

/** A read-only value with a copy button, such as a key or a link. */
export function CopyField({ label, value }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await copyText(value);
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return html`
    <div class="copy-field">
      <label class="field"><span>${label}</span>
        <input readonly value=${value} spellcheck=${false}
          onFocus=${(event) => event.target.select()} /></label>
      <button type="button" class="button primary" data-focus onClick=${copy}><${Icon}
        name=${copied ? "check" : "copy"}
        size=${16} /> ${copied ? t("common.copied") : t("common.copy")}</button>
      <span class="visually-hidden" role="status">${copied ? t("common.copied") : ""}</span>
    </div>
  `;
}
