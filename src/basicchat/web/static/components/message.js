import { html, useEffect, useMemo, useState } from "../view.js";
import { duration, inWords, place, plural } from "../format.js";
import { copyText } from "../keyboard.js";
import { Icon, IconButton } from "./icons.js";
import { Markdown } from "./markdown.js";
import { Words } from "./words.js";

export function Question({ message, me }) {
  return html`
    <article class="question" aria-label=${message.author.id === me ? "You" : message.author.name}>
      ${message.author.id !== me && html`<span class="author">${message.author.name}</span>`}
      <div class="bubble">${message.text}</div>
    </article>
  `;
}

/** What was sent but has not come back from the server. */
export function Pending({ item, online, onAgain, onDiscard }) {
  const words = item.error && inWords(item.error);
  return html`
    <article class="question" aria-label="You" data-pending="true">
      <div class="bubble">${item.text}</div>
      ${
        !online &&
        !item.error &&
        html`<p class="pending-note"
        role="status">Will be sent as soon as the connection is back.</p>`
      }
      ${
        words &&
        html`<${Failure} error=${item.error}>
        <button type="button" class="button" onClick=${onAgain}><${Icon} name="retry" size=${16}
          /> Send again</button>
        <button type="button" class="button" onClick=${onDiscard}>Discard</button>
      <//>`
      }
    </article>
  `;
}

export function Failure({ error, children }) {
  const { message, hint } = inWords(error);
  return html`
    <div class="failure" role="alert">
      <${Icon} name="alert" />
      <div>
        <p class="failure-title"><${Words} text=${message} /></p>
        ${hint && html`<p><${Words} text=${hint} /></p>`}
        <div class="failure-buttons">${children}</div>
      </div>
    </div>
  `;
}

/** The answers to one question: the one shown, and a switch if there are several. */
export function Answers({ entry, roomId, actions, source, last }) {
  const { answers, index, parentId } = entry;
  const answer = answers[index];
  const turn = (by) => actions.show(roomId, parentId, answers[index + by].message_id);
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
  if (answer.run) return html`<${LiveAnswer} run=${answer.run} />`;
  return html`<${Answer} message=${answer} actions=${actions} source=${source} siblings=${siblings}
    last=${last} />`;
}

function LiveAnswer({ run }) {
  const reasoning = textOf(run.parts, "reasoning");
  const text = textOf(run.parts, "answer");
  const step = run.steps?.at(-1);
  const waiting = step ? step.detail || step.name : reasoning ? "Thinking…" : "Starting…";
  return html`
    <article class="answer" aria-label="Answer, being written" aria-busy="true">
      <h2 class="visually-hidden">Answer</h2>
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
    </article>
  `;
}

function Waiting({ words, since }) {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(
      () => setSeconds(Math.floor((Date.now() - new Date(since)) / 1000)),
      1000,
    );
    return () => clearInterval(timer);
  }, [since]);
  return html`<p class="waiting"><span class="pulse"
    aria-hidden="true"></span>${words}${seconds >= 4 && html` <span class="muted">${seconds} s</span>`}</p>`;
}

/** What the run did and thought. A finished run's trace is fetched when someone wants to see it. */
function Trace({ run, label, live = false, fetch }) {
  const [open, setOpen] = useState(false);
  const [fetched, setFetched] = useState(null);
  const [problem, setProblem] = useState(null);
  const shown = run ?? fetched;
  useEffect(() => {
    if (open && !shown && fetch) fetch().then(setFetched, setProblem);
  }, [open]);
  return html`
    <details class="trace" open=${open} onToggle=${(event) => setOpen(event.target.open)}>
      <summary><${Icon} name="right" size=${16} /> ${label}</summary>
      ${
        open &&
        (shown
          ? html`<${TraceBody} run=${shown} live=${live} />`
          : html`<p
        class="muted">${problem ? inWords(problem).message : "Fetching…"}</p>`)
      }
    </details>
  `;
}

function TraceBody({ run, live }) {
  const reasoning = textOf(run.parts, "reasoning");
  return html`
    <div class="trace-body">
      ${
        run.steps?.length > 0 &&
        html`<ol class="steps">
        ${run.steps.map(
          (step) => html`<li
          key=${step.step}>${step.detail || step.name}${step.ms && html`<span class="muted"> · ${duration(step.ms)}</span>`}</li>`,
        )}
      </ol>`
      }
      ${
        reasoning
          ? html`<${Markdown} text=${reasoning} live=${live} />`
          : !live &&
            html`<p
        class="muted">This model gave no reasoning.</p>`
      }
    </div>
  `;
}

function Answer({ message, actions, source, siblings, last }) {
  const citations = message.citations ?? [];
  const known = useMemo(() => new Set(citations.map((c) => c.n)), [citations]);
  const status = message.run_status;
  const cite = (n) =>
    actions.openPanel({
      kind: "source",
      citation: citations.find((c) => c.n === n),
      citations,
      messageId: message.message_id,
    });
  return html`
    <article class="answer" aria-label="Answer">
      <h2 class="visually-hidden">Answer</h2>
      ${
        message.run_id &&
        html`<${Trace} run=${message.detail} label="Steps and reasoning"
        fetch=${() => actions.readRun(message.run_id)} />`
      }
      ${message.text && html`<${Markdown} text=${message.text} known=${known} onCite=${cite} />`}
      ${
        message.error &&
        html`<${Failure} error=${message.error}>
        <button type="button" class="button"
          onClick=${() => actions.retry(message.message_id)}><${Icon} name="retry" size=${16}
          /> Try again</button>
      <//>`
      }
      ${
        (status === "cancelled" || status === "interrupted") &&
        html`<p
        class="ended">${status === "cancelled" ? "You stopped this answer." : "The server stopped during this answer. Retry to get a whole one."}</p>`
      }
      ${
        citations.length > 0 &&
        html`<${Sources} citations=${citations} shown=${source}
        onOpen=${cite} />`
      }
      <div class="answer-foot" data-last=${last}>
        ${siblings}
        ${message.text && html`<${CopyButton} text=${message.text} />`}
        ${
          !message.error &&
          html`<${IconButton} icon="retry" label="Answer again"
          onClick=${() => actions.retry(message.message_id)} />`
        }
        <${Facts} message=${message} />
      </div>
    </article>
  `;
}

function Sources({ citations, shown, onOpen }) {
  return html`
    <ul class="sources" aria-label="Sources">
      ${citations.map(
        (c) => html`
        <li key=${c.n}>
          <button type="button" class="source-chip" aria-pressed=${shown?.n === c.n}
            onClick=${() => onOpen(c.n)} title=${c.quote}>
            <span class="source-n">${c.n}</span>
            <span class="source-title">${c.title}</span>
            ${place(c) && html`<span class="muted">${place(c)}</span>`}
          </button>
        </li>`,
      )}
    </ul>
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

function textOf(parts, kind) {
  return (parts ?? [])
    .filter((part) => part.kind === kind)
    .map((part) => part.text)
    .join("\n\n");
}
