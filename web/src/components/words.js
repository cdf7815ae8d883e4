import { html } from "../view.js";

/** Text in which `commands` between backticks are set as code. */
export const Words = ({ text }) =>
  (text ?? "").split("`").map((piece, i) => (i % 2 ? html`<code>${piece}</code>` : piece));
