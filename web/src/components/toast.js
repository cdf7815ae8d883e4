import { html, useEffect } from "../preact.js";
import { describeError } from "../format.js";
import { t, variant } from "../i18n/index.js";
import { Icon } from "./icons.js";

/** A passing message. Errors stay until they are dismissed. */
export function Toast({ notice, onClose }) {
  useEffect(() => {
    if (!notice || notice.error) return;
    const timer = setTimeout(onClose, 4000);
    return () => clearTimeout(timer);
  }, [notice]);
  const text = notice?.error ? describeError(notice.error) : notice && { message: notice.text };
  return html`
    <div class="notice-area" role="status">
      ${
        text &&
        html`<div class=${`notice ${notice.error ? "bad" : ""}`}>
        ${notice.error && html`<${Icon} name="alert" size=${18} />`}
        <p>${notice.notLoaded && variant("error.notLoaded", notice.notLoaded)} ${text.message} ${text.hint}</p>
        <button type="button" class="icon-button" aria-label=${t("common.dismiss")}
          onClick=${onClose}><${Icon}
          name="close" size=${18} /></button>
      </div>`
      }
    </div>
  `;
}
