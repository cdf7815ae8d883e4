import { html, useLayoutEffect, useMemo, useState } from "../preact.js";
import { formatDay, listNames } from "../format.js";
import { t } from "../i18n/index.js";
import { isShared } from "../state/rooms.js";
import { timeline } from "../timeline.js";
import { markdownRenderer } from "../lazy_markdown.js";
import { Answers } from "./answer.js";
import { ErrorMessage } from "./error_message.js";
import { ErrorBoundary } from "./error_boundary.js";
import { Message, Pending } from "./message.js";

const LOOK_AGAIN_MS = 100;
const LOOKS = 50;

/** The messages and answers of a room. */
export function Thread({ state, chat, room, runs, actions, onTarget }) {
  const { roomId, user, connection, panel } = state;
  const online = connection.status === "online";
  const shared = isShared(room);
  const entries = useMemo(
    () => timeline(chat?.messages ?? [], runs, chat?.shown),
    [chat?.messages, chat?.shown, state.runs],
  );
  const dates = shared ? datesOf(entries) : [];
  const members = chat?.members ?? room?.members ?? [];
  const called = members.map((member) => member.name).join("\n");
  const names = useMemo(() => (shared ? called.split("\n") : []), [called, shared]);
  useTarget(chat?.target, entries, onTarget);
  // Start loading the renderer while the messages load.
  useLayoutEffect(() => void markdownRenderer.fetch(), []);
  if (chat?.error) {
    const isGone = chat.error.kind === "not_found";
    return html`<${ErrorMessage} error=${isGone ? gone() : chat.error}>
      ${
        !isGone &&
        html`<button type="button" class="button"
        onClick=${() => actions.loadRoom(roomId)}>${t("common.tryAgain")}</button>`
      }
      <a class="button" href="#">${t("sidebar.newChat")}</a>
    <//>`;
  }
  if (chat?.loading && !entries.length && !chat.pending.length) {
    return html`<p
      class="waiting">${online ? t("thread.opening") : t("thread.waiting")}</p>`;
  }
  const nothing = !entries.length && !chat?.pending.length;
  return html`
    <section aria-label=${t("thread.label")} data-shared=${shared}>
      <h1 class="visually-hidden">${room?.name ?? t("thread.label")}</h1>
      ${
        chat?.older &&
        html`<button type="button" class="button older"
        onClick=${() => actions.loadOlder(roomId)}>${t("thread.earlier")}</button>`
      }
      ${nothing && html`<${EmptyThread} shared=${shared} actions=${actions} />`}
      ${entries.map(
        (entry, i) => html`<${Entry} key=${entry.key} entry=${entry} room=${room} shared=${shared}
        me=${user?.id} names=${names} actions=${actions} panel=${panel}
        answered=${entries[i + 1]?.parentId === entry.message?.message_id}
        date=${dates[i]} />`,
      )}
      ${shared && html`<${SeenBy} last=${chat?.messages.at(-1)} members=${members} me=${user?.id} />`}
      ${chat?.pending.map(
        (item) => html`<${Pending} key=${item.id} item=${item} online=${online}
        onAgain=${() => actions.resend(roomId, item)}
        onDiscard=${() => actions.discardPending(roomId, item.id)} />`,
      )}
    </section>
  `;
}

const gone = () => ({ message: t("thread.goneTitle"), hint: t("thread.goneHint") });

/** Calls back with the element of the target message as soon as it is rendered. */
function useTarget(target, entries, onTarget) {
  const [looks, setLooks] = useState(0);
  useLayoutEffect(() => {
    if (!target) return setLooks(0);
    const found = document.getElementById(`m-${target}`);
    if (found) return onTarget(found);
    if (looks > LOOKS) return;
    const again = setTimeout(() => setLooks(looks + 1), LOOK_AGAIN_MS);
    return () => clearTimeout(again);
  }, [target, entries, looks]);
}

function EmptyThread({ shared, actions }) {
  return html`<div class="nothing">
    <p>${shared ? t("thread.empty") : t("thread.alone")}</p>
    ${
      !shared &&
      html`<button type="button" class="button"
      onClick=${() => actions.openPanel({ kind: "members" })}>${t("members.invite")}</button>`
    }
  </div>`;
}

const days = new WeakMap();

function dayOf(message) {
  if (!days.has(message)) days.set(message, formatDay(message.created_at));
  return days.get(message);
}

/** For each entry the date to show above it, where a new day begins; null for the others. */
function datesOf(entries) {
  let last = null;
  return entries.map(({ message }) => {
    const today = message ? dayOf(message) : last;
    const begins = today !== last;
    last = today;
    return begins ? today : null;
  });
}

// Memoized, so that while an answer streams only that answer is rendered again.
function Entry({ entry, room, shared, me, names, actions, panel, answered, date }) {
  const answer = entry.answers?.[entry.index];
  const source =
    panel?.kind === "source" && panel.messageId === answer?.message_id ? panel.citation : null;
  return useMemo(() => {
    const said =
      entry.kind === "message"
        ? html`<${Message} entry=${entry} room=${room} shared=${shared} me=${me} names=${names}
          answered=${answered} actions=${actions} />`
        : html`<${Answers} entry=${entry} room=${room} shared=${shared} me=${me} actions=${actions}
          source=${source} />`;
    const kept = html`<${ErrorBoundary} part="message">${said}<//>`;
    return date ? html`<p class="day">${date}</p>${kept}` : kept;
  }, [
    entry.message ?? entry.question,
    entry.follows,
    answer?.run ?? answer,
    entry.answers?.length,
    entry.index,
    source,
    shared,
    room?.role,
    names,
    answered,
    date,
    me,
  ]);
}

/** Who has read the last message, if it is the user's own. */
function SeenBy({ last, members, me }) {
  if (!last || last.author.id !== me) return null;
  const readers = members.filter((one) => one.id !== me && one.read_seq >= last.seq);
  if (!readers.length) return null;
  const names =
    readers.length > 3
      ? t("unit.people", { count: readers.length })
      : listNames(readers.map((r) => r.name));
  return html`<p class="seen">${t("thread.seenBy", { names })}</p>`;
}
