// The page: one store, one client, one tree of components.
import { createActions } from "./actions.js";
import { Account } from "./components/account.js";
import { Admin } from "./components/admin.js";
import { Chat } from "./components/chat.js";
import { Connect } from "./components/connect.js";
import { Notice } from "./components/dialog.js";
import { Dialogs } from "./components/dialogs.js";
import { Documents } from "./components/documents.js";
import { Guard } from "./components/guard.js";
import { Icon } from "./components/icons.js";
import { Login } from "./components/login.js";
import { Members } from "./components/members.js";
import { Search } from "./components/search.js";
import { Sidebar } from "./components/sidebar.js";
import { Source } from "./components/source.js";
import { Status } from "./components/status.js";
import { Topbar } from "./components/topbar.js";
import { inWords } from "./format.js";
import { useDrop, useKeys, useMedia } from "./hooks.js";
import { recall } from "./memory.js";
import { watchPresence } from "./presence.js";
import { parse } from "./routes.js";
import { createSession } from "./session.js";
import { initial, reduce } from "./state.js";
import { waiting } from "./state/chats.js";
import { unreadIn } from "./state/rooms.js";
import { createStore } from "./store.js";
import { typesetting } from "./typesetting.js";
import { createUploads } from "./uploads.js";
import { html, render, useEffect, useLayoutEffect, useMemo, useRef, useState } from "./view.js";
import { loadLanguage, t } from "./i18n/index.js";

const store = createStore(reduce, {
  ...initial,
  chosen: { ...initial.chosen, ...recall("basicchat.chosen", {}) },
});
const { client } = createSession(store, { onOnline: () => actions.keepAll() });
const actions = createActions(store, client);
const uploads = createUploads(store, client);
client.on("restored", actions.restored);

// After which what is left is fetched, so that it is there without a connection too.
const REST_MS = 1_500;
const APP = "BasicChat";
const PANELS = { documents: Documents, source: Source, members: Members };
const VIEWS = { account: Account, admin: Admin, connect: Connect };

function App() {
  const [state, setState] = useState(store.get());
  useLayoutEffect(() => store.subscribe(setState), []);
  const narrow = useMedia("(max-width: 760px)");
  const covered = useMedia("(max-width: 1080px)");
  const drop = useDrop(actions, uploads);
  const drawer = narrow && state.drawer;
  const calm = useCalm(state);
  const around = useMemo(
    () => ({
      side: html`<${Sidebar} state=${calm} actions=${actions} modal=${drawer} />`,
      top: html`<${Topbar} state=${calm} actions=${actions} drawer=${drawer} />`,
    }),
    [calm, drawer],
  );
  useTitle(state);
  useKeys(state, actions, drawer);
  if (state.locked) return html`<${Login} state=${state} actions=${actions} />`;
  const modalPanel = covered && state.panel !== null;
  const Side = PANELS[state.panel?.kind];
  const View = VIEWS[state.view.name] ?? Chat;
  return html`
    <a class="skip" href="#main" onClick=${skip}>${t("app.skip")}</a>
    <div class="app" data-drawer=${drawer}>
      <div class="side" inert=${(narrow && !drawer) || modalPanel}>${around.side}</div>
      ${drawer && html`<div class="scrim" onClick=${() => actions.openDrawer(false)}></div>`}
      <main id="main" class="main" tabindex="-1" inert=${drawer || modalPanel}>
        ${around.top}
        <${Status} connection=${state.connection} queued=${waiting(state)}
          onRetry=${actions.retryNow} />
        <${Guard} key=${state.view.name} part="view"><${View} state=${state} actions=${actions}
          uploads=${uploads} /><//>
      </main>
      ${
        Side &&
        html`<${Side} key=${state.panel.kind} state=${state} panel=${state.panel}
        actions=${actions} uploads=${uploads} modal=${modalPanel} />`
      }
    </div>
    ${
      drop &&
      html`<div class="drop-overlay"><div><${Icon} name="upload" size=${32}
      /><p>${t("app.drop")}</p></div></div>`
    }
    ${state.search && html`<${Search} state=${state} actions=${actions} />`}
    ${
      (state.dialog || (state.invitation && state.user)) &&
      html`<${Dialogs} state=${state} actions=${actions} />`
    }
    <${Notice} notice=${state.notice} words=${inWords}
      onClose=${() => store.dispatch({ type: "notice", notice: null })} />
  `;
}

/** The state as it was before the last pieces of running answers, which concern the chat alone. */
function useCalm(state) {
  const kept = useRef(state);
  const moved = Object.keys(state).some((k) => k !== "runs" && state[k] !== kept.current[k]);
  if (moved) kept.current = state;
  return kept.current;
}

function useTitle({ rooms, roomId, view }) {
  const room = view.name === "chat" && rooms?.find((r) => r.room_id === roomId);
  const unread = unreadIn(rooms);
  const name = room ? t("app.title", { room: room.name }) : APP;
  const title = unread ? t("app.titleUnread", { count: unread, title: name }) : name;
  useEffect(() => {
    document.title = title;
  }, [title]);
}

function skip(event) {
  event.preventDefault();
  document.getElementById("main").focus();
}

function follow() {
  const route = parse(location.hash);
  if (route.name === "chat") return actions.open(route.roomId, route.messageId);
  if (route.name !== "invite") return actions.showView(route);
  // The code is not to be left in the history.
  history.replaceState(null, "", location.pathname);
  actions.lookAt(route.code);
}

addEventListener("hashchange", follow);
addEventListener(
  "visibilitychange",
  () => document.visibilityState === "visible" && actions.retryNow(),
);
await loadLanguage();
render(html`<${Guard} part="page"><${App} /><//>`, document.getElementById("app"));
watchPresence(store, client);
client.connect().catch(() => {});
actions.resumeInvitation();
follow();
setTimeout(typesetting.fetch, REST_MS);
