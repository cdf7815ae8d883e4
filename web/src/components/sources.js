import { html } from "../view.js";
import { place } from "../format.js";
import { t } from "../i18n/index.js";

const label = (citation) => `${citation.n} ${place(citation)}`;

/** The places that an answer quotes; a place that is quoted twice is named once. */
export function Sources({ citations, shown, onOpen }) {
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
            ${place(c) && html`<span class="muted">${place(c)}</span>`}
          </button>
        </li>`,
      )}
    </ul>
  `;
}
