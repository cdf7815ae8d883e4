import { html, useEffect, useLayoutEffect, useRef, useState } from "../preact.js";
import { citationLocation, describeError, splitAround } from "../format.js";
import { t } from "../i18n/index.js";
import { scrollToMiddle } from "../scrolling.js";
import { Icon } from "./icons.js";
import { Panel } from "./panel.js";

const AROUND = 2_000;
const STEP = 8_000;

/** A document's text, opened at the passage that an answer cites, or at the beginning. */
export function SourcePanel({ state, panel, actions, modal }) {
  const { citation, citations } = panel;
  const id = citation?.document_id ?? panel.document.document_id;
  const title = citation?.title ?? panel.document.title;
  // The documents that could be read, which are those that can be downloaded.
  const [readable, setReadable] = useState(null);
  const tools =
    readable === id &&
    html`<a class="icon-button"
    href=${`api/documents/${encodeURIComponent(id)}/content`} download
    aria-label=${t("source.download")} title=${t("source.download")}><${Icon} name="download"
    /></a>`;
  const toDocuments = () => actions.openPanel({ kind: "documents" });
  return html`
    <${Panel} title=${title} modal=${modal} tools=${tools}
      onClose=${() => actions.openPanel(citation ? null : { kind: "documents" })}>
      ${
        citation &&
        html`<${Switch} citations=${citations} current=${citation}
        onPick=${(c) => actions.openPanel({ ...panel, citation: c })} />`
      }
      ${
        !citation &&
        html`<button type="button" class="link back" onClick=${toDocuments}><${Icon}
        name="left" size=${16} /> ${t("source.back")}</button>`
      }
      <${Text} key=${`${id}:${citation?.start}`} id=${id} citation=${citation} state=${state}
        runId=${panel.runId} actions=${actions} onRead=${() => setReadable(id)} />
    <//>
  `;
}

function Switch({ citations, current, onPick }) {
  return html`
    <div class="switch" role="group" aria-label=${t("source.group")}>
      <span class="switch-place">${citationLocation(current) || t("source.here")}</span>
      ${
        citations.length > 1 &&
        citations.map(
          (c) => html`<button key=${`${c.n}:${c.start}`} type="button"
        class="cite" aria-pressed=${c === current}
        aria-label=${t("source.numbered", { n: c.n, title: c.title })}
        onClick=${() => onPick(c)}>${c.n}</button>`,
        )
      }
    </div>
  `;
}

// Of a document that was deleted or belongs to someone else, only the quote stored with the answer
// can be shown.
function Unreadable({ problem, quote }) {
  const { message, hint } = describeError(problem);
  return html`
    <p class="problem" role="alert">${message} ${hint}</p>
    ${
      quote &&
      html`<blockquote
      class="quote">${quote}<footer>${t("source.quoted")}</footer></blockquote>`
    }
  `;
}

/** Why a document cannot be read: the server does not tell whether it exists. */
async function explain(problem, runId, { user, chats, roomId }, actions) {
  if (problem.kind !== "not_found") return problem;
  // An answer cites documents of the user who asked for it.
  const owner = runId && (await actions.readRun(runId).catch(() => null))?.user_id;
  if (!owner || owner === user?.id)
    return { message: t("source.goneTitle"), hint: t("source.goneHint") };
  const member = chats[roomId]?.members?.find((one) => one.id === owner);
  const hint = member
    ? t("source.foreignOwner", { name: member.name })
    : t("source.foreignHint");
  return { message: t("source.foreignTitle"), hint };
}

function Text({ id, citation, runId, state, actions, onRead }) {
  const [range, setRange] = useState(() => ({
    start: Math.max(0, (citation?.start ?? 0) - AROUND),
    end: (citation?.end ?? STEP) + AROUND,
  }));
  const [read, setRead] = useState(null);
  const [problem, setProblem] = useState(null);
  const mark = useRef();
  useEffect(() => {
    let stale = false;
    const show = (doc) => {
      if (stale) return;
      setRead(doc);
      onRead();
    };
    const fail = (error) => !stale && setProblem(error);
    actions
      .readDocument(id, range.start, range.end)
      .then(show, (error) => explain(error, runId, state, actions).then(fail));
    return () => (stale = true);
  }, [range]);
  useLayoutEffect(() => {
    if (mark.current) scrollToMiddle(mark.current.closest(".panel-body"), mark.current);
  }, [read === null]);
  if (problem) return html`<${Unreadable} problem=${problem} quote=${citation?.quote} />`;
  if (!read) return html`<p class="waiting">${t("source.opening")}</p>`;
  const { text, text_start: start, text_end: end } = read;
  const [before, quoted, after] = citation
    ? splitAround(text, start, citation.start, citation.end)
    : [text, "", ""];
  const more = end < (read.characters ?? 0);
  return html`
    ${
      start > 0 &&
      html`<button type="button" class="button older"
      onClick=${() => setRange({ start: Math.max(0, start - STEP), end })}>${t("source.before")}</button>`
    }
    <div
      class="source-text">${before}${quoted && html`<mark ref=${mark} tabindex="-1">${quoted}</mark>`}${after}</div>
    ${
      more &&
      html`<button type="button" class="button older"
      onClick=${() => setRange({ start, end: end + STEP })}>${t("source.after")}</button>`
    }
  `;
}
