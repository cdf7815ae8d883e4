import { html } from "../preact.js";
import { t, variant } from "../i18n/index.js";
import { Avatar } from "./avatar.js";
import { Logo } from "./icons.js";

export const MENTIONS_ID = "mentions";
export const optionId = (index) => `mention-${index}`;

/** Suggestions for an @mention, above the text area, which keeps the focus. */
export function MentionList({ found, at, onPick }) {
  if (!found) return null;
  return html`
    <ul class="mentions" id=${MENTIONS_ID} role="listbox" aria-label=${t("mention.label")}>
      ${found.all.map(
        (one, i) => html`<li key=${one.id} id=${optionId(i)} class="mention-option" role="option"
        aria-selected=${i === at} onMouseDown=${(event) => {
          event.preventDefault();
          onPick(one);
        }}>
        ${
          one.id === "assistant"
            ? html`<${Logo} size=${24} />`
            : html`<${Avatar} id=${one.id} name=${one.name} size="small" />`
        }
        <span class="mention-name">@${one.name}</span>
        <span class="muted">${one.id === "assistant" ? t("mention.assistant") : variant("roomRole", one.role)}</span>
      </li>`,
      )}
    </ul>
    <p class="visually-hidden" role="status">${t("mention.found", { count: found.all.length })}</p>
  `;
}
