import { html } from "../preact.js";
import { citationLocation } from "../format.js";
import { t } from "../i18n/index.js";

const label = (citation) => `${citation.n} ${citationLocation(citation)}`;

/** The sources of an answer; passages at the same location are listed once. */
export function SourceList({ citations, shown, onOpen }) {
  const places = new Map([...citations].reverse().map((c) => [label(c), c]));
  return html`
    <ul class="sources" aria-label=${t("answer.sources")}>
      ${[...places.values()].reverse().map(
        (c) => html`
        <li key=${label(c)}>
          <button type="button" class="source-chip"
            aria-pressed=${!!shown && label(shown) === label(c)}
            onClick=${() => onOpen(c)} title=${c.quote}>
            <span class="source-n">${c.n}</span>
            <span class="source-title">${c.title}</span>
            ${citationLocation(c) && html`<span class="muted">${citationLocation(c)}</span>`}
          </button>
        </li>`,
      )}
    </ul>
  `;
}
