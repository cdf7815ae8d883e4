import { html, useErrorBoundary } from "../view.js";
import { Failure } from "./failure.js";

/** Keeps a fault of the page to the part that has it, and says so there. */
export function Guard({ what, children }) {
  const [fault, reset] = useErrorBoundary((error) => reportError(error));
  if (!fault) return children;
  const error = {
    message: `${what} cannot be shown: this page has a fault`,
    hint: "Nothing is lost. Try again, or reload the page.",
  };
  return html`<${Failure} error=${error}>
    <button type="button" class="button" onClick=${reset}>Try again</button>
    <button type="button" class="button" onClick=${() => location.reload()}>Reload</button>
  <//>`;
}
