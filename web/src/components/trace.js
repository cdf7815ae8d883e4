import { html, useEffect, useState } from "../preact.js";
import { describeError, formatDuration } from "../format.js";
import { t, variant } from "../i18n/index.js";
import { Icon } from "./icons.js";
import { Markdown } from "./markdown.js";

const SHOWN_AFTER_S = 4;

/** A note that work is in progress, with the elapsed time once it takes a while. */
export function Waiting({ text, since }) {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(
      () => setSeconds(Math.floor((Date.now() - new Date(since)) / 1000)),
      1000,
    );
    return () => clearInterval(timer);
  }, [since]);
  const elapsed = seconds >= SHOWN_AFTER_S && variant("unit.time", "s", { n: seconds });
  return html`<p class="waiting"><span class="pulse"
    aria-hidden="true"></span>${text}${elapsed && html` <span class="muted">${elapsed}</span>`}</p>`;
}

/** A run's steps and reasoning. For a finished run they are fetched when the reader opens them. */
export function Trace({ run, label, live = false, fetch }) {
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
        class="muted">${problem ? describeError(problem).message : t("common.loading")}</p>`)
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
          key=${step.step}>${step.detail || step.name}${step.ms && html`<span class="muted"> · ${formatDuration(step.ms)}</span>`}</li>`,
        )}
      </ol>`
      }
      ${
        reasoning
          ? html`<${Markdown} text=${reasoning} live=${live} />`
          : !live &&
            !run.steps?.length &&
            html`<p
        class="muted">${t("answer.traceEmpty")}</p>`
      }
    </div>
  `;
}

/** The text of all parts of one kind. */
export function textOf(parts, kind) {
  return (parts ?? [])
    .filter((part) => part.kind === kind)
    .map((part) => part.text)
    .join("\n\n");
}
