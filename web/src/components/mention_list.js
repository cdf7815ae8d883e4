import { html } from "../view.js";
import { ROOM_ROLE_WORDS } from "../permissions.js";
import { Avatar } from "./avatar.js";
import { Logo } from "./icons.js";

export const MENTIONS_ID = "mentions";
export const optionId = (index) => `mention-${index}`;

/** Whom "@" may mean, above the text area, which keeps the focus. */
export function MentionList({ found, at, onPick }) {
  if (!found) return null;
  return html`
    <ul class="mentions" id=${MENTIONS_ID} role="listbox" aria-label="Call somebody">
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
        <span class="muted">${one.hint ?? ROOM_ROLE_WORDS[one.role]}</span>
      </li>`,
      )}
    </ul>
    <p class="visually-hidden" role="status">${found.all.length} found: use the arrow keys</p>
  `;
}
