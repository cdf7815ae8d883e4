// What a person can do on the page.
import { accountActions } from "./actions/account.js";
import { adminActions } from "./actions/admin.js";
import { chatActions } from "./actions/chat.js";
import { connectActions } from "./actions/connect.js";
import { draftActions } from "./actions/drafts.js";
import { roomActions } from "./actions/rooms.js";
import { searchActions } from "./actions/search.js";
import { newId } from "./client.js";
import { remember } from "./memory.js";

export function createActions(store, client) {
  const { dispatch, get } = store;
  const say = (text) => dispatch({ type: "notice", notice: { text, id: newId() } });
  const fail = (error) => dispatch({ type: "notice", notice: { error, id: newId() } });
  const attempt = (work) => work.catch(fail);
  const tools = { store, client, say, fail, attempt };
  const drafts = draftActions(tools);

  return {
    say,
    fail,
    ...drafts,
    ...chatActions({ ...tools, carryDraft: drafts.carryDraft }),
    ...roomActions(tools),
    ...searchActions(tools),
    ...accountActions(tools),
    ...adminActions(tools),
    ...connectActions(tools),
    removeDocument: (id) => attempt(client.call("documents.delete", { document_id: id })),
    readDocument: (id, start, end) => client.call("documents.get", { document_id: id, start, end }),
    readRun: (runId) => client.call("runs.get", { run_id: runId }),
    openPanel: (panel) => dispatch({ type: "panel", panel }),
    openDrawer: (isOpen) => dispatch({ type: "drawer", open: isOpen }),
    openDialog: (dialog) => dispatch({ type: "dialog", dialog }),
    showView: (view) => dispatch({ type: "view", view }),
    choose(chosen) {
      dispatch({ type: "chosen", chosen });
      remember("basicchat.chosen", get().chosen);
    },
    retryNow: () => client.wake(),
  };
}
