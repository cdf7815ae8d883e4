import { html } from "../preact.js";
import { listNames } from "../format.js";
import { t } from "../i18n/index.js";

/** Who is typing. Not a live region: it changes too often to be announced. */
export function TypingIndicator({ typing = {} }) {
  const names = Object.values(typing);
  if (!names.length) return html`<p class="typing" data-idle="true"></p>`;
  const who = names.length > 3 ? t("chat.typingMany") : listNames(names);
  return html`<p class="typing">
    <span class="typing-dots" aria-hidden="true"><i></i><i></i><i></i></span>
    <span class="typing-names">${who}</span> ${t("chat.typing", { count: names.length })}
  </p>`;
}
