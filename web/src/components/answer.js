import { html, useMemo, useState } from "../view.js";
import { duration, plural } from "../format.js";
import { copyText } from "../keyboard.js";
import { mayDelete, mayWriteIn } from "../permissions.js";
import { Failure } from "./failure.js";
import { Icon, IconButton, Logo } from "./icons.js";
import { Markdown } from "./markdown.js";
import { Menu } from "./menu.js";
import { Sources } from "./sources.js";
import { Trace, Waiting, textOf } from "./trace.js";

/** The answers to one question: the one shown, and a switch if there are several. */
export function Answers({ entry, room, shared, me, actions, source }) {
  const { answers, index, parentId, question } = entry;
  const answer = answers[index];
  const head = shared && html`<${Head} question=${question} me=${me} />`;
  const turn = (by) => actions.show(room.room_id, parentId, answers[index + by].message_id);
  const siblings =
    answers.length > 1 &&
    !answer.run &&
    html`
    <span class="siblings">
      <button type="button" class="icon-button small" aria-label="Earlier answer"
        disabled=${index === 0} onClick=${() => turn(-1)}><${Icon} name="left" size=${16}
        /></button>
      <span
        aria-label=${`Answer ${index + 1} of ${answers.length}`}>${index + 1}/${answers.length}</span>
      <button type="button" class="icon-button small" aria-label="Later answer"
        disabled=${index === answers.length - 1} onClick=${() => turn(1)}><${Icon} name="right"
        size=${16} /></button>
    </span>`;
  if (answer.run) {
    return html`<${LiveAnswer} run=${answer.run} head=${head} shared=${shared}
      onStop=${mayWriteIn(room) && (() => actions.stop(answer.run.run_id))} />`;
  }
  if (answer.deleted_at) return html`<${Deleted} message=${answer} head=${head} />`;
  return html`<${Answer} message=${answer} room=${room} me=${me} question=${question}
    head=${head} actions=${actions} source=${source} siblings=${siblings} />`;
}

/** Who answers whom: several answers may be written at once. */
const Head = ({ question, me }) => html`
  <p class="answer-head"><${Logo} size=${20} /> <strong>Assistant</strong>${" "}
    ${question && html`<span class="muted">to ${question.author.id === me ? "you" : question.author.name}</span>`}</p>
`;

const Deleted = ({ message, head }) => html`
  <article class="answer" id=${`m-${message.message_id}`} aria-label="Deleted answer" tabindex="-1">
    ${head}<p class="tombstone">This answer was deleted.</p>
  </article>
`;

function LiveAnswer({ run, head, shared, onStop }) {
  const reasoning = textOf(run.parts, "reasoning");
  const text = textOf(run.parts, "answer");
  const step = run.steps?.at(-1);
  const waiting = step ? step.detail || step.name : reasoning ? "Thinking…" : "Starting…";
  return html`
    <article class="answer" aria-label="Answer, being written" aria-busy="true">
      <h2 class="visually-hidden">Answer</h2>
      ${head}
      ${
        (reasoning || text) &&
        html`<${Trace} run=${run} live=${true}
        label=${reasoning && !text ? "Thinking…" : "Steps and reasoning"} />`
      }
      ${
        !text &&
        html`<${Waiting} words=${reasoning && step ? "Thinking…" : waiting}
        since=${run.started_at} />`
      }
      ${text && html`<${Markdown} text=${text} live=${true} />`}
      ${
        shared &&
        onStop &&
        html`<div class="answer-foot"><button type="button" class="button quiet"
        onClick=${onStop}><${Icon} name="stop" size=${16} /> Stop</button></div>`
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
    <article class="answer" id=${`m-${message.message_id}`} aria-label="Answer" tabindex="-1">
      <h2 class="visually-hidden">Answer</h2>
      ${head}
      ${
        message.run_id &&
        html`<${Trace} run=${message.detail} label="Steps and reasoning"
        fetch=${() => actions.readRun(message.run_id)} />`
      }
      ${message.text && html`<${Markdown} text=${message.text} known=${known} onCite=${cite} />`}
      <${Ended} message=${message} me=${me} question=${question} actions=${actions}
        may=${mayWriteIn(room)} />
      ${
        citations.length > 0 &&
        html`<${Sources} citations=${citations} shown=${source}
        onOpen=${open} />`
      }
      <${Foot} message=${message} room=${room} me=${me} question=${question} actions=${actions}
        siblings=${siblings} />
    </article>
  `;
}

/** How an answer ended that did not end well, and what can be done. */
function Ended({ message, me, question, actions, may }) {
  const { run_status: status, error, text, run_id: runId } = message;
  const again = () => actions.retry(message.message_id);
  const goOn =
    may &&
    text &&
    html`<button type="button" class="button"
    onClick=${() => actions.goOn(runId)}><${Icon} name="forward" size=${16} /> Continue</button>`;
  const retry = (words) =>
    may &&
    html`<button type="button" class="button" onClick=${again}><${Icon} name="retry" size=${16}
    /> ${words}</button>`;
  if (error) return html`<${Failure} error=${error}>${goOn}${retry("Try again")}<//>`;
  if (status !== "cancelled" && status !== "interrupted") return null;
  const mine = !question || question.author.id === me;
  const words =
    status === "interrupted"
      ? "The server stopped during this answer. What was written is kept."
      : mine
        ? "You stopped this answer."
        : "This answer was stopped.";
  return html`<p class="ended">${words}</p>
    <div class="ended-buttons">${goOn}${retry("Start over")}</div>`;
}

function Foot({ message, room, me, question, actions, siblings }) {
  const { message_id: id, text, error, feedback = {} } = message;
  const may = mayWriteIn(room);
  const rate = (value) => actions.rate(id, feedback[me]?.value === value ? null : value);
  const thumb = (value, label) => {
    const count = Object.values(feedback).filter((given) => given.value === value).length;
    const pressed = feedback[me]?.value === value;
    return html`<button type="button" class="icon-button thumb" aria-pressed=${pressed}
      aria-label=${count > 1 || (count && !pressed) ? `${label} (${count})` : label} title=${label}
      onClick=${() => rate(value)}><${Icon} name=${value === "up" ? "up" : "down-thumb"} size=${18} />${count > 1 && html`<span>${count}</span>`}</button>`;
  };
  const remove = () =>
    actions.openDialog({
      title: "Delete this answer?",
      text: "Its text will be gone for everyone, for good. Other answers to the question stay.",
      verb: "Delete",
      onConfirm: () => actions.remove(id),
    });
  return html`
    <div class="answer-foot">
      ${siblings}
      ${text && html`<${CopyButton} text=${text} />`}
      ${
        may &&
        !error &&
        html`<${IconButton} icon="retry" label="Answer again" onClick=${() => actions.retry(id)} />`
      }
      ${may && text && thumb("up", "Good answer")} ${may && text && thumb("down", "Bad answer")}
      ${
        mayDelete(message, me, room, question) &&
        html`<${Menu} label="More about this answer"
        items=${[{ text: "Delete", icon: "trash", danger: true, act: remove }]} />`
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
    label=${copied ? "Copied" : "Copy the answer"} onClick=${copy} />`;
}

function Facts({ message }) {
  const { usage, timings } = message.detail ?? {};
  const total = timings?.total_ms;
  const facts = [
    message.model,
    usage && plural(usage.output_tokens, "token"),
    total && duration(total),
  ];
  return html`<span class="facts">${facts.filter(Boolean).join(" · ")}</span>`;
}
