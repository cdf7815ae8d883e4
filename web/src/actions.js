// All actions of the page: each calls the client or dispatches to the store.
import { accountActions } from "./actions/account.js";
import { adminActions } from "./actions/admin.js";
import { chatActions } from "./actions/chat.js";
import { connectActions } from "./actions/connect.js";
import { draftActions } from "./actions/drafts.js";
import { libraryActions } from "./actions/library.js";
import { roomActions } from "./actions/rooms.js";
import { searchActions } from "./actions/search.js";
import { newId } from "./client.js";
import { writeStorage } from "./local_storage.js";

export function createActions(store, client) {
  const { dispatch, get } = store;
  const notify = (text) => dispatch({ type: "notice", notice: { text, id: newId() } });
  const showError = (error) => dispatch({ type: "notice", notice: { error, id: newId() } });
  const attempt = (work) => work.catch(showError);
  const tools = { store, client, notify, showError, attempt };
  const drafts = draftActions(tools);

  return {
    notify,
    showError,
    ...drafts,
    ...chatActions({ ...tools, moveDraft: drafts.moveDraft }),
    ...roomActions(tools),
    ...libraryActions(tools),
    ...searchActions(tools),
    ...accountActions(tools),
    ...adminActions(tools),
    ...connectActions(tools),
    deleteDocument: (id) => attempt(client.call("documents.delete", { document_id: id })),
    readDocument: (id, start, end) => client.call("documents.get", { document_id: id, start, end }),
    cancelTask: (id) => attempt(client.call("tasks.cancel", { task_id: id })),
    readRun: (runId) => client.call("runs.get", { run_id: runId }),
    /** Opens a document, at a passage if one is given, beside the chat. */
    async openSource({ documentId, start, end }) {
      const document = await attempt(
        client.call("documents.get", { document_id: documentId, end: 0 }),
      );
      if (!document) return;
      const passage = { n: 1, document_id: documentId, title: document.title, start, end };
      const citation = start === null ? null : passage;
      dispatch({
        type: "panel",
        panel: { kind: "source", document, citation, citations: citation ? [citation] : [] },
      });
    },
    openPanel: (panel) => dispatch({ type: "panel", panel }),
    openDrawer: (isOpen) => dispatch({ type: "drawer", open: isOpen }),
    openDialog: (dialog) => dispatch({ type: "dialog", dialog }),
    showView: (view) => dispatch({ type: "view", view }),
    setChoice(chosen) {
      dispatch({ type: "chosen", chosen });
      writeStorage("basicchat.chosen", get().chosen);
    },
    /** Whether the next question in a shared room may also quote one's own documents. */
    useOwnDocuments: (on) => dispatch({ type: "ownDocuments", on }),
    /** Begins a conversation whose questions use only a collection, or only some documents. */
    askOnly(only) {
      dispatch({ type: "only", only: { ...only, roomId: null } });
      location.hash = "#";
    },
    useAll: () => dispatch({ type: "only", only: null }),
    /** Chooses a mode: for the next question if it takes minutes, otherwise until another is chosen. */
    setMode(id) {
      const { background = false } = get().modes.find((mode) => mode.id === id) ?? {};
      dispatch({ type: "once", mode: background ? id : null });
      if (!background) this.setChoice({ mode: id });
    },
    reconnect: () => client.wake(),
  };
}
