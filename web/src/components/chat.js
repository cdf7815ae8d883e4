import { html, useEffect, useRef, useState } from "../preact.js";
import { capitalize, describeError } from "../format.js";
import { t } from "../i18n/index.js";
import { canStartChats, canWriteIn } from "../permissions.js";
import { isShared } from "../state/rooms.js";
import { Composer } from "./composer.js";
import { useAutoScroll } from "./auto_scroll.js";
import { Icon } from "./icons.js";
import { Thread } from "./thread.js";
import { TypingIndicator } from "./typing_indicator.js";
import { Welcome } from "./welcome.js";
import { TextWithCode } from "./text_with_code.js";

export function Chat({ state, actions, uploads }) {
  const { roomId } = state;
  const chat = state.chats[roomId ?? "new"];
  const room = state.rooms?.find((one) => one.room_id === roomId);
  const shared = isShared(room);
  const runs = Object.values(state.runs).filter((run) => run.room_id === roomId);
  // An answer that is complete, but not stored yet, cannot be stopped any more.
  const run = runs.find((r) => r.status === "running" && !r.unsaved);
  const [prefill, setPrefill] = useState(null);
  const empty = !roomId && !chat?.pending.length;
  const scroll = useAutoScroll(empty, roomId, chat);
  const onTarget = (found) => {
    scroll.toMessage(found);
    actions.clearTarget(roomId);
  };
  useSeen(state, chat, scroll.away, actions);
  return html`
    <div class="chat" data-empty=${empty}>
      <div class="scroll" ref=${scroll.element} onScroll=${scroll.onScroll} tabindex="-1">
        <div class="thread">
          ${
            empty
              ? html`<${Welcome} state=${state} actions=${actions} uploads=${uploads}
                onExample=${(text) => setPrefill({ text })} />`
              : html`<${Thread} state=${state} chat=${chat} room=${room} runs=${runs}
                actions=${actions} scroll=${scroll} onTarget=${onTarget} />`
          }
        </div>
      </div>
      <div class="dock">
        ${
          scroll.away &&
          html`<button type="button" class="to-end" onClick=${scroll.toEnd}><${Icon}
          name="down" size=${16} /> ${t("chat.latest")}</button>`
        }
        ${shared && html`<${TypingIndicator} typing=${chat?.typing} />`}
        ${
          mayWrite(state, room, chat) &&
          html`<${Composer} state=${state} actions=${actions} uploads=${uploads} run=${run}
          room=${room} members=${chat?.members ?? room?.members} prefill=${prefill} />`
        }
        <${Footnote} state=${state} room=${room} shared=${shared} />
      </div>
      <${Announcer} chat=${chat} roomId=${roomId} me=${state.user?.id} />
    </div>
  `;
}

function mayWrite({ roomId, user }, room, chat) {
  if (chat?.error) return false;
  return roomId ? canWriteIn(room) : !user || canStartChats(user);
}

/** Marks the last message as read while the page is visible and scrolled to the end. */
function useSeen({ visible, view, roomId, connection, rooms }, chat, away, actions) {
  const seq = chat?.loading ? 0 : (chat?.messages.at(-1)?.seq ?? 0);
  const looking = visible && !away && view.name === "chat" && connection.status === "online";
  useEffect(() => {
    if (looking && roomId && seq) actions.markRead(roomId, seq);
  }, [looking, roomId, seq, rooms === null]);
}

function Footnote({ state, room, shared }) {
  const { provider, roomId, user } = state;
  if (!roomId && user && !canStartChats(user)) return null;
  if (room && !canWriteIn(room)) {
    return html`<p class="footnote reading">${t("chat.readOnly")}</p>`;
  }
  if (shared) {
    return html`<p class="footnote quiet"><${TextWithCode} text=${t("chat.sharedNote")} /></p>`;
  }
  if (provider?.name !== "extractive") {
    return html`<p class="footnote quiet">${t("chat.checkNote")}</p>`;
  }
  return html`<div class="footnote">
    ${t("chat.quotesNote")}${" "}
    ${
      provider.hint &&
      html`<details
      class="hint"><summary>${t("chat.getAnswers")}</summary><span><${TextWithCode}
      text=${capitalize(provider.hint)} /></span></details>`
    }
  </div>`;
}

/** Announces to screen readers finished answers, once each, and messages of others. */
function Announcer({ chat, roomId, me }) {
  const [text, setText] = useState("");
  const seen = useRef({});
  const latest = chat?.messages.at(-1);
  useEffect(() => {
    const known = seen.current.roomId === roomId && seen.current.ready;
    const news = known && latest && latest.seq > seen.current.seq;
    if (news && latest.author.kind === "assistant") setText(announcement(latest));
    else if (news && latest.author.id !== me)
      setText(t("chat.saidBy", { name: latest.author.name, text: latest.text.slice(0, 300) }));
    else if (!known || chat?.error) setText("");
    seen.current = { roomId, seq: latest?.seq ?? 0, ready: !chat?.loading };
  }, [latest, roomId, chat?.loading, chat?.error]);
  return html`<p class="visually-hidden" aria-live="polite">${text}</p>`;
}

function announcement({ run_status, error, text, citations }) {
  if (error) return t("chat.answerFailed", { message: describeError(error).message });
  if (run_status === "cancelled") return t("chat.answerStopped");
  const said = { text: text.slice(0, 300), count: citations?.length };
  return said.count ? t("chat.answerSources", said) : t("chat.answerComplete", said);
}
