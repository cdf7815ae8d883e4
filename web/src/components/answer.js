import { html, useMemo, useState } from "../preact.js";
import { describeError, formatDateTime, formatDuration, joinFacts } from "../format.js";
import { t } from "../i18n/index.js";
import { copyText } from "../clipboard.js";
import { useRunParts } from "../live_texts.js";
import { kindsOf, progressOf, textOf } from "../run_parts.js";
import { canDelete, canWriteIn } from "../permissions.js";
import { Approvals } from "./approval.js";
import { ErrorMessage } from "./error_message.js";
import { Icon, IconButton, Logo } from "./icons.js";
import { Markdown } from "./markdown.js";
import { Menu } from "./menu.js";
import { Siblings } from "./siblings.js";
import { SourceList } from "./source_list.js";
import { Time } from "./time.js";
import { Trace } from "./trace.js";
import { RunProgress, Waiting } from "./waiting.js";

/** The answers to one question: the selected one, and buttons to switch if there are several. */
export function Answers({ entry, room, shared, me, actions, source, eager }) {
  const { answers, index, parentId, question } = entry;
  const answer = answers[index];
  const head = shared && html`<${Head} question=${question} me=${me} />`;
  const turn = (by) => actions.selectAnswer(room.room_id, parentId, answers[index + by].message_id);
  const siblings =
    answers.length > 1 &&
    !answer.run &&
    html`<${Siblings} index=${index} count=${answers.length}
      earlier=${t("answer.earlier")} later=${t("answer.later")}
      label=${t("answer.position", { index: index + 1, count: answers.length })} onTurn=${turn} />`;
  if (answer.deleted_at) return html`<${Deleted} message=${answer} head=${head} />`;
  // One component from the first word to the finished message, so that the elements of its text stay.
  const key = answer.run?.message_id ?? answer.message_id;
  return html`<${AnswerArticle} key=${key} run=${answer.run} message=${answer.run ? null : answer}
    room=${room} shared=${shared} me=${me} question=${question} head=${head} actions=${actions}
    source=${source} siblings=${siblings} eager=${eager} />`;
}

/** Whose question is answered: in a shared room, several answers may stream at once. */
function Head({ question, me }) {
  const { id, name } = question?.author ?? {};
  const recipient = id === me ? t("answer.toYou") : t("answer.to", { name });
  return html`
    <p class="answer-head"><${Logo} size=${20} /> <strong>${t("assistant")}</strong>${" "}
      ${question && html`<span class="muted">${recipient}</span>`}</p>
  `;
}

const Deleted = ({ message, head }) => html`
  <article class="answer" id=${`m-${message.message_id}`} aria-label=${t("answer.deletedLabel")}
    tabindex="-1">
    ${head}<p class="tombstone">${t("answer.deleted")}</p>
  </article>
`;

function AnswerArticle({ run, message, ...props }) {
  const { head, shared, room, me, actions, question, source, siblings, eager } = props;
  const citations = message?.citations;
  const writes = run && !run.unsaved;
  const sources = useMemo(() => message && sourcesOf(message), [message]);
  const open = (citation) => {
    const { message_id: messageId, run_id: runId } = message;
    actions.openPanel({ kind: "source", citation, citations, messageId, runId });
  };
  const cite = (index) => open(citations[index]);
  return html`
    <article class="answer" id=${`m-${run?.message_id ?? message.message_id}`} tabindex="-1"
      aria-label=${writes ? t("answer.writing") : t("answer.label")}
      aria-busy=${writes ? "true" : null}>
      <h2 class="visually-hidden">${t("answer.label")}</h2>
      ${head}
      <${AnswerTrace} run=${run} message=${message} me=${me} actions=${actions} />
      ${run && html`<${Activity} run=${run} />`}
      ${run && html`<${Approvals} run=${run} me=${me} actions=${actions} />`}
      <${AnswerText} run=${run} message=${message} sources=${sources} onCite=${cite}
        eager=${eager} />
      ${run?.unsaved && html`<${Unsaved} error=${run.unsaved} />`}
      ${
        message &&
        html`<${Ended} message=${message} me=${me} question=${question} actions=${actions}
        may=${canWriteIn(room)} />`
      }
      ${citations?.length > 0 && html`<${SourceList} citations=${citations} shown=${source} onOpen=${open} />`}
      ${
        message?.citations_dropped > 0 &&
        html`<p class="dropped-note">${t("answer.droppedCount", { count: message.citations_dropped })}</p>`
      }
      ${
        message
          ? html`<${Foot} message=${message} room=${room} me=${me} question=${question}
            actions=${actions} siblings=${siblings} />`
          : shared && !run.unsaved && canWriteIn(room) && html`<${StopButton} run=${run} actions=${actions} />`
      }
    </article>
  `;
}

/** The text, the only part of an answer that is rendered again while it grows. */
function AnswerText({ run, message, sources, onCite, eager }) {
  const parts = useRunParts(run, answerOf);
  const text = run ? answerOf(parts) : message.text;
  return text && html`<${Markdown} text=${text} sources=${sources} onCite=${onCite}
    live=${!!run} eager=${eager} />`;
}

const sourcesOf = ({ citations = [], citation_marks: marks = [] }) => ({ citations, marks });

const answerOf = (parts) => textOf(parts, "answer");

function AnswerTrace({ run, message, me, actions }) {
  const kinds = kindsOf(useRunParts(run, kindsOf));
  const { run_id: runId } = run ?? message;
  const fetch = () => actions.readRun(runId);
  const label = t("answer.trace");
  if (!run)
    return runId && html`<${Trace} run=${message.detail} label=${label} me=${me} fetch=${fetch} />`;
  if (!kinds && !run.steps?.length) return null;
  return html`<${Trace} run=${run} live=${true} me=${me} fetch=${fetch}
    label=${kinds === "reasoning" ? t("answer.thinking") : label} />`;
}

/** What a run is doing: the progress of a long one, or what happens before the first text. */
function Activity({ run }) {
  const kinds = kindsOf(useRunParts(run, kindsOf));
  const progress = progressOf(run);
  if (run.awaiting?.length) return null;
  if (progress) return html`<${RunProgress} progress=${progress} since=${run.started_at} />`;
  if (kinds.includes("answer")) return null;
  const step = run.steps?.at(-1);
  const words = kinds ? t("answer.thinking") : step ? step.detail || step.name : t("answer.starting");
  return html`<${Waiting} text=${words} since=${run.started_at} />`;
}

function Unsaved({ error }) {
  const { message, hint } = describeError(error);
  return html`<p class="ended" role="status">${[t("answer.unsaved"), message, hint]
    .filter(Boolean)
    .map((sentence) => sentence.replace(/[^.…!?]$/, "$&."))
    .join(" ")}</p>`;
}

const StopButton = ({ run, actions }) => html`
  <div class="answer-foot"><button type="button" class="button quiet"
    onClick=${() => actions.stopRun(run.run_id)}><${Icon} name="stop" size=${16}
    /> ${t("common.stop")}</button></div>`;

/** Why an answer is incomplete, and the buttons to continue or retry it. */
function Ended({ message, me, question, actions, may }) {
  const { run_status: status, error, text, run_id: runId } = message;
  const again = () => actions.regenerate(message.message_id);
  const goOn =
    may &&
    text &&
    html`<button type="button" class="button"
    onClick=${() => actions.continueRun(runId)}><${Icon} name="forward"
    size=${16} /> ${t("answer.continue")}</button>`;
  const retry = (words) =>
    may &&
    html`<button type="button" class="button" onClick=${again}><${Icon} name="retry" size=${16}
    /> ${words}</button>`;
  if (error) return html`<${ErrorMessage} error=${error}>${goOn}${retry(t("common.tryAgain"))}<//>`;
  if (status !== "cancelled" && status !== "interrupted") return null;
  const mine = !question || question.author.id === me;
  const words =
    status === "interrupted"
      ? t("answer.interrupted")
      : mine
        ? t("answer.stoppedByYou")
        : t("answer.stopped");
  return html`<p class="ended">${words}</p>
    <div class="ended-buttons">${goOn}${retry(t("answer.startOver"))}</div>`;
}

function Foot({ message, room, me, question, actions, siblings }) {
  const { message_id: id, text, error, feedback = {} } = message;
  const may = canWriteIn(room);
  const rate = (value) => actions.rate(id, feedback[me]?.value === value ? null : value);
  const thumb = (value, label) => {
    const count = Object.values(feedback).filter((given) => given.value === value).length;
    const pressed = feedback[me]?.value === value;
    return html`<button type="button" class="icon-button thumb" aria-pressed=${pressed}
      aria-label=${count > 1 || (count && !pressed) ? t("answer.rated", { label, count }) : label}
      title=${label}
      onClick=${() => rate(value)}><${Icon} name=${value === "up" ? "up" : "down-thumb"}
      size=${18} />${count > 1 && html`<span>${count}</span>`}</button>`;
  };
  const remove = () =>
    actions.openDialog({
      title: t("answer.deleteTitle"),
      text: t("answer.deleteText"),
      verb: t("common.delete"),
      onConfirm: () => actions.deleteMessage(id),
    });
  return html`
    <div class="answer-foot">
      ${siblings}
      ${text && html`<${CopyButton} text=${text} />`}
      ${
        may &&
        !error &&
        html`<${IconButton} icon="retry" label=${t("answer.again")}
          onClick=${() => actions.regenerate(id)} />`
      }
      ${may && text && thumb("up", t("answer.good"))} ${may && text && thumb("down", t("answer.bad"))}
      ${
        canDelete(message, me, room, question) &&
        html`<${Menu} label=${t("answer.menu")}
        items=${[{ text: t("common.delete"), icon: "trash", danger: true, act: remove }]} />`
      }
      <${Facts} message=${message} />
    </div>
  `;
}

function CopyButton({ text }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await copyText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  return html`<${IconButton} icon=${copied ? "check" : "copy"}
    label=${copied ? t("common.copied") : t("answer.copy")} onClick=${copy} />`;
}

function Facts({ message }) {
  const { usage, timings } = message.detail ?? {};
  const total = timings?.total_ms;
  return html`<span class="facts"><${Time} at=${message.created_at} />${t("list.facts")}${joinFacts([
    message.cached_at && t("answer.cached", { time: formatDateTime(message.cached_at) }),
    message.model,
    usage && t("answer.tokens", { count: usage.output_tokens }),
    total && formatDuration(total),
  ])}</span>`;
}
