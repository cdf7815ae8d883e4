import { html, useMemo } from "../view.js";
import { blockHtml, blocks } from "../markdown.js";
import { copyText } from "../keyboard.js";

/** An answer's text. `known` are the numbers of its citations, or null while they are unknown. */
export function Markdown({ text, known = null, onCite, live = false }) {
  const parsed = useMemo(() => blocks(text), [text]);
  const onClick = (event) => {
    const chip = event.target.closest(".cite");
    if (chip) return onCite?.(Number(chip.dataset.n), chip);
    const copy = event.target.closest(".copy-code");
    if (copy) copyBlock(copy);
  };
  return html`
    <div class="markdown" data-live=${live} onClick=${onClick}>
      ${parsed.map((block, i) => html`<${Block} key=${i} block=${block} known=${known} />`)}
    </div>
  `;
}

function Block({ block, known }) {
  const numbers = known && [...known].join();
  const inner = useMemo(() => ({ __html: blockHtml(block, known) }), [block.raw, numbers]);
  return html`<div class="block" dangerouslySetInnerHTML=${inner}></div>`;
}

async function copyBlock(button) {
  await copyText(button.closest(".code").querySelector("code").textContent.replace(/\n$/, ""));
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = "Copy"), 1500);
}
