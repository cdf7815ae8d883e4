// Builds the elements of Markdown from its tokens, without any HTML in between: whatever a text
// contains, only these elements and attributes come out, and nothing has to be parsed or sanitized.
const PLAIN_TAG = /^<(\/?)(br|sub|sup|kbd|mark|b|i|em|strong|u|s)\s*\/?>$/i;
const SAFE_LINK = /^(?:https?|mailto|tel):/i;
const ENTITY = /&(?:#\d{1,7}|#x[\da-f]{1,6}|\w{2,31});/gi;

/** The language that a fenced code block names, or an empty text. */
export const languageOf = (lang) => (lang ?? "").match(/^[\w+#.-]*/)[0];

/**
 * The elements of block tokens, in a fragment.
 *
 * @param {object[]} tokens of marked
 * @param {{copy: string, code: string}} texts of the button and the default title of a code block
 */
export function blocksOf(tokens, texts) {
  const fragment = document.createDocumentFragment();
  for (const token of tokens) append(fragment, (BLOCKS[token.type] ?? INLINE[token.type])(token, texts));
  return fragment;
}

function append(parent, made) {
  if (made) parent.append(made);
}

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const key in attributes) made.setAttribute(key, attributes[key]);
  made.append(...children);
  return made;
}

function inlineOf(tokens) {
  const fragment = document.createDocumentFragment();
  // The open tags: a few that only affect the typography are allowed within a text.
  const open = [fragment];
  for (const token of tokens) {
    const [, closes, name] = (token.type === "html" && PLAIN_TAG.exec(token.text.trim())) || [];
    if (!name) append(open.at(-1), INLINE[token.type](token));
    else if (!closes) openTag(open, name.toLowerCase());
    else closeTag(open, name.toLowerCase());
  }
  return fragment;
}

function openTag(open, name) {
  const made = element(name);
  open.at(-1).append(made);
  if (name !== "br") open.push(made);
}

function closeTag(open, name) {
  const at = open.findLastIndex((one) => one.localName === name);
  if (at > 0) open.length = at;
}

const INLINE = {
  text: ({ text, tokens }) => (tokens ? inlineOf(tokens) : decoded(text)),
  escape: ({ text }) => text,
  html: ({ text }) => text,
  strong: ({ tokens }) => element("strong", null, inlineOf(tokens)),
  em: ({ tokens }) => element("em", null, inlineOf(tokens)),
  del: ({ tokens }) => element("del", null, inlineOf(tokens)),
  codespan: ({ text }) => element("code", null, text),
  br: () => element("br"),
  checkbox: ({ checked }) => (checked ? "☑ " : "☐ "),
  link: ({ href, text, tokens, autolink }) => link(href, autolink ? text : inlineOf(tokens)),
  image: ({ href, text }) => link(href, text || href),
  citation: ({ numbers }) => {
    const chips = document.createDocumentFragment();
    for (const n of numbers) chips.append(citation(n));
    return chips;
  },
  inlineMath: math,
};

const BLOCKS = {
  space: () => null,
  def: () => null,
  hr: () => element("hr"),
  html: ({ text }) => (/^<br\s*\/?>$/i.test(text.trim()) ? element("br") : text),
  paragraph: ({ tokens }) => element("p", null, inlineOf(tokens)),
  blockquote: ({ tokens }, texts) => element("blockquote", null, blocksOf(tokens, texts)),
  // The answer itself has an h2 for screen readers, so headings inside it start at h3.
  heading: ({ tokens, depth }) =>
    element(`h${Math.max(3, depth)}`, { class: `d${depth}` }, inlineOf(tokens)),
  list({ ordered, start, items }, texts) {
    const made = items.map(({ tokens }) => element("li", null, blocksOf(tokens, texts)));
    return element(ordered ? "ol" : "ul", ordered && start !== 1 ? { start } : null, ...made);
  },
  code: ({ text, lang }, texts) =>
    element(
      "div",
      { class: "code" },
      element(
        "div",
        { class: "code-head" },
        element("span", null, languageOf(lang) || texts.code),
        element("button", { type: "button", class: "copy-code" }, texts.copy),
      ),
      element("pre", { tabindex: 0 }, element("code", null, `${text}\n`)),
    ),
  table({ header, rows }) {
    const row = (cells) => element("tr", null, ...cells.map(cell));
    const table = element("table", null, element("thead", null, row(header)));
    if (rows.length) table.append(element("tbody", null, ...rows.map(row)));
    return element("div", { class: "table", tabindex: 0 }, table);
  },
  blockMath: math,
};

const cell = ({ tokens, align, header }) =>
  element(header ? "th" : "td", align && { align }, inlineOf(tokens));

function link(href, content) {
  const attributes = { target: "_blank", rel: "noopener noreferrer" };
  const url = urlOf(href);
  if (SAFE_LINK.test(url)) attributes.href = url;
  return element("a", attributes, content);
}

function urlOf(href) {
  try {
    return encodeURI(decoded(href.trim())).replace(/%25/g, "%");
  } catch {
    return ""; // Half of a surrogate pair.
  }
}

// Citations cannot be opened before the end of the answer.
const citation = (n) =>
  element("button", { type: "button", class: "cite", "data-n": n, disabled: "" }, n);

function math({ tex, display }) {
  return element("code", { class: display ? "math display" : "math" }, tex);
}

// A text area reads entities, and nothing else.
const reader = document.createElement("textarea");

function decoded(text) {
  return text.replace(ENTITY, (entity) => {
    reader.innerHTML = entity;
    return reader.value;
  });
}
