import { html } from "../preact.js";
import { t } from "../i18n/index.js";
import { Icon } from "./icons.js";

/** Buttons to switch between several answers to a question, or several versions of it. */
export function Siblings({ index, count, label, earlier, later, onTurn }) {
  const button = (name, text, by, disabled) =>
    html`<button type="button" class="icon-button small" aria-label=${text}
      disabled=${disabled} onClick=${() => onTurn(by)}><${Icon} name=${name} size=${16} /></button>`;
  return html`
    <span class="siblings">
      ${button("left", earlier, -1, index === 0)}
      <span aria-label=${label}>${t("answer.positionShort", { index: index + 1, count })}</span>
      ${button("right", later, 1, index === count - 1)}
    </span>`;
}
