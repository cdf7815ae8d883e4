import { html, useEffect, useLayoutEffect, useRef, useState } from "../view.js";
import { Icon } from "./icons.js";

/** A modal window; the browser keeps the focus inside, and its end gives it back. */
export function Modal({ label, onClose, children }) {
  const element = useRef();
  useLayoutEffect(() => {
    const dialog = element.current;
    const opener = document.activeElement;
    dialog.showModal();
    dialog.querySelector("[data-focus]")?.focus();
    // While it is open, nothing outside can be focused.
    return () => {
      dialog.close();
      opener?.focus();
    };
  }, []);
  const onClick = (event) => event.target === element.current && onClose();
  return html`
    <dialog ref=${element} class="modal" aria-label=${label} onClose=${onClose} onClick=${onClick}>
      <div class="modal-body">${children}</div>
    </dialog>
  `;
}

function Confirm({ title, text, verb, onConfirm, close }) {
  const confirm = () => {
    close();
    onConfirm();
  };
  return html`
    <${Modal} label=${title} onClose=${close}>
      <h2>${title}</h2>
      <p>${text}</p>
      <div class="modal-buttons">
        <button type="button" class="button" data-focus onClick=${close}>Cancel</button>
        <button type="button" class="button danger" onClick=${confirm}>${verb}</button>
      </div>
    <//>
  `;
}

function Prompt({ title, label, value, verb, onConfirm, close }) {
  const [text, setText] = useState(value);
  const submit = (event) => {
    event.preventDefault();
    close();
    if (text.trim() && text.trim() !== value) onConfirm(text.trim());
  };
  return html`
    <${Modal} label=${title} onClose=${close}>
      <form onSubmit=${submit}>
        <h2>${title}</h2>
        <label class="field">
          <span>${label}</span>
          <input data-focus value=${text} maxlength="200"
            onInput=${(event) => setText(event.target.value)}
            onFocus=${(event) => event.target.select()} />
        </label>
        <div class="modal-buttons">
          <button type="button" class="button" onClick=${close}>Cancel</button>
          <button class="button primary">${verb}</button>
        </div>
      </form>
    <//>
  `;
}

export function Dialogs({ dialog, actions }) {
  if (!dialog) return null;
  const close = () => actions.openDialog(null);
  const Kind = dialog.kind === "prompt" ? Prompt : Confirm;
  return html`<${Kind} ...${dialog} close=${close} />`;
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
        <p>${notice.name && `Could not load ${notice.name}. `}${text.message} ${text.hint}</p>
        <button type="button" class="icon-button" aria-label="Dismiss" onClick=${onClose}><${Icon}
          name="close" size=${18} /></button>
      </div>`
      }
    </div>
  `;
}
