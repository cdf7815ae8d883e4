import { html, useLayoutEffect, useRef, useState } from "../view.js";
import { mayAdminister, mayStart, mayUpload, ROLE_WORDS } from "../permissions.js";
import { toAccount, toAdmin, toConnect } from "../routes.js";
import { waiting } from "../state/chats.js";
import { Avatar } from "./avatar.js";
import { Icon, IconButton, Logo } from "./icons.js";
import { Menu } from "./menu.js";
import { RoomList } from "./room_list.js";
import { shortStatus } from "./status.js";

const SEARCH_KEYS = /mac|iphone|ipad/i.test(navigator.platform) ? "⌘ K" : "Ctrl K";

export function Sidebar({ state, actions, modal }) {
  const { user, documents } = state;
  const close = () => actions.openDrawer(false);
  const element = useRef();
  useLayoutEffect(() => {
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
      ${
        mayStart(user) &&
        html`<a class="sidebar-action" href="#" onClick=${close}><${Icon} name="plus" /> New chat</a>
        <button type="button" class="sidebar-action" onClick=${() => newRoom(actions)}><${Icon}
          name="people" /> New room</button>`
      }
      <button type="button" class="sidebar-action" onClick=${() => actions.openSearch()}><${Icon}
        name="search" /> Search <kbd class="count with-mouse">${SEARCH_KEYS}</kbd></button>
      ${
        mayUpload(user) &&
        html`<button type="button" class="sidebar-action"
        aria-expanded=${state.panel?.kind === "documents"} onClick=${toDocuments}>
        <${Icon} name="files" /> Documents
        ${documents?.length > 0 && html`<span class="count">${documents.length}</span>`}
      </button>`
      }
      <h2 class="sidebar-title">Conversations</h2>
      <${RoomList} state=${state} actions=${actions} />
      <${Foot} state=${state} actions=${actions} />
    </aside>
  `;
}

function newRoom(actions) {
  actions.openDialog({
    kind: "prompt",
    title: "New room",
    text: "A room is a conversation with other people. You can invite them as soon as it is there.",
    label: "Name",
    value: "",
    verb: "Create",
    onConfirm: (name) => actions.createRoom(name).catch(actions.fail),
  });
}

function Foot({ state, actions }) {
  const { connection, provider, user } = state;
  const queued = waiting(state);
  return html`
    <div class="sidebar-foot">
      ${user && html`<${PersonMenu} user=${user} actions=${actions} />`}
      <div class="foot-row">
        <div class="foot-lines">
          <span class="foot-line"><span class="dot" data-status=${connection.status}
            aria-hidden="true"></span>${shortStatus(connection, queued)}</span>
          ${
            provider &&
            html`<span class="foot-line muted"
            title=${provider.model}>${providerName(provider)}</span>`
          }
        </div>
        <${ThemeButton} />
      </div>
    </div>
  `;
}

function PersonMenu({ user, actions }) {
  const go = (address) => () => {
    actions.openDrawer(false);
    location.hash = address;
  };
  const items = [
    { text: "Your account", icon: "user", act: go(toAccount) },
    { text: "Connect other programs", icon: "link", act: go(toConnect) },
    mayAdminister(user) && { text: "Administration", icon: "shield", act: go(toAdmin()) },
    { text: "Log out", icon: "out", act: () => actions.logOut().catch(actions.fail) },
  ];
  return html`<${Menu} class="person" label="Account and settings" items=${items}>
    <${Avatar} id=${user.id} name=${user.name} />
    <span class="person-text"><span class="person-name">${user.name}</span>
      <span class="muted">${ROLE_WORDS[user.role]}</span></span>
    <span class="visually-hidden">Account and settings</span>
    <${Icon} name="more" size=${18} />
  <//>`;
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

const providerName = ({ name }) => NAMES[name] ?? name;
