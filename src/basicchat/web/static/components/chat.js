import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../view.js";
import { inWords, sentence } from "../format.js";
import { timeline } from "../timeline.js";
import { Composer } from "./composer.js";
import { Icon } from "./icons.js";
import { Answers, Failure, Pending, Question } from "./message.js";
import { Welcome } from "./welcome.js";
import { Words } from "./words.js";

const NEAR_END_PX = 120;

export function Chat({ state, actions, uploads }) {
  const { roomId } = state;
  const chat = state.chats[roomId ?? "new"];
  const runs = Object.values(state.runs).filter((run) => run.room_id === roomId);
  const run = runs.find((r) => r.status === "running");
  const [prefill, setPrefill] = useState(null);
  const empty = !roomId && !chat?.pending.length;
  const scroll = useFollow(empty, roomId, chat, runs);
  return html`
    <div class="chat" data-empty=${empty}>
      <div class="scroll" ref=${scroll.element} onScroll=${scroll.onScroll} tabindex="-1">
        <div class="thread">
          ${
            empty
              ? html`<${Welcome} state=${state} actions=${actions} uploads=${uploads}
                onExample=${(text) => setPrefill({ text })} />`
              : html`<${Thread} state=${state} chat=${chat} runs=${runs} actions=${actions} />`
          }
        </div>
      </div>
      <div class="dock">
        ${
          scroll.away &&
          html`<button type="button" class="to-end" onClick=${scroll.toEnd}><${Icon}
          name="down" size=${16} /> Latest</button>`
        }
        <${Composer} state=${state} actions=${actions} uploads=${uploads} run=${run}
          prefill=${prefill} />
        <${Footnote} state=${state} />
      </div>
      <${Announcer} chat=${chat} roomId=${roomId} />
    </div>
  `;
}

function Thread({ state, chat, runs, actions }) {
  const { roomId, user, connection, panel } = state;
  const online = connection.status === "online";
  const entries = useMemo(
    () => timeline(chat?.messages ?? [], runs, chat?.shown),
    [chat?.messages, chat?.shown, state.runs],
  );
  if (chat?.error) {
    return html`<${Failure}
      error=${chat.error.kind === "not_found" ? { message: "This conversation is not here", hint: "It may have been deleted, or it belongs to someone else." } : chat.error}>
      <button type="button" class="button" onClick=${() => actions.load(roomId)}>Try again</button>
      <a class="button" href="#">New chat</a>
    <//>`;
  }
  if (chat?.loading && !entries.length && !chat.pending.length) {
    return html`<p
      class="waiting">${online ? "Opening the conversation…" : "Waiting for the connection…"}</p>`;
  }
  return html`
    <section aria-label="Conversation">
      <h1
        class="visually-hidden">${state.rooms?.find((r) => r.room_id === roomId)?.name ?? "Conversation"}</h1>
      ${
        chat?.older &&
        html`<button type="button" class="button older"
        onClick=${() => actions.loadOlder(roomId)}>Show earlier messages</button>`
      }
      ${entries.map(
        (entry, i) => html`<${Entry} key=${entry.key} entry=${entry} me=${user?.id}
        roomId=${roomId} actions=${actions} panel=${panel} last=${i === entries.length - 1} />`,
      )}
      ${chat?.pending.map(
        (item) => html`<${Pending} key=${item.id} item=${item} online=${online}
        onAgain=${() => actions.askAgain(roomId, item)}
        onDiscard=${() => actions.discard(roomId, item.id)} />`,
      )}
    </section>
  `;
}

// The same node for the same entry: only what changed is rendered again while an answer streams.
function Entry({ entry, me, roomId, actions, panel, last }) {
  const answer = entry.answers?.[entry.index];
  const source =
    panel?.kind === "source" && panel.messageId === answer?.message_id ? panel.citation : null;
  return useMemo(
    () =>
      entry.kind === "message"
        ? html`<${Question} message=${entry.message} me=${me} />`
        : html`<${Answers} entry=${entry} roomId=${roomId} actions=${actions} source=${source}
          last=${last} />`,
    [entry.message, answer?.run ?? answer, entry.answers?.length, entry.index, source, last, me],
  );
}

/** Keeps the end in view while the reader is there, and leaves them alone when they scrolled up. */
function useFollow(empty, roomId, chat, runs) {
  const element = useRef();
  const following = useRef(true);
  const [away, setAway] = useState(false);
  const toEnd = () => {
    following.current = true;
    element.current.scrollTop = element.current.scrollHeight;
  };
  useLayoutEffect(() => {
    following.current = !empty;
    if (empty) element.current.scrollTop = 0;
  }, [empty, roomId, chat?.pending.length]);
  useLayoutEffect(() => {
    if (following.current) toEnd();
  }, [roomId, chat, runs]);
  useEffect(() => {
    const sizes = new ResizeObserver(() => following.current && element.current && toEnd());
    sizes.observe(element.current);
    sizes.observe(element.current.firstElementChild);
    return () => sizes.disconnect();
  }, []);
  const onScroll = () => {
    const { scrollHeight, scrollTop, clientHeight } = element.current;
    following.current = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    following.current &&= !empty;
    setAway(!following.current && !empty);
  };
  return { element, onScroll, away, toEnd };
}

function Footnote({ state }) {
  const { provider } = state;
  if (provider?.name !== "extractive") {
    return html`<p class="footnote quiet">Answers can be wrong. Check the sources they cite.</p>`;
  }
  return html`<div class="footnote">
    Without a language model, answers are quotations from your documents.${" "}
    ${
      provider.hint &&
      html`<details
      class="hint"><summary>Get written answers</summary><span><${Words}
      text=${sentence(provider.hint)} /></span></details>`
    }
  </div>`;
}

/** Tells screen readers that an answer is complete, once, instead of every piece of it. */
function Announcer({ chat, roomId }) {
  const [text, setText] = useState("");
  const seen = useRef({});
  const latest = chat?.messages.at(-1);
  useEffect(() => {
    const known = seen.current.roomId === roomId && seen.current.ready;
    if (known && latest && latest.seq > seen.current.seq && latest.author.kind === "assistant")
      setText(announcement(latest));
    seen.current = { roomId, seq: latest?.seq ?? 0, ready: !chat?.loading };
  }, [latest, roomId, chat?.loading]);
  return html`<p class="visually-hidden" aria-live="polite">${text}</p>`;
}

function announcement({ run_status, error, text, citations }) {
  if (error) return `The answer failed. ${inWords(error).message}`;
  if (run_status === "cancelled") return "Answer stopped.";
  const sources = citations?.length ? `, with ${citations.length} sources` : "";
  return `Answer complete${sources}: ${text.slice(0, 300)}`;
}
