import { html } from "../view.js";

/** Text in which `commands` between backticks are set as code, of a CSS class if one is given. */
export const Words = ({ text, kind }) =>
  (text ?? "")
    .split("`")
    .map((piece, i) => (i % 2 ? html`<code class=${kind}>${piece}</code>` : piece));
