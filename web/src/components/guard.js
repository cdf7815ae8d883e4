import { html, useErrorBoundary } from "../view.js";
import { t, variant } from "../i18n/index.js";
import { Failure } from "./failure.js";

/** Keeps a fault of the page to the part that has it, and says so there. */
export function Guard({ part, children }) {
  const [fault, reset] = useErrorBoundary((error) => reportError(error));
  if (!fault) return children;
  const error = {
    message: variant("error.notShown", part),
    hint: t("error.notShownHint"),
  };
  return html`<${Failure} error=${error}>
    <button type="button" class="button" onClick=${reset}>${t("common.tryAgain")}</button>
    <button type="button" class="button"
      onClick=${() => location.reload()}>${t("common.reload")}</button>
  <//>`;
}
