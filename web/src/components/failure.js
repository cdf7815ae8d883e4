import { html } from "../view.js";
import { inWords } from "../format.js";
import { Icon } from "./icons.js";
import { Words } from "./words.js";

/** What went wrong, what to do about it, and the buttons that do it. */
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
