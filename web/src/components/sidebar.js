import { html, useLayoutEffect, useRef, useState } from "../preact.js";
import { t, variant } from "../i18n/index.js";
import { canAdminister, canStartChats, canUpload } from "../permissions.js";
import { toAccount, toAdmin, toConnect, toLibrary } from "../routes.js";
import { isActive } from "../state/documents.js";
import { queuedCount } from "../state/chats.js";
import { Avatar } from "./avatar.js";
import { Icon, IconButton, Logo } from "./icons.js";
import { Menu } from "./menu.js";
import { RoomList } from "./room_list.js";
import { shortStatus } from "./connection_status.js";

const KEYBOARD = /mac|iphone|ipad/i.test(navigator.platform) ? "apple" : "pc";

export function Sidebar({ state, actions, modal }) {
  const { documents } = state;
  const user = state.user ?? { role: state.lastRole };
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
  const toTasks = () =>
    actions.openPanel(state.panel?.kind === "tasks" ? null : { kind: "tasks" });
  const active = Object.values(state.tasks).filter(isActive).length;
  return html`
    <aside class="sidebar" ref=${element} aria-label=${t("sidebar.label")} data-open=${modal}>
      <div class="sidebar-head">
        <${Logo} />
        <span class="brand">BasicChat</span>
        ${modal && html`<${IconButton} icon="close" label=${t("sidebar.close")} onClick=${close} />`}
      </div>
      ${
        canStartChats(user) &&
        html`<a class="sidebar-action" href="#" onClick=${close}><${Icon}
          name="plus" /> ${t("sidebar.newChat")}</a>
        <button type="button" class="sidebar-action" onClick=${() => newRoom(actions)}><${Icon}
          name="people" /> ${t("sidebar.newRoom")}</button>`
      }
      <button type="button" class="sidebar-action" onClick=${() => actions.openSearch()}><${Icon}
        name="search" /> ${t("sidebar.search")} <kbd
        class="count with-mouse">${variant("sidebar.searchKeys", KEYBOARD)}</kbd></button>
      ${
        canUpload(user) &&
        html`<button type="button" class="sidebar-action"
        aria-expanded=${state.panel?.kind === "documents"} onClick=${toDocuments}>
        <${Icon} name="files" /> ${t("documents.title")}
        ${documents?.length > 0 && html`<span class="count">${documents.length}</span>`}
      </button>`
      }
      ${
        canUpload(user) &&
        html`<button type="button" class="sidebar-action"
        aria-expanded=${state.panel?.kind === "tasks"} onClick=${toTasks}>
        <${Icon} name="list" /> ${t("tasks.title")}
        ${active > 0 && html`<span class="count">${active}</span>`}
      </button>`
      }
      <h2 class="sidebar-title">${t("sidebar.label")}</h2>
      <${RoomList} state=${state} actions=${actions} />
      <${Foot} state=${state} actions=${actions} />
    </aside>
  `;
}

function newRoom(actions) {
  actions.openDialog({
    kind: "prompt",
    title: t("sidebar.newRoom"),
    text: t("rooms.newHint"),
    label: t("common.name"),
    value: "",
    verb: t("rooms.create"),
    onConfirm: (name) => actions.createRoom(name).catch(actions.showError),
  });
}

function Foot({ state, actions }) {
  const { connection, provider, user } = state;
  const queued = queuedCount(state);
  return html`
    <div class="sidebar-foot">
      ${user ? html`<${PersonMenu} user=${user} actions=${actions} />` : html`<div class="person"></div>`}
      <div class="foot-row">
        <div class="foot-lines">
          <span class="foot-line"><span class="dot" data-status=${connection.status}
            aria-hidden="true"></span>${shortStatus(connection, queued)}</span>
          <span class="foot-line muted"
            title=${provider?.model}>${provider ? providerName(provider) : "\u00a0"}</span>
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
    { text: t("account.title"), icon: "user", act: go(toAccount) },
    { text: t("library.title"), icon: "folder", act: go(toLibrary()) },
    { text: t("connect.title"), icon: "link", act: go(toConnect) },
    canAdminister(user) && { text: t("admin.title"), icon: "shield", act: go(toAdmin()) },
    {
      text: t("account.logOut"),
      icon: "out",
      act: () => actions.logOut().catch(actions.showError),
    },
  ];
  return html`<${Menu} class="person" label=${t("sidebar.menu")} items=${items}>
    <${Avatar} id=${user.id} name=${user.name} />
    <span class="person-text"><span class="person-name">${user.name}</span>
      <span class="muted">${variant("role", user.role)}</span></span>
    <span class="visually-hidden">${t("sidebar.menu")}</span>
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
      // Without storage, the choice lasts until the page is closed.
    }
    document.dispatchEvent(new Event("basicchat:theme"));
    document.documentElement.dataset.theme = other;
    setTheme(other);
  };
  return html`<${IconButton} icon=${theme === "dark" ? "sun" : "moon"}
    label=${variant("sidebar.theme", other)} onClick=${toggle} />`;
}

const providerName = ({ name }) => variant("sidebar.provider", name) ?? name;
