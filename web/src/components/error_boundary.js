import { html, useErrorBoundary } from "../preact.js";
import { t, variant } from "../i18n/index.js";
import { ErrorMessage } from "./error_message.js";

/** Catches errors while rendering, and shows a message in place of the broken part. */
export function ErrorBoundary({ part, children }) {
  const [fault, reset] = useErrorBoundary((error) => reportError(error));
  if (!fault) return children;
  const error = {
    message: variant("error.notShown", part),
    hint: t("error.notShownHint"),
  };
  return html`<${ErrorMessage} error=${error}>
    <button type="button" class="button" onClick=${reset}>${t("common.tryAgain")}</button>
    <button type="button" class="button"
      onClick=${() => location.reload()}>${t("common.reload")}</button>
  <//>`;
}
