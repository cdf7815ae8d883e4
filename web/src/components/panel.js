import { html, useLayoutEffect, useRef } from "../preact.js";
import { t } from "../i18n/index.js";
import { IconButton } from "./icons.js";

/** The side panel on the right; on narrow screens it covers the page. */
export function Panel({ title, modal, onClose, tools, children }) {
  const element = useRef();
  useLayoutEffect(() => {
    const opener = document.activeElement;
    element.current.focus();
    return () => opener?.isConnected && opener.focus();
  }, []);
  return html`
    <div class="panel" ref=${element} tabindex="-1" role=${modal ? "dialog" : "complementary"}
      aria-modal=${modal || null} aria-label=${title}>
      <header class="panel-head">
        <h2 title=${title}>${title}</h2>
        ${tools}
        <${IconButton} icon="close" label=${t("common.close")} onClick=${onClose} />
      </header>
      <div class="panel-body" tabindex="0">${children}</div>
    </div>
  `;
}
