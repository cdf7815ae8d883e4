import { html, useEffect, useState } from "../preact.js";
import { describeError } from "../format.js";
import { t } from "../i18n/index.js";
import { copyText } from "../clipboard.js";
import { splitMentions } from "../mentions.js";
import { canDelete, canEdit } from "../permissions.js";
import { Avatar } from "./avatar.js";
import { Siblings } from "./siblings.js";
import { MessageEditor } from "./message_editor.js";
import { ErrorMessage } from "./error_message.js";
import { Icon } from "./icons.js";
import { Menu } from "./menu.js";
import { Time } from "./time.js";

const SLOW_MS = 1_500;

/** A message written by a person. */
export function Message({ entry, room, shared, me, names, answered, actions }) {
  const { message, follows } = entry;
  const [editing, setEditing] = useState(false);
  const { author, message_id: id } = message;
  const mine = author.id === me;
  const who = mine ? t("message.you") : author.name;
  if (message.deleted_at) {
    return html`<article class="question" id=${`m-${id}`} data-mine=${mine} tabindex="-1"
      aria-label=${t("message.deletedLabel", { name: who })}>
      <p class="tombstone">${mine ? t("message.deletedByYou") : t("message.deleted", { name: author.name })}</p>
    </article>`;
  }
  return html`
    <article class="question" id=${`m-${id}`} data-mine=${mine} data-follows=${follows}
      aria-label=${who} tabindex="-1">
      ${
        !follows &&
        html`<p class="author">${!mine && html`<${Avatar} id=${author.id} name=${author.name} size="small" />`}
        ${!mine && html`<span class="author-name">${author.name}</span>`}
        <${Time} at=${message.created_at} /></p>`
      }
      ${
        editing
          ? html`<${MessageEditor} message=${message} answered=${answered} shared=${shared}
            actions=${actions} onEnd=${() => setEditing(false)} />`
          : html`<div class="said">
          <div class="bubble">${splitMentions(message.text, names).map((piece) =>
            piece.mention ? html`<span class="mention">${piece.text}</span>` : piece.text,
          )}${message.edited_at && html` <span class="edited">${t("message.edited")}</span>`}</div>
          <${Tools} message=${message} room=${room} me=${me} actions=${actions}
            answered=${answered} onEdit=${() => setEditing(true)} />
        </div>
        <${Versions} entry=${entry} actions=${actions} />`
      }
    </article>
  `;
}

/** Buttons to switch between the versions of a question, each with what followed it. */
function Versions({ entry: { message, versions }, actions }) {
  if (!versions) return null;
  const index = versions.indexOf(message.message_id);
  return html`<${Siblings} index=${index} count=${versions.length}
    earlier=${t("message.earlier")} later=${t("message.later")}
    label=${t("message.version", { index: index + 1, count: versions.length })}
    onTurn=${(by) => actions.selectVersion(message.room_id, versions, versions[index + by])} />`;
}

function Tools({ message, room, me, actions, answered, onEdit }) {
  const { message_id: id, text } = message;
  const copy = () => copyText(text).then(() => actions.notify(t("message.copied")));
  const remove = () =>
    actions.openDialog({
      title: t("message.deleteTitle"),
      text: t("message.deleteText"),
      verb: t("common.delete"),
      onConfirm: () => actions.deleteMessage(id),
    });
  return html`<span class="message-tools"><${Menu} label=${t("message.menu")} items=${[
    { text: t("common.copy"), icon: "copy", act: copy },
    canEdit(message, me, room) && { text: t("common.edit"), icon: "pencil", act: onEdit },
    canEdit(message, me, room) &&
      answered && { text: t("answer.again"), icon: "retry", act: () => actions.regenerate(id) },
    canDelete(message, me, room) && {
      text: t("common.delete"),
      icon: "trash",
      danger: true,
      act: remove,
    },
  ]} /></span>`;
}

/** Whether sending has taken so long that the user should be told. */
function useSlow(online) {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), SLOW_MS);
    return () => {
      clearTimeout(timer);
      setSlow(false);
    };
  }, [online]);
  return slow;
}

/** A message that was sent but is not confirmed by the server yet. */
export function Pending({ item, online, onAgain, onDiscard }) {
  const words = item.error && describeError(item.error);
  const note = useSlow(online) ? t("message.sending") : "";
  return html`
    <article class="question" aria-label=${t("message.you")} data-mine="true" data-pending="true">
      <div class="bubble">${item.text}</div>
      ${
        !item.error &&
        html`<p class="pending-note"
        role="status">${online ? note : t("message.queued")}</p>`
      }
      ${
        words &&
        html`<${ErrorMessage} error=${item.error}>
        <button type="button" class="button" onClick=${onAgain}><${Icon} name="retry" size=${16}
          /> ${t("message.sendAgain")}</button>
        <button type="button" class="button" onClick=${onDiscard}>${t("message.discard")}</button>
      <//>`
      }
    </article>
  `;
}
