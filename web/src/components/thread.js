import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../preact.js";
import { formatDay, listNames } from "../format.js";
import { t } from "../i18n/index.js";
import { isShared } from "../state/rooms.js";
import { heightOfText } from "../heights.js";
import { timeline } from "../timeline.js";
import { whenIdle } from "../later.js";
import { markdownRenderer } from "../lazy_markdown.js";
import { usePortions } from "../portions.js";
import { Answers } from "./answer.js";
import { ErrorMessage } from "./error_message.js";
import { ErrorBoundary } from "./error_boundary.js";
import { Message, Pending } from "./message.js";

// Older messages are loaded before the reader reaches the first one.
const NEAR_TOP_PX = 1_500;
// For estimates of heights, which are lower than the real ones.
const [VIEWS, ENTRY_PX] = [1, 50];
const MAX_ENTRIES = 2;

/** The messages and answers of a room. */
export function Thread({ state, chat, room, runs, actions, scroll, onTarget }) {
  const { roomId, user, connection, panel } = state;
  const online = connection.status === "online";
  const shared = isShared(room);
  const entries = useMemo(
    () => timeline(chat?.messages ?? [], runs, chat?.shown, chat?.pending),
    [chat?.messages, chat?.shown, chat?.pending, state.runs],
  );
  const members = chat?.members ?? room?.members ?? [];
  const called = members.map((member) => member.name).join("\n");
  const names = useMemo(() => (shared ? called.split("\n") : []), [called, shared]);
  const section = useRef();
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
    <section ref=${section} aria-label=${t("thread.label")} data-shared=${shared}>
      <h1 class="visually-hidden">${room?.name ?? t("thread.label")}</h1>
      ${
        chat?.older &&
        html`<${Older} key=${chat.older} area=${scroll.element} online=${online}
        onLoad=${() => {
          scroll.keepPlace();
          return actions.loadOlder(roomId);
        }} />`
      }
      ${nothing && html`<${EmptyThread} shared=${shared} actions=${actions} />`}
      <${Entries} key=${roomId} entries=${entries} section=${section} room=${room}
        target=${chat?.target} onTarget=${onTarget}
        shared=${shared} me=${user?.id} names=${names} actions=${actions} panel=${panel} />
      ${shared && html`<${SeenBy} last=${chat?.messages.at(-1)} members=${members} me=${user?.id} />`}
      ${chat?.pending.map(
        (item) => html`<${Pending} key=${item.id} item=${item} online=${online}
        onAgain=${() => actions.resend(roomId, item)}
        onDiscard=${() => actions.discardPending(roomId, item.id)} />`,
      )}
    </section>
  `;
}

/** Loads older messages when the reader scrolls near the first one, or by a button if that failed. */
function Older({ area, online, onLoad }) {
  const element = useRef();
  const [busy, setBusy] = useState(false);
  const load = () => {
    setBusy(true);
    onLoad().finally(() => setBusy(false));
  };
  useEffect(() => {
    if (!online) return;
    const near = { root: area.current, rootMargin: `${NEAR_TOP_PX}px 0px 0px` };
    const observer = new IntersectionObserver(([entry]) => {
      if (!entry.isIntersecting) return;
      observer.disconnect();
      load();
    }, near);
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [online]);
  return html`<button type="button" class="button older" ref=${element} disabled=${busy}
    onClick=${load}>${busy ? t("common.loading") : t("thread.earlier")}</button>`;
}

/**
 * The messages and answers, of which those in the view are rendered first, and the others in portions
 * above them.
 */
function Entries({ entries, section, target, onTarget, ...props }) {
  const dates = datesOf(entries);
  const firstEager = firstInView(entries);
  const top = useRef(null);
  const added = Math.max(0, entries.findIndex((entry) => entry.key === top.current));
  top.current = entries[0]?.key;
  // A short conversation is shown at once; of a long one, the view comes first, in a task of its own.
  const size = entries.length - firstEager;
  const from = usePortions(entries.length, { first: firstEager ? 0 : size, size, max: MAX_ENTRIES, added });
  useSkipped(section, entries, from);
  useTarget(target, entries, from, onTarget);
  useSettled(section, entries, from);
  const height = `${heightOf(entries.slice(0, from))}px`;
  return html`
    ${from > 0 && html`<div class="reserve" style=${{ height }} />`}
    ${entries.slice(from).map(
      (entry, i) => html`<${Entry} key=${entry.key} entry=${entry} ...${props}
      answered=${entries[from + i + 1]?.parentId === entry.message?.message_id}
      date=${dates[from + i]} eager=${from + i >= firstEager} />`,
    )}
  `;
}

/**
 * The number of the first entry that may be in the view when the conversation is opened at its end.
 *
 * Estimated, without laying anything out, and rather too early than too late.
 */
function firstInView(entries) {
  let height = 0;
  let first = entries.length;
  while (first > 0 && height < VIEWS * innerHeight) height += heightOf([entries[--first]]);
  return first;
}

const heightOf = (entries) =>
  entries.reduce((height, { message, answers, index }) => {
    const { text = "" } = message ?? answers[index];
    return height + ENTRY_PX + heightOfText(text);
  }, 0);

const gone = () => ({ message: t("thread.goneTitle"), hint: t("thread.goneHint") });

/** Calls back with the element of the target message as soon as it is rendered. */
function useTarget(target, entries, from, onTarget) {
  useLayoutEffect(() => {
    const found = target && document.getElementById(`m-${target}`);
    if (found) onTarget(found);
  }, [target, entries, from]);
}

/**
 * Marks messages that are rendered later than those below them, outside of the view, so that the
 * browser skips them until they come near it. They take exactly the place that was kept for them.
 */
function useSkipped(section, entries, from) {
  const first = useRef(null);
  useLayoutEffect(() => {
    const articles = [...(section.current?.children ?? [])].filter((one) => one.matches("article"));
    const before = first.current ? articles.indexOf(first.current) : 0;
    first.current = articles[0] ?? null;
    articles.slice(0, Math.max(before, 0)).forEach((article, i) => {
      article.style.containIntrinsicBlockSize = `auto ${heightOf([entries[from + i]])}px`;
      article.dataset.settled = "true";
    });
  }, [from]);
}

/**
 * Marks messages that have been drawn outside of the view, so that the browser may skip them there.
 * Marking one in the view would count as a shift of the layout. The browser then counts list items
 * again in the whole page, so all are marked together, when it has nothing else to do.
 */
function useSettled(section, entries, from) {
  useEffect(() => {
    if (from) return;
    let cancel = null;
    const observer = new IntersectionObserver((seen) => {
      // Once is enough: an answer that grows shall change nothing but itself.
      observer.disconnect();
      const outside = seen.filter(({ isIntersecting }) => !isIntersecting);
      if (!outside.length) return;
      cancel = whenIdle(() => {
        for (const { target } of outside) target.dataset.settled = "true";
      });
    });
    // Its children, because searching all that they contain would take long.
    for (const child of section.current?.children ?? [])
      if (child.matches("article") && !child.dataset.settled) observer.observe(child);
    return () => {
      observer.disconnect();
      cancel?.();
    };
  }, [entries, from]);
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

// Not formatted, which would take long for all messages of a conversation.
function dayOf(message) {
  if (!days.has(message)) days.set(message, new Date(message.created_at).toDateString());
  return days.get(message);
}

/** For each entry the time whose date to show above it, where a new day begins; null for the others. */
function datesOf(entries) {
  let last = null;
  return entries.map(({ message, question, answers }) => {
    // Answers are dated by their question, unless that is not loaded.
    const dated = message ?? (question ? null : answers[0]);
    const today = dated?.created_at ? dayOf(dated) : last;
    const begins = today !== last;
    last = today;
    return begins ? dated.created_at : null;
  });
}

// Memoized, so that while an answer streams only that answer is rendered again.
function Entry({ entry, room, shared, me, names, actions, panel, answered, date, eager }) {
  const answer = entry.answers?.[entry.index];
  const source =
    panel?.kind === "source" && panel.messageId === answer?.message_id ? panel.citation : null;
  return useMemo(() => {
    const said =
      entry.kind === "message"
        ? html`<${Message} entry=${entry} room=${room} shared=${shared} me=${me} names=${names}
          answered=${answered} actions=${actions} />`
        : html`<${Answers} entry=${entry} room=${room} shared=${shared} me=${me} actions=${actions}
          source=${source} eager=${eager} />`;
    const kept = html`<${ErrorBoundary} part="message">${said}<//>`;
    return date ? html`<p class="day">${formatDay(date)}</p>${kept}` : kept;
  }, [
    entry.message ?? entry.question,
    entry.follows,
    entry.versions?.length,
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
