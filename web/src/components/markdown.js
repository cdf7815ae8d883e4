import { html, useEffect, useLayoutEffect, useRef, useState } from "../preact.js";
import { t } from "../i18n/index.js";
import { copyText } from "../clipboard.js";
import { codeHighlighter, markdownRenderer, mathRenderer } from "../lazy_markdown.js";
import { lineGroups, longestLine } from "../code_lines.js";
import { setText } from "../dom_patch.js";
import { linesOf } from "../heights.js";
import { inTurn } from "../later.js";
import { whenNear } from "../near.js";
import { usePortions } from "../portions.js";

// A long text is parsed and rendered in portions.
const PARSED_CHARS = 1_500;
const PORTION = { first: 2, size: 2, max: 4 };
// Blocks that the browser lays out and paints together.
const GROUP = 8;
// Highlighting longer code would take seconds.
const MAX_HIGHLIGHTED = 100_000;

const codeTexts = () => ({ copy: t("common.copy"), code: t("answer.codeLanguage") });

const citationTexts = () => ({
  source: (n) => t("answer.source", { n }),
  dropped: t("answer.dropped"),
});

/**
 * A text rendered from Markdown; as plain text until the renderer has loaded.
 *
 * While the text grows, only its last blocks are parsed and rendered again, and their elements stay
 * the same. `sources` are its citations and their marks, `{citations, marks}` as in the message, or
 * null while they are unknown; `onCite` is called with the index of a citation. A text that is not
 * `eager` is rendered when it comes near the view, since rendering takes much longer than showing it.
 */
export function Markdown({ text, sources = null, onCite, live = false, eager = true }) {
  const renderer = markdownRenderer.use();
  const root = useRef();
  const [wanted, setWanted] = useState(eager || live);
  useEffect(() => {
    if (!wanted) return whenNear(root.current, () => setWanted(true));
  }, [wanted]);
  const blocks = useBlocks(wanted && renderer, text);
  const from = usePortions(blocks?.length ?? 0, PORTION);
  const complete = blocks !== null && from === 0;
  const drawn = useRef([]);
  const groups = useRef(new Map());
  const onClick = (event) => {
    const chip = event.target.closest(".cite");
    if (chip) return onCite?.(Number(chip.dataset.index));
    const copy = event.target.closest(".copy-code");
    if (copy) copyBlock(copy);
  };
  // Once for the whole text, so that no block is rendered again when the answer ends.
  useLayoutEffect(() => {
    if (complete && sources) renderer.resolveCitations(root.current, sources, citationTexts());
  }, [complete, text, sources]);
  const shownPlain = useRef(false);
  if (!blocks) {
    // Laying out a text that is rendered in a moment would take as long as that.
    const hides = renderer && !shownPlain.current && wanted;
    shownPlain.current = !hides;
    return html`<div ref=${root} class=${hides ? "markdown plain waits" : "markdown plain"}
      data-live=${live} style=${hides && reserve(text)}>${text}</div>`;
  }
  // A block whose element is the same object as before is skipped by Preact.
  drawn.current = blocks.map((block, i) => {
    if (i < from) return null;
    const before = drawn.current[i];
    // Code that is still growing is highlighted when it is complete.
    const grows = live && i === blocks.length - 1;
    if (before?.block === block && before.grows === grows) return before;
    const element = html`<${Block} key=${i} block=${block} grows=${grows} renderer=${renderer} />`;
    return { block, grows, element };
  });
  return html`
    <div ref=${root} class="markdown" data-live=${live} onClick=${onClick}>
      ${from > 0 && html`<${Waiting} blocks=${blocks.slice(0, from)} />`}
      ${inGroups(drawn.current, from, groups)}
    </div>
  `;
}

/** Blocks that are not rendered yet. */
function Waiting({ blocks }) {
  const text = blocks.map(({ raw }) => raw.trimEnd()).join("\n\n");
  return html`<div class="block waits" style=${reserve(text)}>${text}</div>`;
}

/** The place that is kept for a text that waits: about that of its lines. */
const reserve = (text) => ({ containIntrinsicBlockSize: `${linesOf(text)}lh` });

/**
 * Elements of blocks in groups, which are the same objects as before if all that is in them is.
 *
 * Each portion is a group of its own. So the browser keeps what it has drawn in place when others are
 * put above it; it would not do so with the blocks of a group that grows upwards.
 */
function inGroups(drawn, from, groups) {
  const before = groups.current;
  groups.current = new Map();
  const starts = startsOf([...before.keys()], from, drawn.length);
  starts.forEach((at, i) => {
    const blocks = drawn.slice(at, starts[i + 1]).map(({ element }) => element);
    const group = before.get(at);
    const same = group?.blocks.length === blocks.length && blocks.every((one, i) => one === group.blocks[i]);
    const made = () => html`<div key=${at} class="blocks">${blocks}</div>`;
    groups.current.set(at, same ? group : { blocks, element: made() });
  });
  return [...groups.current.values()].map(({ element }) => element);
}

/** The numbers of the blocks with which groups begin, in order. */
function startsOf(known, from, end) {
  const starts = known.filter((at) => at < end);
  if (from < (starts[0] ?? end)) starts.unshift(from);
  while (starts.at(-1) + GROUP < end) starts.push(starts.at(-1) + GROUP);
  return starts;
}

/** The blocks of a text, or null until they are known: a long text is parsed in portions. */
function useBlocks(renderer, text) {
  const [, next] = useState(0);
  const parsed = useRef({ text: "", blocks: [] });
  const whole = useRef(false);
  const end = (text.startsWith(parsed.current.text) ? parsed.current.text.length : 0) + PARSED_CHARS;
  const ready = useRef(text.length <= PARSED_CHARS);
  if (renderer && ready.current) parsed.current = renderer.parse(text.slice(0, end), parsed.current);
  const rest = text.length - parsed.current.text.length;
  useLayoutEffect(() => {
    if (!renderer || !rest) return;
    return inTurn(() => {
      ready.current = true;
      next((count) => count + 1);
    });
  }, [renderer, parsed.current.text, rest > 0]);
  // Once shown, blocks stay, even if much is added at once.
  whole.current ||= renderer && !rest;
  return whole.current ? parsed.current.blocks : null;
}

function Block({ block, grows, renderer }) {
  const { token, raw } = block;
  const Content = { code: CodeBlock, list: ListBlock }[token.type];
  const element = useRef();
  useLayoutEffect(() => {
    if (!Content) renderer.drawBlock(element.current, block, codeTexts());
  }, [raw, Content]);
  useLayoutEffect(() => {
    // Formulas that are still growing are typeset when they are complete.
    if (!grows) typesetAll(renderer, element.current);
  }, [raw, Content, grows]);
  return html`<div key=${Content ? token.type : "html"} class="block" dir="auto" ref=${element}>
    ${Content && html`<${Content} block=${block} grows=${grows} renderer=${renderer} />`}</div>`;
}

function typesetAll(renderer, element) {
  const formulas = renderer.formulasIn(element);
  if (!formulas.length) return;
  const sources = formulas.map(({ tex, display }) => ({ tex, display }));
  const draw = (all) => formulas.forEach((formula, i) => renderer.typeset(formula, all[i]));
  const known = mathRenderer.cached(sources);
  if (known) draw(known);
  else mathRenderer.call(sources).then(draw);
}

function ListBlock({ block, renderer }) {
  const { ordered, start, items, loose } = block.token;
  const children = items.map(
    (item, i) => html`<${ListItem} key=${i} item=${item} loose=${loose} renderer=${renderer} />`,
  );
  return ordered ? html`<ol start=${start || 1}>${children}</ol>` : html`<ul>${children}</ul>`;
}

function ListItem({ item, loose, renderer }) {
  const element = useRef();
  useLayoutEffect(
    () => renderer.drawItem(element.current, item, codeTexts()),
    [item.raw, loose],
  );
  return html`<li ref=${element}></li>`;
}

function CodeBlock({ block: { token }, grows, renderer }) {
  const language = renderer.languageOf(token.lang);
  const wanted = language && !grows && token.text.length <= MAX_HIGHLIGHTED;
  const highlighted = useHighlighted(wanted ? token.text : null, language);
  const groups = lineGroups(token.text);
  // Groups outside of the view have no width of their own.
  const width = groups.length > 1 && { minWidth: `max(100%, ${longestLine(token.text)}ch)` };
  return html`
    <div class="code">
      <div class="code-head">
        <span>${language || t("answer.codeLanguage")}</span>
        <button type="button" class="copy-code">${t("common.copy")}</button>
      </div>
      <pre tabindex="0"><code style=${width}>${groups.map(
        (text, i) => html`<${Lines} key=${i} text=${text} pieces=${highlighted?.[i]} />`,
      )}</code></pre>
    </div>
  `;
}

/** The groups of highlighted code, or null as long as there are none. */
function useHighlighted(code, language) {
  const [done, setDone] = useState(null);
  useLayoutEffect(() => {
    let gone = false;
    if (code !== null) {
      const show = (groups) => !gone && setDone({ code, language, groups });
      codeHighlighter.call(code, language).then(show);
    }
    return () => (gone = true);
  }, [code, language]);
  if (code === null) return null;
  if (done?.code === code && done.language === language) return done.groups;
  return codeHighlighter.cached(code, language) ?? null;
}

/** Some lines of code; once they are near the view, highlighted. */
function Lines({ text, pieces }) {
  const element = useRef();
  useLayoutEffect(() => setText(element.current, text), [text]);
  useLayoutEffect(() => {
    // Built without components: there may be hundreds of pieces.
    const draw = () => element.current.replaceChildren(...pieces.map(nodeOf));
    if (pieces) return whenNear(element.current, draw);
  }, [text, pieces]);
  return html`<span class="lines" ref=${element}></span>`;
}

function nodeOf(piece) {
  if (typeof piece === "string") return document.createTextNode(piece);
  const span = document.createElement("span");
  span.className = piece.scope;
  span.append(...piece.pieces.map(nodeOf));
  return span;
}

async function copyBlock(button) {
  await copyText(button.closest(".code").querySelector("code").textContent.replace(/\n$/, ""));
  button.textContent = t("common.copied");
  setTimeout(() => (button.textContent = t("common.copy")), 1500);
}
