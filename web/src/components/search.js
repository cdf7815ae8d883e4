import { html, useRef } from "../preact.js";
import { describeError, formatDateTime } from "../format.js";
import { moveFocus } from "../keyboard.js";
import { toRoom } from "../routes.js";
import { excerpt } from "../excerpt.js";
import { t } from "../i18n/index.js";
import { Modal } from "./modal.js";
import { Icon } from "./icons.js";

/** Search over messages, in all conversations or one, with links to the messages found. */
export function Search({ state, actions }) {
  const { search, rooms, roomId } = state;
  const element = useRef();
  const close = actions.closeSearch;
  const here = rooms?.find((room) => room.room_id === roomId);
  const onKeyDown = (event) => {
    const first = element.current.querySelector(".result");
    if (event.key === "ArrowDown" && event.target.matches("[role=searchbox]") && first) {
      event.preventDefault();
      first.focus();
    } else moveFocus(event, ".result");
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
        <${Results} search=${search} rooms=${rooms} onPick=${close} onMore=${actions.searchMore} />
      </div>
    <//>
  `;
}

function Results({ search, rooms, onPick, onMore }) {
  const { results, next, busy, error, query } = search;
  if (error) return html`<p class="problem" role="alert">${describeError(error).message}</p>`;
  if (!query.trim() || results === null) {
    return html`<p class="search-note muted"
      role="status">${busy ? t("search.searching") : t("search.hint")}</p>`;
  }
  const count = results.length;
  const found = next ? t("search.foundMore", { count }) : t("search.found", { count });
  return html`
    <p class=${count ? "visually-hidden" : "search-note muted"}
      role="status">${count ? found : t("search.nothing", { query: query.trim() })}</p>
    <ul class="results" aria-label=${t("search.results")}>
      ${results.map(
        (message) => html`<li key=${message.message_id}>
        <a class="result" href=${toRoom(message.room_id, message.message_id)} onClick=${onPick}>
          <span class="result-head"><strong>${authorOf(message)}</strong>
            <span class="muted">${nameOf(rooms, message.room_id)}</span>
            <time class="muted"
              datetime=${message.created_at}>${formatDateTime(message.created_at)}</time></span>
          <span class="result-text">${excerpt(message.text, query).map((piece) =>
            piece.hit ? html`<mark>${piece.text}</mark>` : piece.text,
          )}</span>
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

const nameOf = (rooms, roomId) => rooms?.find((room) => room.room_id === roomId)?.name ?? "";

const authorOf = ({ author }) => (author.kind === "assistant" ? t("assistant") : author.name);
