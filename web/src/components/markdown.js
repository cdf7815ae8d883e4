import { html, useMemo } from "../preact.js";
import { t } from "../i18n/index.js";
import { copyText } from "../clipboard.js";
import { markdownRenderer } from "../lazy_markdown.js";

const texts = () => ({
  copy: t("common.copy"),
  code: t("answer.codeLanguage"),
  source: (n) => t("answer.source", { n }),
});

/**
 * An answer's text, rendered from Markdown; as plain text until the renderer has loaded.
 *
 * `known` is the set of its citation numbers, or null while they are unknown.
 */
export function Markdown({ text, known = null, onCite, live = false }) {
  const setter = markdownRenderer.use();
  const parsed = useMemo(() => setter?.blocks(text), [text, setter]);
  const onClick = (event) => {
    const chip = event.target.closest(".cite");
    if (chip) return onCite?.(Number(chip.dataset.n), chip);
    const copy = event.target.closest(".copy-code");
    if (copy) copyBlock(copy);
  };
  if (!setter) return html`<div class="markdown plain" data-live=${live}>${text}</div>`;
  return html`
    <div class="markdown" data-live=${live} onClick=${onClick}>
      ${parsed.map(
        (block, i) => html`<${Block} key=${i} block=${block} known=${known}
        set=${setter.blockHtml} />`,
      )}
    </div>
  `;
}

function Block({ block, known, set }) {
  const numbers = known && [...known].join();
  const inner = useMemo(() => ({ __html: set(block, known, texts()) }), [block.raw, numbers]);
  return html`<div class="block" dir="auto" dangerouslySetInnerHTML=${inner}></div>`;
}

async function copyBlock(button) {
  await copyText(button.closest(".code").querySelector("code").textContent.replace(/\n$/, ""));
  button.textContent = t("common.copied");
  setTimeout(() => (button.textContent = t("common.copy")), 1500);
}
