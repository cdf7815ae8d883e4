import { html, useEffect, useLayoutEffect, useRef, useState } from "../view.js";
import { inWords } from "../format.js";
import { t } from "../i18n/index.js";
import { Words } from "./words.js";

/** Sends a form once at a time, and keeps what went wrong: `{busy, problem, submit, setProblem}`. */
export function useSubmit(work) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(null);
  const alive = useRef(true);
  useEffect(() => () => (alive.current = false), []);
  const submit = async (event) => {
    event?.preventDefault();
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      await work();
    } catch (error) {
      if (alive.current) setProblem(error);
    }
    if (alive.current) setBusy(false);
  };
  return { busy, problem, submit, setProblem };
}

/** Puts the caret into a form's first field, where no keyboard has to come up for it. */
export function useCaret(form, shown = true) {
  useLayoutEffect(() => {
    if (shown && matchMedia("(hover: hover)").matches) form.current.querySelector("input").focus();
  }, [shown]);
}

/** What went wrong, as people read it; a limit counts down to when one may try again. */
export function Problem({ error, id }) {
  const left = useCountdown(error);
  const { message, hint } = error ? inWords(error) : {};
  const waits = Boolean(error?.retryAfterMs);
  const seconds = waits && Math.ceil(error.retryAfterMs / 1000);
  return html`
    <div id=${id} class="problem" role="alert">${
      error &&
      html`<${Words} text=${[message, !waits && hint].filter(Boolean).join(" ")} />
      ${waits && html`<span class="visually-hidden">${t("error.retryIn", { seconds })}</span>`}`
    }</div>
    ${
      waits &&
      html`<p class="problem" aria-hidden="true">${
        left > 0 ? t("error.retryIn", { seconds: left }) : t("error.retryNow")
      }</p>`
    }
  `;
}

function useCountdown(error) {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    if (!error?.retryAfterMs) return;
    const until = Date.now() + error.retryAfterMs;
    const tick = () => setLeft(Math.max(0, Math.ceil((until - Date.now()) / 1000)));
    tick();
    const timer = setInterval(tick, 500);
    return () => clearInterval(timer);
  }, [error]);
  return left;
}

let last = 0;
const useName = () => useState(() => `field-${++last}`)[0];

/** A labelled input; the hint is read after the label. */
export function Field({ label, hint, ...input }) {
  const id = useName();
  return html`
    <div class="field">
      <label for=${id}>${label}</label>
      <input id=${id} ...${input} aria-describedby=${hint ? `${id}-hint` : null} />
      ${hint && html`<small id=${`${id}-hint`} class="muted">${hint}</small>`}
    </div>
  `;
}

/** A choice of few; a quiet one shows its frame only when it is pointed at. */
export function Select({ label, options, value, onPick, quiet = false, hint, ...props }) {
  const id = useName();
  return html`
    <div class=${quiet ? "quiet-select" : "field"}>
      <label for=${id} class=${quiet ? "visually-hidden" : ""}>${label}</label>
      <select id=${id} class="select" value=${value} ...${props}
        aria-describedby=${hint ? `${id}-hint` : null}
        onChange=${(event) => onPick(event.target.value)}>
        ${options.map(
          (option) => html`<option key=${option.value} value=${option.value}
          selected=${option.value === value}>${option.text}</option>`,
        )}
      </select>
      ${hint && html`<small id=${`${id}-hint`} class="muted">${hint}</small>`}
    </div>
  `;
}

/** The values of a form by the names of its fields. */
export const valuesOf = (form) => Object.fromEntries(new FormData(form));
