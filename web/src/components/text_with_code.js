import { html } from "../preact.js";

/** Text with `backticked` pieces rendered as code, with a CSS class if one is given. */
export const TextWithCode = ({ text, codeClass }) =>
  (text ?? "")
    .split("`")
    .map((piece, i) => (i % 2 ? html`<code class=${codeClass}>${piece}</code>` : piece));
