import { html } from "../preact.js";
import { describeError } from "../format.js";
import { Icon } from "./icons.js";
import { TextWithCode } from "./text_with_code.js";

/** An error: what happened, what to do, and the buttons for it. */
export function ErrorMessage({ error, children }) {
  const { message, hint } = describeError(error);
  return html`
    <div class="failure" role="alert">
      <${Icon} name="alert" />
      <div>
        <p class="failure-title"><${TextWithCode} text=${message} /></p>
        ${hint && html`<p><${TextWithCode} text=${hint} /></p>`}
        <div class="failure-buttons">${children}</div>
      </div>
    </div>
  `;
}
