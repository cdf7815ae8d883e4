import { html, useMemo, useRef } from "../preact.js";
import { findByName } from "../fuzzy.js";
import { citationLocation, describeError, formatDateTime } from "../format.js";
import { moveFocus } from "../keyboard.js";
import { toRoom } from "../routes.js";
import { excerpt } from "../excerpt.js";
import { t } from "../i18n/index.js";
import { Modal } from "./modal.js";
import { Icon } from "./icons.js";

// Names of conversations and documents, and messages.
const RESULT = ".name-result, .result";

/** Search over conversations, documents and messages, or over the messages of one conversation. */
export function Search({ state, actions }) {
  const { search, rooms, roomId } = state;
  const element = useRef();
  const close = actions.closeSearch;
  const here = rooms?.find((room) => room.room_id === roomId);
  const onKeyDown = (event) => {
    const first = element.current.querySelector(RESULT);
    if (event.key === "ArrowDown" && event.target.matches("[role=searchbox]") && first) {
      event.preventDefault();
      first.focus();
    } else moveFocus(event, RESULT);
  };
  return html`
    <${Modal} label=${t("search.title")} className="search" onClose=${close}>
      <div ref=${element} onKeyDown=${onKeyDown}>
        <div class="search-head">
          <${Icon} name="search" />
          <input role="searchbox" enterkeyhint="search" data-focus value=${search.query}
            placeholder=${t("search.label")}
            aria-label=${t("search.label")} autocomplete="off" spellcheck=${false}
            onInput=${(event) => actions.search(event.target.value, search.roomId)} />
          <button type="button" class="icon-button" aria-label=${t("common.close")}
            onClick=${close}><${Icon}
            name="close" /></button>
        </div>
        ${
          here &&
          html`<label class="check"><input type="checkbox" checked=${search.roomId === roomId}
          onChange=${(event) => actions.search(search.query, event.target.checked ? roomId : null)} />
          ${t("search.onlyIn", { room: here.name })}</label>`
        }
        <div class="search-results" onClickCapture=${ignoreRepeatedClick}>
          ${search.roomId === null && html`<${Names} state=${state} actions=${actions} onPick=${close} />`}
          <${Results} search=${search} rooms=${rooms} onPick=${close} onMore=${actions.searchMore} />
          <${Passages} search=${search} actions=${actions} onPick=${close} />
        </div>
      </div>
    <//>
  `;
}

/** The second click of a double click on "Show more" may meet a result that has just moved there. */
function ignoreRepeatedClick(event) {
  if (event.detail < 2) return;
  event.preventDefault();
  event.stopPropagation();
}

/** Conversations and documents whose name matches, even if it is misspelt. */
function Names({ state: { search, rooms, documents }, actions, onPick }) {
  const { query } = search;
  const ready = (documents ?? []).filter((doc) => doc.status === "ready");
  const found = useMemo(
    () => ({
      rooms: findByName(query, rooms ?? [], (room) => room.name),
      documents: findByName(query, ready, (doc) => `${doc.title} ${doc.name ?? ""}`),
    }),
    [query, rooms, documents],
  );
  const read = (document) => {
    onPick();
    actions.openPanel({ kind: "source", document });
  };
  return html`
    ${
      found.rooms.length > 0 &&
      html`<h3 class="result-kind">${t("sidebar.label")}</h3>
      <ul class="results names" aria-label=${t("sidebar.label")}>${found.rooms.map(
        (room) => html`<li key=${room.room_id}><a class="name-result" href=${toRoom(room.room_id)}
          onClick=${onPick}>${room.name}</a></li>`,
      )}</ul>`
    }
    ${
      found.documents.length > 0 &&
      html`<h3 class="result-kind">${t("documents.title")}</h3>
      <ul class="results names" aria-label=${t("documents.title")}>${found.documents.map(
        (doc) => html`<li key=${doc.document_id}><button type="button" class="name-result"
          onClick=${() => read(doc)}>${doc.title}</button></li>`,
      )}</ul>`
    }
    ${
      found.rooms.length + found.documents.length > 0 &&
      html`<h3 class="result-kind">${t("search.messages")}</h3>`
    }
  `;
}

function Results({ search, rooms, onPick, onMore }) {
  const { results, similar, next, busy, error, query } = search;
  if (error) return html`<p class="problem" role="alert">${describeError(error).message}</p>`;
  if (!query.trim() || results === null) {
    return html`<p class="search-note muted"
      role="status">${busy ? t("search.searching") : t("search.hint")}</p>`;
  }
  const count = results.length;
  const found = next ? t("search.foundMore", { count }) : t("search.found", { count });
  const note = similar.length ? `${t("search.similar")} ${found}` : found;
  return html`
    <p class=${count && !similar.length ? "visually-hidden" : "search-note muted"}
      role="status">${count ? note : t("search.nothing", { query: query.trim() })}</p>
    <ul class="results" aria-label=${t("search.results")}>
      ${results.map(
        (message) => html`<li key=${message.message_id}>
        <a class="result" href=${toRoom(message.room_id, message.message_id)} onClick=${onPick}>
          <span class="result-head"><strong>${authorOf(message)}</strong>
            <span class="muted">${nameOf(rooms, message.room_id)}</span>
            <time class="muted"
              datetime=${message.created_at}>${formatDateTime(message.created_at)}</time></span>
          <span class="result-text"><${Excerpt}
            pieces=${excerpt(message.text, query, similar)} /></span>
        </a></li>`,
      )}
      ${
        next &&
        html`<li><button type="button" class="button wide"
          onClick=${onMore}>${t("search.more")}</button></li>`
      }
    </ul>
  `;
}

/** Passages of documents that match. */
function Passages({ search: { passages, query }, actions, onPick }) {
  if (!passages.length) return null;
  const read = ({ document_id: documentId, start, end }) => {
    onPick();
    actions.openSource({ documentId, start, end });
  };
  return html`
    <h3 class="result-kind">${t("search.passages")}</h3>
    <ul class="results" aria-label=${t("search.passages")}>${passages.map(
      (hit) => html`<li key=${`${hit.document_id} ${hit.start}`}><button type="button"
        class="result" onClick=${() => read(hit)}>
        <span class="result-head"><strong>${hit.title}</strong>
          <span class="muted">${citationLocation(hit)}</span></span>
        <span class="result-text"><${Excerpt}
          pieces=${excerpt(hit.text, query)} /></span>
      </button></li>`,
    )}</ul>
  `;
}

const Excerpt = ({ pieces }) =>
  pieces.map((piece) => (piece.hit ? html`<mark>${piece.text}</mark>` : piece.text));

const nameOf = (rooms, roomId) => rooms?.find((room) => room.room_id === roomId)?.name ?? "";

const authorOf = ({ author }) => (author.kind === "assistant" ? t("assistant") : author.name);
