import { html, useMemo, useState } from "../preact.js";
import { formatDuration, joinFacts } from "../format.js";
import { t } from "../i18n/index.js";
import { copyText } from "../clipboard.js";
import { canDelete, canWriteIn } from "../permissions.js";
import { ErrorMessage } from "./error_message.js";
import { Icon, IconButton, Logo } from "./icons.js";
import { Markdown } from "./markdown.js";
import { Menu } from "./menu.js";
import { SourceList } from "./source_list.js";
import { textOf, Trace, Waiting } from "./trace.js";

/** The answers to one question: the selected one, and buttons to switch if there are several. */
export function Answers({ entry, room, shared, me, actions, source }) {
  const { answers, index, parentId, question } = entry;
  const answer = answers[index];
  const head = shared && html`<${Head} question=${question} me=${me} />`;
  const position = { index: index + 1, count: answers.length };
  const turn = (by) => actions.selectAnswer(room.room_id, parentId, answers[index + by].message_id);
  const siblings =
    answers.length > 1 &&
    !answer.run &&
    html`
    <span class="siblings">
      <button type="button" class="icon-button small" aria-label=${t("answer.earlier")}
        disabled=${index === 0} onClick=${() => turn(-1)}><${Icon} name="left" size=${16}
        /></button>
      <span
        aria-label=${t("answer.position", position)}>${t("answer.positionShort", position)}</span>
      <button type="button" class="icon-button small" aria-label=${t("answer.later")}
        disabled=${index === answers.length - 1} onClick=${() => turn(1)}><${Icon} name="right"
        size=${16} /></button>
    </span>`;
  if (answer.run) {
    return html`<${LiveAnswer} run=${answer.run} head=${head} shared=${shared}
      onStop=${canWriteIn(room) && (() => actions.stopRun(answer.run.run_id))} />`;
  }
  if (answer.deleted_at) return html`<${Deleted} message=${answer} head=${head} />`;
  return html`<${Answer} message=${answer} room=${room} me=${me} question=${question}
    head=${head} actions=${actions} source=${source} siblings=${siblings} />`;
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

function LiveAnswer({ run, head, shared, onStop }) {
  const reasoning = textOf(run.parts, "reasoning");
  const text = textOf(run.parts, "answer");
  const step = run.steps?.at(-1);
  const thinking = t("answer.thinking");
  const waiting = step ? step.detail || step.name : reasoning ? thinking : t("answer.starting");
  return html`
    <article class="answer" aria-label=${t("answer.writing")} aria-busy="true">
      <h2 class="visually-hidden">${t("answer.label")}</h2>
      ${head}
      ${
        (reasoning || text) &&
        html`<${Trace} run=${run} live=${true}
        label=${reasoning && !text ? thinking : t("answer.trace")} />`
      }
      ${
        !text &&
        html`<${Waiting} text=${reasoning && step ? thinking : waiting}
        since=${run.started_at} />`
      }
      ${text && html`<${Markdown} text=${text} live=${true} />`}
      ${
        shared &&
        onStop &&
        html`<div class="answer-foot"><button type="button" class="button quiet"
        onClick=${onStop}><${Icon} name="stop" size=${16} /> ${t("common.stop")}</button></div>`
      }
    </article>
  `;
}

function Answer({ message, room, me, question, head, actions, source, siblings }) {
  const citations = message.citations ?? [];
  const known = useMemo(() => new Set(citations.map((c) => c.n)), [citations]);
  const { message_id: messageId } = message;
  const open = (citation) => actions.openPanel({ kind: "source", citation, citations, messageId });
  const cite = (n) => open(citations.find((c) => c.n === n));
  return html`
    <article class="answer" id=${`m-${message.message_id}`} aria-label=${t("answer.label")}
      tabindex="-1">
      <h2 class="visually-hidden">${t("answer.label")}</h2>
      ${head}
      ${
        message.run_id &&
        html`<${Trace} run=${message.detail} label=${t("answer.trace")}
        fetch=${() => actions.readRun(message.run_id)} />`
      }
      ${message.text && html`<${Markdown} text=${message.text} known=${known} onCite=${cite} />`}
      <${Ended} message=${message} me=${me} question=${question} actions=${actions}
        may=${canWriteIn(room)} />
      ${
        citations.length > 0 &&
        html`<${SourceList} citations=${citations} shown=${source}
        onOpen=${open} />`
      }
      <${Foot} message=${message} room=${room} me=${me} question=${question} actions=${actions}
        siblings=${siblings} />
    </article>
  `;
}

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
  return html`<span class="facts">${joinFacts([
    message.model,
    usage && t("answer.tokens", { count: usage.output_tokens }),
    total && formatDuration(total),
  ])}</span>`;
}
