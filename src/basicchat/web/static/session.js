// Ties the client to the store: what the server says becomes the page's state.
import { BasicChatClient } from "./basicchat-client.js";

const DOCUMENTS_PAGE = 200;
const RENEW_MS = 6 * 3_600_000;

export function createSession(store) {
  const client = new BasicChatClient({ url: new URL(".", location.href).href, name: "web" });
  const dispatch = store.dispatch;
  const dirty = new Set();
  let first = true;

  // Texts are taken over once per frame, however many deltas come.
  function showTexts() {
    const texts = Object.fromEntries([...dirty].map((run) => [run, client.parts(run)]));
    dirty.clear();
    dispatch({ type: "text", texts });
  }

  function onDelta({ run }) {
    if (!dirty.size) requestAnimationFrame(showTexts);
    dirty.add(run);
    if (!store.get().runs[run]) learn(run);
  }

  const learning = new Set();
  async function learn(runId) {
    if (learning.has(runId)) return;
    learning.add(runId);
    try {
      dispatch({ type: "run", run: await client.call("runs.get", { run_id: runId }) });
    } catch {
      // The run's own events tell the rest.
    } finally {
      learning.delete(runId);
    }
  }

  async function refreshRooms() {
    dispatch({ type: "rooms", ...(await client.call("rooms.list")) });
  }

  async function refreshDocuments() {
    let documents = [];
    for (let after; ;) {
      const page = await client.call("documents.list", {
        limit: DOCUMENTS_PAGE,
        ...(after && { after }),
      });
      documents = documents.concat(page.documents);
      after = page.next;
      if (!after) break;
    }
    dispatch({ type: "documents", documents });
  }

  async function refreshCatalogue() {
    const [offer, { modes }] = await Promise.all([
      client.call("models.list"),
      client.call("modes.list"),
    ]);
    dispatch({ type: "catalogue", models: offer.models, provider: offer.provider ?? null, modes });
  }

  // Keeps the login of a page that stays open, and makes a pasted token one that survives a reload.
  async function renew() {
    const headers = { "X-BasicChat": "1", ...client.authorization() };
    try {
      await fetch("api/renew", { method: "POST", headers });
    } catch {
      // The next time will do: a login lasts longer than this.
    }
    setTimeout(renew, RENEW_MS);
  }

  const refresh = (name, work) =>
    work().catch((error) => dispatch({ type: "notice", notice: { error, name } }));

  function refreshAll() {
    refresh("your conversations", refreshRooms);
    refresh("your documents", refreshDocuments);
    refresh("the models", refreshCatalogue);
  }

  client.on("state", (state) => {
    dispatch({ type: "connection", state });
    if (state.status !== "online") return;
    dispatch({ type: "limits", limits: client.limits });
    if (first) {
      refreshAll();
      renew();
    } else refresh("the models", refreshCatalogue);
    first = false;
  });
  client.on("stale", ({ stream }) => {
    if (stream.startsWith("user:")) refreshAll();
  });
  client.on("snapshot", (snapshot) => {
    dispatch({ type: "snapshot", ...snapshot });
    for (const run of snapshot.active_runs) if (!run.message_id) learn(run.run_id);
  });
  client.on("event", (event) => {
    showPending(event);
    dispatch({ type: "event", event });
  });
  client.on("delta", onDelta);

  // What is still waiting for a frame is shown before the event that follows it.
  function showPending(event) {
    if (dirty.size && event.type.startsWith("run.")) showTexts();
  }

  return { client, refreshAll };
}
