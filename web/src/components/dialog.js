import { html, useEffect, useLayoutEffect, useRef } from "../view.js";
import { t, variant } from "../i18n/index.js";
import { Icon } from "./icons.js";

/** A modal window; the browser keeps the focus inside, and its end gives it back. */
export function Modal({ label, onClose, className = "", children }) {
  const element = useRef();
  const gone = useRef(false);
  useLayoutEffect(() => {
    const dialog = element.current;
    const opener = document.activeElement;
    dialog.showModal();
    dialog.querySelector("[data-focus]")?.focus();
    // While it is open, nothing outside can be focused.
    return () => {
      gone.current = true;
      dialog.close();
      opener?.focus();
    };
  }, []);
  // That it was taken away is told too, when another window may be open already.
  const onClosed = () => !gone.current && onClose();
  const onClick = (event) => event.target === element.current && onClose();
  return html`
    <dialog ref=${element} class=${`modal ${className}`} aria-label=${label} onClose=${onClosed}
      onClick=${onClick}>
      <div class="modal-body">${children}</div>
    </dialog>
  `;
}

/** A passing message. Errors stay until they are dismissed. */
export function Notice({ notice, words, onClose }) {
  useEffect(() => {
    if (!notice || notice.error) return;
    const timer = setTimeout(onClose, 4000);
    return () => clearTimeout(timer);
  }, [notice]);
  const text = notice?.error ? words(notice.error) : notice && { message: notice.text };
  return html`
    <div class="notice-area" role="status">
      ${
        text &&
        html`<div class=${`notice ${notice.error ? "bad" : ""}`}>
        ${notice.error && html`<${Icon} name="alert" size=${18} />`}
        <p>${notice.notLoaded && variant("error.notLoaded", notice.notLoaded)} ${text.message} ${text.hint}</p>
        <button type="button" class="icon-button" aria-label=${t("common.dismiss")}
          onClick=${onClose}><${Icon}
          name="close" size=${18} /></button>
      </div>`
      }
    </div>
  `;
}
