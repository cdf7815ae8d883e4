import { html, useLayoutEffect, useRef, useState } from "../preact.js";
import { t } from "../i18n/index.js";
import { isSubmitKey } from "../keyboard.js";
import { completeMention, mentionAt, mentionCandidates } from "../mentions.js";
import { canUpload } from "../permissions.js";
import { isShared } from "../state/rooms.js";
import { draftOf } from "../state/drafts.js";
import { availableId, nextMode, onlyHere } from "../state/shell.js";
import { Icon, IconButton } from "./icons.js";
import { MentionList, MENTIONS_ID, optionId } from "./mention_list.js";

// Whether the text area grows with its text by its style alone.
const SIZES_ITSELF = CSS.supports("field-sizing", "content");

export function Composer({ state, actions, uploads, run, room, members, prefill }) {
  const { roomId, chosen, models, modes, user } = state;
  const shared = isShared(room);
  const text = draftOf(state, roomId);
  const area = useRef();
  const mention = useMentions({ area, text, members, me: user?.id, shared, put });

  // Layout effects, so that the text and caret are in place before the next key press.
  useLayoutEffect(() => actions.restoreDraft(roomId), [roomId]);
  useLayoutEffect(() => {
    if (prefill) put(prefill.text, prefill.text.length);
  }, [prefill]);
  useLayoutEffect(() => {
    if (matchMedia("(hover: hover)").matches && !hasTarget(state)) area.current.focus();
  }, [roomId]);
  useLayoutEffect(() => {
    // Measuring lays out the whole page.
    if (SIZES_ITSELF) return;
    area.current.style.height = "auto";
    area.current.style.height = `${area.current.scrollHeight}px`;
  }, [text]);

  function put(value, caret) {
    area.current.value = value;
    area.current.focus();
    area.current.setSelectionRange(caret, caret);
    actions.editDraft(roomId, value);
  }
  function onInput({ target }) {
    actions.editDraft(roomId, target.value);
    if (shared) actions.setTyping(roomId, Boolean(target.value.trim()));
    mention.look();
  }
  // In a shared room people can write while answers stream, several at once.
  const blocked = run && !shared;
  function send() {
    if (!text.trim() || blocked) return;
    actions.editDraft(roomId, "");
    actions.endTyping(roomId);
    actions.ask(text.trim());
  }
  function onKeyDown(event) {
    if (mention.onKeyDown(event)) return;
    if (isSubmitKey(event)) {
      event.preventDefault();
      send();
    } else if (event.key === "Escape" && blocked) {
      event.preventDefault();
      actions.stopRun(run.run_id);
    }
  }
  const submit = (event) => {
    event.preventDefault();
    send();
  };
  const callAssistant = () => {
    const value = `@assistant ${text.replace(/^@assistant\s*/i, "")}`;
    put(value, value.length);
  };
  return html`
    <form class="composer" onSubmit=${submit}
      aria-label=${shared ? t("composer.write") : t("composer.ask")}>
      <${MentionList} found=${mention.found} at=${mention.at} onPick=${mention.pick} />
      <textarea ref=${area} rows="1" value=${text} dir="auto" enterkeyhint="send"
        aria-label=${shared ? t("composer.message") : t("composer.question")}
        placeholder=${shared ? t("composer.messagePlaceholder") : t("composer.questionPlaceholder")}
        aria-autocomplete=${shared ? "list" : null}
        aria-controls=${mention.found ? MENTIONS_ID : null}
        aria-activedescendant=${mention.found ? optionId(mention.at) : null}
        onInput=${onInput} onKeyDown=${onKeyDown} onKeyUp=${mention.look} onClick=${mention.look}
        onBlur=${mention.close}></textarea>
      <${Only} only=${onlyHere(state)} onRemove=${() => {
        actions.useAll();
        area.current.focus();
      }} />
      <p class="composer-note" role="status">${
        shared && state.ownDocuments && t("composer.ownDocumentsShown")
      }</p>
      <div class="composer-row">
        ${canUpload(user) && html`<${Attach} uploads=${uploads} actions=${actions} />`}
        ${
          shared &&
          html`<${IconButton} icon="at" label=${t("composer.callAssistant")}
          onClick=${callAssistant} />`
        }
        ${
          shared &&
          canUpload(user) &&
          html`<${IconButton} icon="files" label=${t("composer.ownDocuments")}
          aria-pressed=${state.ownDocuments}
          onClick=${() => actions.useOwnDocuments(!state.ownDocuments)} />`
        }
        <${Picker} label=${t("composer.mode")}
          value=${nextMode(state) ?? modes[0]?.id}
          onPick=${(mode) => actions.setMode(mode)}
          options=${modes.map(({ id, title, description, background }) => ({
            value: id,
            text: background ? t("composer.once", { mode: title }) : title,
            title: description,
          }))}
          />
        <${Picker} label=${t("composer.model")}
          value=${availableId(models, chosen.model) ?? state.provider?.model ?? models[0]?.id}
          onPick=${(model) => actions.setChoice({ model })}
          options=${models.map(({ id, loaded }) => ({
            value: id,
            text: id,
            title: loaded ? t("composer.loaded") : "",
          }))}
          />
        <span class="grow"></span>
        ${
          blocked
            ? html`<button type="button" class="send stop" aria-label=${t("composer.stop")}
              title=${t("composer.stopHint")} onClick=${() => actions.stopRun(run.run_id)}><${Icon}
              name="stop"
              /></button>`
            : html`<button class="send" aria-label=${t("composer.send")}
              title=${t("composer.sendHint")}
              disabled=${!text.trim()}><${Icon} name="send" /></button>`
        }
      </div>
    </form>
  `;
}

/** What the questions here are restricted to. */
function Only({ only, onRemove }) {
  return html`<p class="composer-only" role="status">${
    only &&
    html`<span class="composer-only-name">${
      only.name
        ? t("composer.only", { name: only.name })
        : t("composer.onlyDocuments", { count: only.count })
    }</span><${IconButton} icon="close" label=${t("composer.useAll")} onClick=${onRemove} />`
  }</p>`;
}

// If the reader came for a certain message, the focus goes there instead.
const hasTarget = ({ chats, roomId }) => Boolean(chats[roomId]?.target);

function Attach({ uploads, actions }) {
  const picker = useRef();
  const pick = () => {
    uploads.add(picker.current.files);
    picker.current.value = "";
    actions.openPanel({ kind: "documents" });
  };
  return html`
    <input ref=${picker} type="file" multiple hidden
      onChange=${pick} />
    <${IconButton} icon="clip" label=${t("documents.add")}
      onClick=${() => picker.current.click()} />
  `;
}

/** Completion of @mentions in the text area: suggestions, the selected one, and its keys. */
function useMentions({ area, text, members, me, shared, put }) {
  const [found, setFound] = useState(null);
  const [at, setAt] = useState(0);
  const close = () => setFound(null);
  const look = (event) => {
    if (
      event?.type === "keyup" &&
      ["Escape", "Enter", "Tab", "ArrowUp", "ArrowDown"].includes(event.key)
    )
      return;
    const { value, selectionStart, selectionEnd } = area.current;
    const mention = shared && selectionStart === selectionEnd && mentionAt(value, selectionStart);
    const all = mention ? mentionCandidates(mention.query, members, me) : [];
    setFound(all.length ? { mention, all } : null);
    if (mention?.query !== found?.mention.query) setAt(0);
  };
  const pick = (one) => {
    const done = completeMention(area.current.value, found.mention, one.name);
    close();
    put(done.text, done.caret);
  };
  useLayoutEffect(() => {
    if (text === "") close();
  }, [text === ""]);
  const onKeyDown = (event) => {
    if (!found || event.isComposing) return false;
    // A name that is already complete is sent, not completed.
    const whole = found.all[at].name.toLowerCase() === found.mention.query.toLowerCase();
    if (event.key === "Enter" && whole) return false;
    const count = found.all.length;
    if (event.key === "ArrowDown") setAt((at + 1) % count);
    else if (event.key === "ArrowUp") setAt((at + count - 1) % count);
    else if (event.key === "Enter" || event.key === "Tab") pick(found.all[at]);
    else if (event.key === "Escape") close();
    else return false;
    event.preventDefault();
    return true;
  };
  return { found, at, look, close, pick, onKeyDown };
}

function Picker({ label, value, options, onPick }) {
  if (!options.length) return null;
  return html`
    <label class="picker" data-single=${options.length === 1}>
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
