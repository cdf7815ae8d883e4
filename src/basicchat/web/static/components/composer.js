import { html, useEffect, useLayoutEffect, useRef, useState } from "../view.js";
import { offered, recall, remember } from "../actions.js";
import { ACCEPTED } from "../uploads.js";
import { isSend } from "../keyboard.js";
import { Icon, IconButton } from "./icons.js";

const TYPING_EVERY_MS = 3_000;

export function Composer({ state, actions, uploads, run, prefill }) {
  const { roomId, chosen, models, modes } = state;
  const draftKey = `basicchat.draft.${roomId ?? "new"}`;
  const [text, setText] = useState(() => recall(draftKey, ""));
  const area = useRef();
  const picker = useRef();
  const typedAt = useRef(0);

  useEffect(() => setText(recall(draftKey, "")), [draftKey]);
  useEffect(() => {
    if (!prefill) return;
    edit(prefill.text);
    area.current.focus();
  }, [prefill]);
  useEffect(() => {
    if (matchMedia("(hover: hover)").matches) area.current.focus();
  }, [roomId]);
  useLayoutEffect(() => {
    area.current.style.height = "auto";
    area.current.style.height = `${area.current.scrollHeight}px`;
  }, [text]);

  function edit(value) {
    setText(value);
    remember(draftKey, value || null);
    if (!roomId || Date.now() - typedAt.current < TYPING_EVERY_MS) return;
    typedAt.current = Date.now();
    actions.typing(roomId);
  }
  function send() {
    if (!text.trim() || run) return;
    edit("");
    actions.ask(text.trim());
  }
  function onKeyDown(event) {
    if (isSend(event)) {
      event.preventDefault();
      send();
    } else if (event.key === "Escape" && run) {
      event.preventDefault();
      actions.stop(run.run_id);
    }
  }
  const pick = () => {
    uploads.add(picker.current.files);
    picker.current.value = "";
    actions.openPanel({ kind: "documents" });
  };
  const submit = (event) => {
    event.preventDefault();
    send();
  };
  return html`
    <form class="composer" onSubmit=${submit} aria-label="Ask">
      <textarea ref=${area} rows="1" value=${text} aria-label="Your question"
        placeholder="Ask your documents…" enterkeyhint="send"
        onInput=${(event) => edit(event.target.value)} onKeyDown=${onKeyDown}></textarea>
      <div class="composer-row">
        <input ref=${picker} type="file" multiple hidden accept=${ACCEPTED.join(",")}
          onChange=${pick} />
        <${IconButton} icon="clip" label="Add documents" onClick=${() => picker.current.click()} />
        <${Picker} label="Mode" value=${offered(modes, chosen.mode) ?? modes[0]?.id}
          onPick=${(mode) => actions.choose({ mode })}
          options=${modes.map((mode) => ({ value: mode.id, text: mode.title, title: mode.description }))}
          />
        <${Picker} label="Model"
          value=${offered(models, chosen.model) ?? state.provider?.model ?? models[0]?.id}
          onPick=${(model) => actions.choose({ model })}
          options=${models.map((model) => ({ value: model.id, text: model.id, title: model.loaded ? "in memory" : "" }))}
          />
        <span class="grow"></span>
        ${
          run
            ? html`<button type="button" class="send stop" aria-label="Stop the answer"
              title="Stop (Esc)" onClick=${() => actions.stop(run.run_id)}><${Icon} name="stop"
              /></button>`
            : html`<button class="send" aria-label="Send" title="Send (Enter)"
              disabled=${!text.trim()}><${Icon} name="send" /></button>`
        }
      </div>
    </form>
  `;
}

function Picker({ label, value, options, onPick }) {
  if (!options.length) return null;
  return html`
    <label class="picker">
      <span class="visually-hidden">${label}</span>
      <select value=${value} onChange=${(event) => onPick(event.target.value)}>
        ${options.map(
          (option) => html`<option key=${option.value} value=${option.value}
          title=${option.title} selected=${option.value === value}>${option.text}</option>`,
        )}
      </select>
      <${Icon} name="down" size=${14} />
    </label>
  `;
}
