import { html, useLayoutEffect, useRef } from "../preact.js";

/** A modal dialog; the browser traps the focus, and closing returns it to where it was. */
export function Modal({ label, onClose, className = "", children }) {
  const element = useRef();
  const gone = useRef(false);
  useLayoutEffect(() => {
    const dialog = element.current;
    const opener = document.activeElement;
    dialog.showModal();
    dialog.querySelector("[data-focus]")?.focus();
    // The focus can only return once the dialog is closed: until then, nothing outside takes it.
    return () => {
      gone.current = true;
      dialog.close();
      opener?.focus();
    };
  }, []);
  // Unmounting also fires "close", when another dialog may already be open.
  const onClosed = () => !gone.current && onClose();
  const onClick = (event) => event.target === element.current && onClose();
  return html`
    <dialog ref=${element} class=${`modal ${className}`} aria-label=${label} onClose=${onClosed}
      onClick=${onClick}>
      <div class="modal-body">${children}</div>
    </dialog>
  `;
}
