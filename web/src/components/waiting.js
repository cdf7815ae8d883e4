import { html, useEffect, useState } from "../preact.js";
import { t, variant } from "../i18n/index.js";

const SHOWN_AFTER_S = 4;

/** A note that work is in progress, with the elapsed time once it takes a while. */
export function Waiting({ text, since }) {
  return html`<p class="waiting"><span class="pulse"
    aria-hidden="true"></span>${text}<${Elapsed} since=${since} /></p>`;
}

/** The progress of a long run: its stages so far, what happens now, and how much is done. */
export function RunProgress({ progress: { done, stages, detail }, since }) {
  const names = stages.map((stage) => variant("run.stage", stage) ?? stage);
  return html`
    <div class="run-progress">
      <p class="waiting"><span class="pulse" aria-hidden="true"></span>
        <span class="stages">${names.map(
          (name, i) => html`<span key=${name} class="stage" data-now=${i === names.length - 1}>${name}</span>`,
        )}</span>
        <span class="stage-detail" title=${detail}>${detail}</span>
        <${Elapsed} since=${since} /></p>
      <progress class="progress" max="1" value=${done} aria-label=${t("run.progress")}></progress>
    </div>
  `;
}

function Elapsed({ since }) {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const update = () => setSeconds(Math.floor((Date.now() - new Date(since)) / 1000));
    const timer = setInterval(update, 1000);
    return () => clearInterval(timer);
  }, [since]);
  if (seconds < SHOWN_AFTER_S) return null;
  return html` <span class="muted">${variant("unit.time", "s", { n: seconds })}</span>`;
}
