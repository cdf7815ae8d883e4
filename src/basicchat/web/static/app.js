// The page: one store, one client, one tree of components.
import { createActions, recall } from "./actions.js";
import { Chat } from "./components/chat.js";
import { Dialogs, Notice } from "./components/dialog.js";
import { Documents } from "./components/documents.js";
import { Icon, IconButton } from "./components/icons.js";
import { Login } from "./components/login.js";
import { Sidebar } from "./components/sidebar.js";
import { Source } from "./components/source.js";
import { Status } from "./components/status.js";
import { inWords } from "./format.js";
import { createSession } from "./session.js";
import { initial, reduce } from "./state.js";
import { createStore } from "./store.js";
import { createUploads, droppedFiles } from "./uploads.js";
import { html, render, useEffect, useState } from "./view.js";

const store = createStore(reduce, {
  ...initial,
  chosen: { ...initial.chosen, ...recall("basicchat.chosen", {}) },
});
const { client } = createSession(store);
const actions = createActions(store, client);
const uploads = createUploads(store, client);
client.on("restored", actions.restored);

function App() {
  const [state, setState] = useState(store.get());
  useEffect(() => store.subscribe(setState), []);
  const narrow = useMedia("(max-width: 760px)");
  const covered = useMedia("(max-width: 1080px)");
  const drop = useDrop();
  const room = state.rooms?.find((r) => r.room_id === state.roomId);
  useEffect(() => {
    document.title = room ? `${room.name} · BasicChat` : "BasicChat";
  }, [room?.name]);
  const drawer = narrow && state.drawer;
  useEscape(state, drawer);
  if (state.locked) {
    return html`<${Login} actions=${actions} error=${state.connection.error} />`;
  }
  const modalPanel = covered && state.panel !== null;
  return html`
    <a class="skip" href="#main" onClick=${skip}>Skip to the conversation</a>
    <div class="app" data-drawer=${drawer}>
      <div class="side" inert=${(narrow && !drawer) || modalPanel}><${Sidebar} state=${state}
        actions=${actions} modal=${drawer} /></div>
      ${drawer && html`<div class="scrim" onClick=${() => actions.openDrawer(false)}></div>`}
      <main id="main" class="main" tabindex="-1" inert=${drawer || modalPanel}>
        <header class="topbar">
          <${IconButton} icon="menu" label="Open the menu" aria-expanded=${drawer}
            onClick=${() => actions.openDrawer(true)} />
          <span class="topbar-title">${room?.name ?? "New chat"}</span>
          <${IconButton} icon="files" label="Documents"
            onClick=${() => actions.openPanel({ kind: "documents" })} />
        </header>
        <${Status} connection=${state.connection} onRetry=${actions.retryNow} />
        <${Chat} state=${state} actions=${actions} uploads=${uploads} />
      </main>
      ${
        state.panel?.kind === "documents" &&
        html`<${Documents} state=${state} actions=${actions}
        uploads=${uploads} modal=${modalPanel} />`
      }
      ${
        state.panel?.kind === "source" &&
        html`<${Source} panel=${state.panel} actions=${actions}
        modal=${modalPanel} />`
      }
    </div>
    ${
      drop &&
      html`<div class="drop-overlay"><div><${Icon} name="upload" size=${32}
      /><p>Drop to add to your documents</p></div></div>`
    }
    <${Dialogs} dialog=${state.dialog} actions=${actions} />
    <${Notice} notice=${state.notice} words=${inWords}
      onClose=${() => store.dispatch({ type: "notice", notice: null })} />
  `;
}

function skip(event) {
  event.preventDefault();
  document.getElementById("main").focus();
}

/** Esc closes what is open, the topmost first, and else stops the answer. */
function useEscape({ panel, runs, roomId }, drawer) {
  const run = Object.values(runs).find((one) => one.room_id === roomId);
  useEffect(() => {
    const onKeyDown = (event) => {
      if (
        event.key !== "Escape" ||
        event.defaultPrevented ||
        document.querySelector("dialog[open]")
      )
        return;
      if (drawer) actions.openDrawer(false);
      else if (panel) actions.openPanel(null);
      else if (run) actions.stop(run.run_id);
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [panel, drawer, run?.run_id]);
}

function useMedia(query) {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const change = () => setMatches(media.matches);
    media.addEventListener("change", change);
    return () => media.removeEventListener("change", change);
  }, [query]);
  return matches;
}

/** The whole page takes dropped files; the answer says whether some are being dragged over it. */
function useDrop() {
  const [over, setOver] = useState(false);
  useEffect(() => {
    let depth = 0;
    const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
    const listen = {
      dragenter: () => setOver(++depth > 0),
      dragleave: () => setOver(--depth > 0),
      dragover: () => {},
      drop: async (event) => {
        depth = 0;
        setOver(false);
        actions.openPanel({ kind: "documents" });
        uploads.add(await droppedFiles(event.dataTransfer));
      },
    };
    const handlers = Object.entries(listen).map(([name, act]) => {
      const handler = (event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        act(event);
      };
      addEventListener(name, handler);
      return [name, handler];
    });
    return () => handlers.forEach(([name, handler]) => removeEventListener(name, handler));
  }, []);
  return over;
}

const roomInAddress = () =>
  decodeURIComponent(location.hash.match(/^#\/c\/(.+)$/)?.[1] ?? "") || null;

addEventListener("hashchange", () => actions.open(roomInAddress()));
addEventListener(
  "visibilitychange",
  () => document.visibilityState === "visible" && actions.retryNow(),
);
render(html`<${App} />`, document.getElementById("app"));
client.connect().catch(() => {});
actions.open(roomInAddress());
