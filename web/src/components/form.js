import { html, useEffect, useLayoutEffect, useRef, useState } from "../preact.js";
import { describeError } from "../format.js";
import { t } from "../i18n/index.js";
import { TextWithCode } from "./text_with_code.js";

/** Submits a form, one submission at a time; keeps the error: `{busy, problem, submit, setProblem}`. */
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

/** Focuses a form's first field, except on touch devices, where the keyboard would pop up. */
export function useAutofocus(form, shown = true) {
  useLayoutEffect(() => {
    if (shown && matchMedia("(hover: hover)").matches) form.current.querySelector("input").focus();
  }, [shown]);
}

/** A form's error message; for a rate limit, with a countdown to the next attempt. */
export function FormError({ error, id }) {
  const left = useCountdown(error);
  const { message, hint } = error ? describeError(error) : {};
  const waits = Boolean(error?.retryAfterMs);
  const seconds = waits && Math.ceil(error.retryAfterMs / 1000);
  return html`
    <div id=${id} class="problem" role="alert">${
      error &&
      html`<${TextWithCode} text=${[message, !waits && hint].filter(Boolean).join(" ")} />
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
const useFieldId = () => useState(() => `field-${++last}`)[0];

/** An input with a label and an optional hint. */
export function Field({ label, hint, ...input }) {
  const id = useFieldId();
  return html`
    <div class="field">
      <label for=${id}>${label}</label>
      <input id=${id} ...${input} aria-describedby=${hint ? `${id}-hint` : null} />
      ${hint && html`<small id=${`${id}-hint`} class="muted">${hint}</small>`}
    </div>
  `;
}

/** A select with a label; a quiet one shows its border only on hover or focus. */
export function Select({ label, options, value, onPick, quiet = false, hint, ...props }) {
  const id = useFieldId();
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

/** The form's values by field name. */
export const formValues = (form) => Object.fromEntries(new FormData(form));
