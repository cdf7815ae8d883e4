// Renders Markdown to safe HTML block by block, so that a growing text only renders its last block.
import DOMPurify from "dompurify";
import { Marked } from "marked";

const PLAIN_TAG = /^<\/?(br|sub|sup|kbd|mark|b|i|em|strong|u|s)\s*\/?>$/i;
const CITATION = /^\[(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\](?!\()/;

const escape = (text) =>
  text.replace(
    /[&<>"']/g,
    (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[c],
  );

// HTML in an answer is shown as text, except for a few tags that only affect the typography.
const escapeHtml = ({ text }) => (PLAIN_TAG.test(text.trim()) ? text : escape(text));

const renderer = {
  html: escapeHtml,
  code({ text, lang }) {
    const name = (lang ?? "").match(/^[\w+#.-]*/)[0];
    return `<div class="code"><div class="code-head"><span>${escape(name)}</span>
      <button type="button" class="copy-code"></button></div>
      <pre tabindex="0"><code>${escape(text)}\n</code></pre></div>`;
  },
  image({ href, text }) {
    return `<a href="${escape(href)}">${escape(text || href)}</a>`;
  },
  // The answer itself has an h2 for screen readers, so headings inside it start at h3.
  heading({ tokens, depth }) {
    const level = Math.max(3, depth);
    return `<h${level} class="d${depth}">${this.parser.parseInline(tokens)}</h${level}>`;
  },
  checkbox: ({ checked }) => (checked ? "☑ " : "☐ "),
};

const citation = {
  name: "citation",
  level: "inline",
  start: (source) => source.indexOf("["),
  tokenizer(source) {
    const match = CITATION.exec(source);
    return match && { type: "citation", raw: match[0], numbers: match[1].split(/\D+/).map(Number) };
  },
  renderer: ({ numbers }) =>
    numbers.map((n) => `<button type="button" class="cite" data-n="${n}">${n}</button>`).join(""),
};

const marked = new Marked({ gfm: true, extensions: [citation], renderer });

const purifier = DOMPurify(window);
const ALLOWED = {
  ALLOWED_TAGS: (
    "a b blockquote br button code del div em h1 h2 h3 h4 h5 h6 hr i kbd li mark ol p pre s span " +
    "strong sub sup table tbody td th thead tr u ul"
  ).split(" "),
  ALLOWED_ATTR: ["align", "class", "data-n", "href", "start", "tabindex", "type"],
  ALLOWED_URI_REGEXP: /^(?:https?|mailto|tel):/i,
  ADD_URI_SAFE_ATTR: ["align", "class", "data-n", "start", "tabindex", "type"],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
};
purifier.addHook("afterSanitizeAttributes", (node) => {
  if (node.tagName !== "A") return;
  node.setAttribute("target", "_blank");
  node.setAttribute("rel", "noopener noreferrer");
});

/** Splits Markdown into top-level blocks, each `{raw, token, links}`. */
export function blocks(text) {
  const tokens = marked.lexer(text);
  return tokens
    .filter((token) => token.type !== "space")
    .map((token) => ({ raw: token.raw, token, links: tokens.links }));
}

/**
 * Renders one block to sanitized HTML.
 *
 * @param {object} block from `blocks`
 * @param {Set<number>|null} known the numbers of valid citations; others are shown as text. Null
 *   while the answer streams and they are unknown.
 * @param {{copy: string, code: string, source: (n: number) => string}} texts labels of the copy
 *   button, of code without a language, and of citations
 */
export function blockHtml(block, known, texts) {
  const tokens = Object.assign([block.token], { links: block.links });
  const holder = purifier.sanitize(marked.parser(tokens), { ...ALLOWED, RETURN_DOM: true });
  for (const table of holder.querySelectorAll("table")) wrapTable(table);
  for (const head of holder.querySelectorAll(".code-head")) labelCode(head, texts);
  for (const chip of holder.querySelectorAll(".cite")) resolveCitation(chip, known, texts);
  return holder.innerHTML;
}

function wrapTable(table) {
  const frame = document.createElement("div");
  frame.className = "table";
  frame.tabIndex = 0;
  table.replaceWith(frame);
  frame.append(table);
}

function labelCode(head, { copy, code }) {
  const [language, button] = head.children;
  language.textContent ||= code;
  button.textContent = copy;
}

function resolveCitation(chip, known, { source }) {
  const n = Number(chip.dataset.n);
  if (known?.has(n)) chip.setAttribute("aria-label", source(n));
  else if (known) chip.replaceWith(`[${n}]`);
  else chip.disabled = true;
}
