import { html } from "../view.js";
import { place } from "../format.js";

/** The places that an answer quotes. */
export function Sources({ citations, shown, onOpen }) {
  return html`
    <ul class="sources" aria-label="Sources">
      ${citations.map(
        (c) => html`
        <li key=${c.n}>
          <button type="button" class="source-chip" aria-pressed=${shown?.n === c.n}
            onClick=${() => onOpen(c.n)} title=${c.quote}>
            <span class="source-n">${c.n}</span>
            <span class="source-title">${c.title}</span>
            ${place(c) && html`<span class="muted">${place(c)}</span>`}
          </button>
        </li>`,
      )}
    </ul>
  `;
}
