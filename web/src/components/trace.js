import { html, useEffect, useState } from "../preact.js";
import { describeError, formatDuration, joinFacts, prettyJson } from "../format.js";
import { t, variant } from "../i18n/index.js";
import { useRunParts } from "../live_texts.js";
import { inOrder, textOf } from "../run_parts.js";
import { Icon } from "./icons.js";
import { Markdown } from "./markdown.js";

/**
 * A run's steps and reasoning, in the order in which they happened. For a finished run they are
 * fetched when the reader opens them, as are the results of steps, which only the user who asked may
 * see.
 */
export function Trace({ run, label, live = false, me, fetch }) {
  const [open, setOpen] = useState(false);
  const [fetched, setFetched] = useState(null);
  const [problem, setProblem] = useState(null);
  const shown = run ?? fetched;
  const load = () => fetch().then(setFetched, setProblem);
  useEffect(() => {
    if (open && !shown && fetch) load();
  }, [open]);
  return html`
    <details class="trace" open=${open} onToggle=${(event) => setOpen(event.target.open)}>
      <summary><${Icon} name="right" size=${16} /> ${label}</summary>
      ${
        open &&
        (shown
          ? html`<${TraceBody} run=${shown} full=${fetched} live=${live} me=${me} onLoad=${load} />`
          : html`<p
        class="muted">${problem ? describeError(problem).message : t("common.loading")}</p>`)
      }
    </details>
  `;
}

function TraceBody({ run, full, live, me, onLoad }) {
  const parts = useRunParts(live ? run : null, reasoningOf);
  const items = inOrder(live ? { ...run, parts } : run);
  if (!items.length && !live)
    return html`<div class="trace-body"><p class="muted">${t("answer.traceEmpty")}</p></div>`;
  return html`
    <ol class="trace-body steps">
      ${items.map(({ step, part }) =>
        step
          ? html`<li key=${`s${step.step}`} class="trace-item step">
            <${Step} step=${step} full=${full} me=${me} onLoad=${onLoad} /></li>`
          : html`<li key=${`p${part.part}`} class="trace-item"><${Markdown} text=${part.text} live=${live} /></li>`,
      )}
    </ol>
  `;
}

const reasoningOf = (parts) => textOf(parts, "reasoning");

function Step({ step, full, me, onLoad }) {
  const { name, detail, ms, arguments: args, is_error: failed, approval } = step;
  const [open, setOpen] = useState(false);
  const result = full?.steps.find((one) => one.step === step.step);
  useEffect(() => {
    if (open && !result) onLoad();
  }, [open]);
  const facts = joinFacts([
    variant("step.name", name, { detail: detail || name }) ?? (detail || name),
    approval && variant("step.approval", approval),
    failed && t("step.failed"),
    ms && formatDuration(ms),
  ]);
  if (!args) return facts;
  return html`
    <details open=${open} onToggle=${(event) => setOpen(event.target.open)}>
      <summary><${Icon} name="right" size=${14} /> ${facts}</summary>
      ${
        open &&
        html`<dl class="step-data">
          <dt>${t("step.arguments")}</dt><dd><pre tabindex="0">${prettyJson(args)}</pre></dd>
          <dt>${t("step.result")}</dt><dd><${Result} step=${result} run=${full} me=${me} /></dd>
        </dl>`
      }
    </details>
  `;
}

function Result({ step, run, me }) {
  if (!step) return html`<p class="muted">${t("common.loading")}</p>`;
  if (step.result) return html`<pre tabindex="0">${step.result}</pre>`;
  return html`<p class="muted">${run.user_id === me ? t("step.noResult") : t("step.hidden")}</p>`;
}
