// Entry point: creates the store and the client, and renders the components.
import { createActions } from "./actions.js";
import { Account } from "./components/account.js";
import { Admin } from "./components/admin.js";
import { Chat } from "./components/chat.js";
import { Connect } from "./components/connect.js";
import { Dialogs } from "./components/dialogs.js";
import { Documents } from "./components/documents.js";
import { ErrorBoundary } from "./components/error_boundary.js";
import { Icon } from "./components/icons.js";
import { Login } from "./components/login.js";
import { Members } from "./components/members.js";
import { Search } from "./components/search.js";
import { Sidebar } from "./components/sidebar.js";
import { SourcePanel } from "./components/source_panel.js";
import { ConnectionStatus } from "./components/connection_status.js";
import { Tasks } from "./components/tasks.js";
import { Toast } from "./components/toast.js";
import { Topbar } from "./components/topbar.js";
import { waitingFor } from "./components/lazy_view.js";
import { LiveTexts } from "./live_texts.js";
import { useFileDrop, useFilePaste, useMediaQuery, useShortcuts } from "./hooks.js";
import { readStorage } from "./local_storage.js";
import { canEditLibrary, canUpload, libraryRole } from "./permissions.js";
import { watchPresence } from "./presence.js";
import { parseRoute } from "./routes.js";
import { createClientSync } from "./client_sync.js";
import { initial, reduce } from "./state.js";
import { queuedCount } from "./state/chats.js";
import { unreadCount } from "./state/rooms.js";
import { createStore } from "./store.js";
import { libraryView } from "./lazy_library.js";
import { whenIdle } from "./later.js";
import { markdownRenderer } from "./lazy_markdown.js";
import { createUploads } from "./uploads.js";
import { warmUp } from "./warm_up.js";
import { html, render, useEffect, useLayoutEffect, useState } from "./preact.js";
import { loadLanguage, prepareDates, t } from "./i18n/index.js";

export * from "./shared.js";

const store = createStore(reduce, {
  ...initial,
  chosen: { ...initial.chosen, ...readStorage("basicchat.chosen", {}) },
  lastRole: readStorage("basicchat.role", initial.lastRole),
});
const { client, liveTexts } = createClientSync(store, { onOnline: () => actions.saveDrafts() });
const actions = createActions(store, client);
const uploads = createUploads(store, client);
client.on("restored", actions.trackRestored);

// Delay until lazy modules are preloaded, so that they are there without a connection, too.
const PRELOAD_AFTER_MS = 1_500;
const APP = "BasicChat";
const PANELS = { documents: Documents, tasks: Tasks, source: SourcePanel, members: Members };
const VIEWS = { account: Account, admin: Admin, connect: Connect, library: waitingFor(libraryView) };

function App() {
  const [state, setState] = useState(store.get());
  useLayoutEffect(() => store.subscribe(setState), []);
  const narrow = useMediaQuery("(max-width: 760px)");
  const overlaid = useMediaQuery("(max-width: 1080px)");
  const takesFiles = !state.locked && canUpload(state.user);
  const dragging = useFileDrop(fileTarget, uploads, takesFiles);
  useFilePaste(fileTarget, uploads, takesFiles);
  const drawer = narrow && state.drawer;
  const modalPanel = overlaid && state.panel !== null;
  useTitle(state);
  useShortcuts(state, actions, drawer);
  if (state.locked) return html`<${Login} state=${state} actions=${actions} />`;
  const View = VIEWS[state.view.name] ?? Chat;
  return html`
    <a class="skip" href="#main" onClick=${skipToMain}>${t("app.skip")}</a>
    <div class="app" data-drawer=${drawer}>
      <div class="side" inert=${(narrow && !drawer) || modalPanel}>
        <${Sidebar} state=${state} actions=${actions} modal=${drawer} /></div>
      ${drawer && html`<div class="scrim" onClick=${() => actions.openDrawer(false)}></div>`}
      <main id="main" class="main" tabindex="-1" inert=${drawer || modalPanel}>
        <${Topbar} state=${state} actions=${actions} drawer=${drawer} />
        <${ConnectionStatus} connection=${state.connection} service=${state.service} queued=${queuedCount(state)}
          onRetry=${actions.reconnect} />
        <${ErrorBoundary} key=${state.view.name} part="view"><${View} state=${state}
          actions=${actions}
          uploads=${uploads} /><//>
      </main>
      ${panelOf(state, modalPanel)}
    </div>
    ${
      dragging &&
      html`<div class="drop-overlay"><div><${Icon} name="upload" size=${32}
      /><p>${
        state.view.name === "library" ? t("app.dropInLibrary") : t("app.drop")
      }</p></div></div>`
    }
    ${state.search && html`<${Search} state=${state} actions=${actions} />`}
    ${
      (state.dialog || (state.invitation && state.user)) &&
      html`<${Dialogs} state=${state} actions=${actions} />`
    }
    <${Toast} notice=${state.notice}
      onClose=${() => store.dispatch({ type: "notice", notice: null })} />
  `;
}

/**
 * Where files go that are dropped or pasted: `{libraryId}`, or null if the user may not add any there.
 * Outside of the library, they are the user's own, and the panel that lists them opens.
 */
function fileTarget() {
  const { view, user, ...state } = store.get();
  if (view.name !== "library") {
    actions.openPanel({ kind: "documents" });
    return {};
  }
  const libraryId = view.libraryId ?? user.id;
  if (canEditLibrary(libraryRole({ user, ...state }, libraryId))) return { libraryId };
  actions.notify(t("library.noUpload"));
  return null;
}

function panelOf(state, modal) {
  const { panel } = state;
  const Panel = PANELS[panel?.kind];
  return (
    Panel &&
    html`<${Panel} key=${panel.kind} state=${state} panel=${panel} actions=${actions}
      uploads=${uploads} modal=${modal} />`
  );
}

function useTitle({ rooms, roomId, view }) {
  const room = view.name === "chat" && rooms?.find((r) => r.room_id === roomId);
  const unread = unreadCount(rooms);
  const name = room ? t("app.title", { room: room.name }) : APP;
  const title = unread ? t("app.titleUnread", { count: unread, title: name }) : name;
  useEffect(() => {
    document.title = title;
  }, [title]);
}

function skipToMain(event) {
  event.preventDefault();
  document.getElementById("main").focus();
}

function openRoute() {
  const route = parseRoute(location.hash);
  if (route.name === "chat") return actions.open(route.roomId, route.messageId);
  if (route.name === "source") return actions.openSource(route);
  if (route.name !== "invite") return actions.showView(route);
  // Keep the code out of the browser's history.
  history.replaceState(null, "", location.pathname);
  actions.previewInvitation(route.code);
}

/** Follows a link within the page at once, because browsers change the fragment in a later task. */
function followLink(event) {
  const special = event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
  const link = event.target.closest?.("a[href^='#']");
  if (!link || special || event.defaultPrevented) return;
  event.preventDefault();
  if (link.href !== location.href) history.pushState(null, "", link.href);
  openRoute();
}

addEventListener("hashchange", openRoute);
addEventListener("click", followLink);
addEventListener(
  "visibilitychange",
  () => document.visibilityState === "visible" && actions.reconnect(),
);
await loadLanguage();
render(
  html`<${LiveTexts.Provider} value=${liveTexts}>
    <${ErrorBoundary} part="page"><${App} /><//><//>`,
  document.getElementById("app"),
);
prepareDates();
watchPresence(store, client);
client.connect().catch(() => {});
actions.resumeInvitation();
openRoute();
setTimeout(async () => {
  await markdownRenderer.fetch();
  await libraryView.fetch();
  whenIdle(() => warmUp(store.get(), actions));
}, PRELOAD_AFTER_MS);
