import { html, useLayoutEffect, useRef, useState } from "../preact.js";
import { t } from "../i18n/index.js";
import { isSubmitKey } from "../keyboard.js";
import { mentionsAssistant } from "../mentions.js";
import { FormError, useSubmit } from "./form.js";

/** Editor for one's own message; saving can also regenerate the assistant's answer to it. */
export function MessageEditor({ message, answered, shared, actions, onEnd }) {
  const [text, setText] = useState(message.text);
  const area = useRef();
  const anew = useRef(false);
  const { busy, problem, submit } = useSubmit(async () => {
    const trimmed = text.trim();
    if (!trimmed) return;
    const edit = { answers: anew.current, shared };
    if (trimmed === message.text && !edit.answers) return onEnd();
    const editing = actions.editMessage(message, trimmed, edit);
    // A new version is a question of its own, which waits for the connection like any other.
    if (shared || !edit.answers) await editing;
    onEnd();
  });
  useLayoutEffect(() => {
    area.current.focus();
    area.current.setSelectionRange(text.length, text.length);
  }, []);
  useLayoutEffect(() => {
    area.current.style.height = "auto";
    area.current.style.height = `${area.current.scrollHeight}px`;
  }, [text]);
  const asks = shared ? mentionsAssistant(text) : true;
  const offersAnew = asks && (answered || shared);
  const send = (event, again) => {
    anew.current = again;
    submit(event);
  };
  const onKeyDown = (event) => {
    if (event.key === "Escape") {
      event.preventDefault();
      onEnd();
    } else if (isSubmitKey(event)) {
      send(event, offersAnew);
    }
  };
  return html`
    <form class="edit" onSubmit=${(event) => send(event, offersAnew)}>
      <textarea ref=${area} rows="1" dir="auto" value=${text} aria-label=${t("message.editLabel")}
        onInput=${(event) => setText(event.target.value)} onKeyDown=${onKeyDown}></textarea>
      <${FormError} error=${problem} />
      <div class="edit-buttons">
        <button type="button" class="button" onClick=${onEnd}>${t("common.cancel")}</button>
        ${
          offersAnew &&
          html`<button type="button" class="button" disabled=${busy || !text.trim()}
          onClick=${(event) => send(event, false)}>${t("message.saveOnly")}</button>`
        }
        <button class="button primary"
          disabled=${busy || !text.trim()}>${offersAnew ? t("message.saveAndAnswer") : t("message.save")}</button>
      </div>
    </form>
  `;
}
