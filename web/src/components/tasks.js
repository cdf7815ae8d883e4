import { html } from "../preact.js";
import { formatDateTime, joinFacts } from "../format.js";
import { t, variant } from "../i18n/index.js";
import { toRoom } from "../routes.js";
import { isActive, tasksInOrder } from "../state/documents.js";
import { Icon } from "./icons.js";
import { Panel } from "./panel.js";
import { TextWithCode } from "./text_with_code.js";

/** Background work: documents that are being indexed, and answers that take minutes. */
export function Tasks({ state, actions, modal }) {
  const tasks = tasksInOrder(state.tasks);
  return html`
    <${Panel} title=${t("tasks.title")} modal=${modal} onClose=${() => actions.openPanel(null)}>
      ${!tasks.length && html`<p class="panel-empty">${t("tasks.empty")}</p>`}
      <ul class="documents" aria-label=${t("tasks.title")}>
        ${tasks.map(
          (task) => html`<${Task} key=${task.task_id} task=${task} subject=${subjectOf(task, state)}
          actions=${actions} />`,
        )}
      </ul>
    <//>
  `;
}

function Task({ task, subject, actions }) {
  const { task_id: id, kind, status, progress, message, error, created_at: at } = task;
  const active = isActive(task);
  const name = subject.name || variant("tasks.kind", kind) || kind;
  const facts = [
    subject.name && (variant("tasks.kind", kind) ?? kind),
    status === "running" && message ? message : variant("tasks.status", status),
    formatDateTime(at),
  ];
  return html`
    <li class="document task" data-status=${status}>
      <div class="document-main">
        ${
          subject.href
            ? html`<a class="document-title" href=${subject.href} title=${name}>${name}</a>`
            : html`<span class="document-title" title=${name}>${name}</span>`
        }
        <span class="muted">${joinFacts(facts)}</span>
        ${error && html`<p class="problem"><${TextWithCode} text=${error} /></p>`}
        ${
          active &&
          html`<progress class="progress" max="1" value=${status === "pending" ? null : progress}
            aria-label=${t("tasks.progress", { name })}></progress>`
        }
      </div>
      ${
        active &&
        html`<button type="button" class="icon-button small"
        aria-label=${t("tasks.cancel", { name })} title=${t("common.stop")}
        onClick=${() => actions.cancelTask(id)}><${Icon} name="stop" size=${16} /></button>`
      }
    </li>
  `;
}

/** What a task works on: the name of a document or conversation, and a link to the latter. */
function subjectOf({ task_id: id, result }, { documents, runs, rooms }) {
  const doc = documents?.find((one) => one.task_id === id);
  if (doc) return { name: doc.title };
  const run = Object.values(runs).find((one) => one.task_id === id);
  const roomId = run?.room_id ?? result?.room_id;
  const room = rooms?.find((one) => one.room_id === roomId);
  return room ? { name: room.name, href: toRoom(roomId, result?.message_id) } : {};
}
