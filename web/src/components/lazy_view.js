import { html } from "../preact.js";
import { t } from "../i18n/index.js";

/** A view that is loaded when it is first shown. */
export const waitingFor = (lazy) => (props) => {
  const View = lazy.use()?.View;
  return View
    ? html`<${View} ...${props} />`
    : html`<p class="waiting view">${t("common.loading")}</p>`;
};
