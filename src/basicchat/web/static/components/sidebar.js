import { html, useEffect, useRef, useState } from "../view.js";
import { moveFocus } from "../keyboard.js";
import { Icon, IconButton, Logo } from "./icons.js";
import { shortStatus } from "./status.js";

export function Sidebar({ state, actions, modal }) {
  const { rooms, roomId, connection, provider, documents } = state;
  const close = () => actions.openDrawer(false);
  const element = useRef();
  useEffect(() => {
    if (!modal) return;
    const opener = document.activeElement;
    element.current.querySelector("a, button")?.focus();
    return () => document.activeElement === document.body && opener?.focus();
  }, [modal]);
  const toDocuments = () =>
    actions.openPanel(state.panel?.kind === "documents" ? null : { kind: "documents" });
  return html`
    <aside class="sidebar" ref=${element} aria-label="Conversations" data-open=${modal}>
      <div class="sidebar-head">
        <${Logo} />
        <span class="brand">BasicChat</span>
        ${modal && html`<${IconButton} icon="close" label="Close the menu" onClick=${close} />`}
      </div>
      <a class="sidebar-action" href="#" onClick=${close}><${Icon} name="plus" /> New chat</a>
      <button type="button" class="sidebar-action"
        aria-expanded=${state.panel?.kind === "documents"} onClick=${toDocuments}>
        <${Icon} name="files" /> Documents
        ${documents?.length > 0 && html`<span class="count">${documents.length}</span>`}
      </button>
      <h2 class="sidebar-title">Conversations</h2>
      <${RoomList} rooms=${rooms} roomId=${roomId} actions=${actions} />
      <div class="sidebar-foot">
        <div class="foot-lines">
          <span class="foot-line"><span class="dot" data-status=${connection.status}
            aria-hidden="true"></span>${shortStatus(connection)}</span>
          ${
            provider &&
            html`<span class="foot-line muted"
            title=${provider.model}>${providerName(provider)}</span>`
          }
        </div>
        <${ThemeButton} />
      </div>
    </aside>
  `;
}

function RoomList({ rooms, roomId, actions }) {
  if (!rooms) return html`<p class="sidebar-empty">Loading your conversations…</p>`;
  if (!rooms.length)
    return html`<p
      class="sidebar-empty">Nothing here yet. Ask a question, and the conversation is kept here.</p>`;
  const current = rooms.some((room) => room.room_id === roomId) ? roomId : rooms[0].room_id;
  return html`
    <nav class="rooms" aria-label="Your conversations">
      <ul onKeyDown=${(event) => moveFocus(event, ".room-link")}>
        ${rooms.map(
          (room) => html`<${RoomItem} key=${room.room_id} room=${room}
          open=${room.room_id === roomId} first=${room.room_id === current} actions=${actions} />`,
        )}
      </ul>
    </nav>
  `;
}

function RoomItem({ room, open, first, actions }) {
  const { room_id: id, name } = room;
  const rename = () =>
    actions.openDialog({
      kind: "prompt",
      title: "Rename conversation",
      label: "Name",
      value: name,
      verb: "Rename",
      onConfirm: (text) => actions.rename(id, text),
    });
  const remove = () =>
    actions.openDialog({
      title: "Delete this conversation?",
      text: `“${name}” and all its answers will be gone for good. Your documents stay.`,
      verb: "Delete",
      onConfirm: () => actions.removeRoom(id),
    });
  const onKeyDown = (event) => {
    const act = { F2: rename, Delete: remove }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  const stop = first ? 0 : -1;
  return html`
    <li class="room" data-open=${open}>
      <a class="room-link" href=${`#/c/${id}`} tabindex=${stop} aria-current=${open ? "page" : null}
        title=${name} onKeyDown=${onKeyDown} onClick=${() => actions.openDrawer(false)}>
        <span class="room-name">${name || "Untitled"}</span>
        ${
          room.unread > 0 &&
          !open &&
          html`<span class="unread"
          aria-label=${`${room.unread} unread`}></span>`
        }
      </a>
      <span class="room-buttons">
        <button type="button" class="icon-button small" tabindex=${stop}
          aria-label=${`Rename ${name}`} title="Rename" onClick=${rename}><${Icon} name="pencil"
          size=${16} /></button>
        <button type="button" class="icon-button small" tabindex=${stop}
          aria-label=${`Delete ${name}`} title="Delete" onClick=${remove}><${Icon} name="trash"
          size=${16} /></button>
      </span>
    </li>
  `;
}

function ThemeButton() {
  const [theme, setTheme] = useState(document.documentElement.dataset.theme);
  const other = theme === "dark" ? "light" : "dark";
  const toggle = () => {
    try {
      localStorage.setItem("basicchat.theme", other);
    } catch {
      // The choice then lasts until the page is left.
    }
    document.dispatchEvent(new Event("basicchat:theme"));
    document.documentElement.dataset.theme = other;
    setTheme(other);
  };
  return html`<${IconButton} icon=${theme === "dark" ? "sun" : "moon"}
    label=${`Use the ${other} theme`} onClick=${toggle} />`;
}

const NAMES = {
  ollama: "Ollama",
  openai_compatible: "OpenAI-compatible server",
  llamacpp: "llama.cpp",
  extractive: "Quotes only, no model",
};

export const providerName = ({ name }) => NAMES[name] ?? name;
