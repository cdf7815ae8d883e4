// Renders Markdown to elements block by block, so that a growing text only renders its last blocks.
import DOMPurify from "dompurify";
import { Marked } from "marked";
import { whenIdle } from "./later.js";
import { patchChildren } from "./dom_patch.js";
import { blocksOf } from "./markdown_dom.js";

export { languageOf } from "./markdown_dom.js";

// Numbers and ranges, as the server reads them (`documents/citations.py`).
const CITATION = /^\[(\d{1,3}(?:\s*[,;]\s*\d{1,3}|\s*[-–]\s*\d{1,3})*)\](?!\()/;
const CITED_RANGE = /(\d{1,3})(?:\s*[-–]\s*(\d{1,3}))?/g;
const MAX_CITED_RANGE = 20;
// The server checks so many marks from the beginning of an answer.
const MAX_MARKS = 200;
// Definitions of link targets apply to the whole text, wherever they are.
const DEFINITION = /^ {0,3}\[[^\]\n]+\]:/m;
// Further text may still change so many of the last blocks, such as a paragraph into a heading.
const OPEN_BLOCKS = 2;

const citation = {
  name: "citation",
  level: "inline",
  start: (source) => source.indexOf("["),
  tokenizer(source) {
    const match = CITATION.exec(source);
    return match && { type: "citation", raw: match[0], numbers: citedNumbers(match[1]) };
  },
};

/** The numbers of a mark; "1, 3-5" has the numbers 1, 3, 4, 5. */
function citedNumbers(inside) {
  return [...inside.matchAll(CITED_RANGE)].flatMap(([, first, last = first]) => {
    const count = Math.min(Math.max(last - first, 0), MAX_CITED_RANGE) + 1;
    return Array.from({ length: count }, (_, i) => Number(first) + i);
  });
}

// A dollar sign opens a formula only before a character and closes it only after one, and not before
// a digit, so that prices stay prices (as in Pandoc).
const INLINE_MATH = /^(?:\$\$(?<d>[^$]+?)\$\$|\$(?!\s)(?<i>(?:\\.|[^$\\\n])+?)(?<!\s)\$(?!\d)|\\\((?<p>.+?)\\\)|\\\[(?<b>.+?)\\\])/s;
const BLOCK_MATH = /^ {0,3}(?:\$\$(?<d>.+?)\$\$|\\\[(?<b>.+?)\\\])[ \t]*(?:\n+|$)/s;

function mathToken(match, level) {
  const { d, b, i, p } = match?.groups ?? {};
  const tex = d ?? b ?? i ?? p;
  // A formula does not go beyond its paragraph.
  if (!match || !tex.trim() || /\n\s*\n/.test(tex)) return undefined;
  const display = d !== undefined || b !== undefined;
  return { type: `${level}Math`, raw: match[0], tex: tex.trim(), display };
}

const inlineMath = {
  name: "inlineMath",
  level: "inline",
  start: (source) => source.match(/\$|\\[([]/)?.index,
  tokenizer: (source) => mathToken(INLINE_MATH.exec(source), "inline"),
};

const blockMath = {
  name: "blockMath",
  level: "block",
  start: (source) => source.match(/^ {0,3}(?:\$\$|\\\[)/m)?.index,
  tokenizer: (source) => mathToken(BLOCK_MATH.exec(source), "block"),
};

const extensions = [citation, inlineMath, blockMath];
const marked = new Marked({ gfm: true, extensions });

const purifier = DOMPurify(window);
// Without styles, which the page's policy forbids anyway.
const MATH = {
  USE_PROFILES: { mathMl: true },
  FORBID_ATTR: ["style", "href"],
  ALLOW_DATA_ATTR: false,
};

/**
 * Splits Markdown into top-level blocks, each `{raw, token, start}`.
 *
 * @param {string} text
 * @param {?{text: string, blocks: object[]}} before the result for an earlier text. If the text has
 *   only grown since, the blocks that it cannot change are kept.
 * @returns {{text: string, blocks: object[]}}
 */
export function parse(text, before = null) {
  if (before?.text === text) return before;
  const grown = before && text.startsWith(before.text) && !DEFINITION.test(text);
  const kept = grown ? before.blocks.slice(0, -OPEN_BLOCKS) : [];
  let start = grown ? (before.blocks[kept.length]?.start ?? 0) : 0;
  const tokens = marked.lexer(text.slice(start));
  const blocks = [...kept];
  for (const token of tokens) {
    if (token.type !== "space") blocks.push({ raw: token.raw, token, start });
    start += token.raw.length;
  }
  return { text, blocks };
}

// The first use of the parser's expressions compiles them, which takes long. It is done when nothing
// else is to do.
const WARM_UP = [
  "a *b* `c` [d](e) $f$ <b>g</b> www.h.de",
  "# a\n\n> b\n\n---",
  "- a\n- [ ] b",
  "```a\nb\n```",
  "|a|\n|-|\n|b|",
];

function warmUp() {
  drawBlock(document.createElement("div"), parse(WARM_UP.pop()).blocks[0], {});
  if (WARM_UP.length) whenIdle(warmUp);
}
whenIdle(warmUp);

/** Renders a block into an element, with citations that cannot be opened yet. */
export const drawBlock = (element, { token }, texts) =>
  patchChildren(element, blocksOf([token], texts));

/** Renders one item of a list into an element. */
export const drawItem = (element, item, texts) =>
  patchChildren(element, blocksOf(item.tokens, texts));

/** The formulas in an element that are not typeset yet: `{source, tex, display}`. */
export const formulasIn = (element) =>
  [...element.querySelectorAll("code.math")].map((source) => ({
    source,
    tex: source.textContent,
    display: source.matches(".display"),
  }));

/** Replaces a formula's source by its MathML, or marks it as invalid. */
export function typeset({ source, display }, mathMl) {
  if (!mathMl) {
    source.className = "bad-math";
    return;
  }
  const holder = document.createElement("span");
  holder.className = display ? "formula display" : "formula";
  holder.append(purifier.sanitize(mathMl, { ...MATH, RETURN_DOM_FRAGMENT: true }));
  source.replaceWith(holder);
}

/**
 * Makes the citations in a text open their sources, or marks them as dropped.
 *
 * @param {Element} element
 * @param {{citations: object[], marks: number[]}} sources as in the message: the verified
 *   citations, and for each mark the index of its citation, or -1 - n if it was dropped. Messages of
 *   earlier servers have no marks; then each mark opens the first citation of its number.
 * @param {{source: (n: number) => string, dropped: string}} texts labels of citations, and of
 *   dropped ones
 */
export function resolveCitations(element, { citations, marks }, texts) {
  const all = [...element.querySelectorAll(".cite, .dropped")];
  // Only the end of the text was checked if the answer has several parts.
  const first = marks.length < MAX_MARKS ? all.length - marks.length : 0;
  all.forEach((mark, i) => {
    const n = Number(mark.dataset.n);
    const index = citationOf(n, marks[i - first], citations);
    if (index >= 0) enable(mark.matches(".cite") ? mark : chipFor(mark), index, texts.source(n));
    else if (mark.matches(".cite")) mark.replaceWith(droppedMark(n, texts.dropped));
  });
}

function citationOf(n, mark, citations) {
  if (mark === -1 - n) return -1;
  return citations[mark]?.n === n ? mark : citations.findIndex((one) => one.n === n);
}

function enable(chip, index, label) {
  chip.disabled = false;
  chip.dataset.index = index;
  chip.setAttribute("aria-label", label);
}

function chipFor(dropped) {
  const chip = chipOf(dropped.dataset.n);
  dropped.replaceWith(chip);
  return chip;
}

function chipOf(n) {
  const chip = document.createElement("button");
  return numbered(Object.assign(chip, { type: "button", className: "cite", textContent: n }), n);
}

function droppedMark(n, title) {
  const dropped = document.createElement("del");
  return numbered(Object.assign(dropped, { className: "dropped", title, textContent: `[${n}]` }), n);
}

function numbered(element, n) {
  element.dataset.n = n;
  return element;
}
