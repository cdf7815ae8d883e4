// Ties the client to the store: what the server says becomes the page's state.
import { BasicChatClient } from "./client.js";
import { mayUpload } from "./permissions.js";
import { roomOf } from "./state/people.js";

const DOCUMENTS_PAGE = 200;
const RENEW_MS = 6 * 3_600_000;
// A little longer than the server keeps it up, for the word of its end may be lost.
const TYPING_LAPSE_MS = 8_000;

export function createSession(store, { onOnline }) {
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
    const { rooms, drafts = {} } = await client.call("rooms.list");
    dispatch({ type: "rooms", rooms });
    dispatch({ type: "drafts.known", drafts });
  }

  async function refreshDocuments() {
    let documents = [];
    for (let after; ; ) {
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

  const refresh = (what, work) =>
    work().catch((error) => dispatch({ type: "notice", notice: { error, notLoaded: what } }));

  function refreshAll() {
    refresh("rooms", refreshRooms);
    if (mayUpload(store.get().user)) refresh("documents", refreshDocuments);
    refresh("models", refreshCatalogue);
  }

  client.on("state", (state) => {
    dispatch({ type: "connection", state });
    if (state.status !== "online") return;
    dispatch({ type: "limits", limits: client.limits });
    if (first) {
      refreshAll();
      renew();
    } else refresh("models", refreshCatalogue);
    first = false;
    onOnline();
  });
  client.on("stale", ({ stream }) => {
    if (stream.startsWith("user:")) refreshAll();
  });
  client.on("snapshot", (snapshot) => {
    dispatch({ type: "snapshot", ...snapshot });
    if ("draft" in snapshot)
      dispatch({ type: "draft.known", roomId: snapshot.room_id, text: snapshot.draft });
    for (const run of snapshot.active_runs) if (!run.message_id) learn(run.run_id);
  });
  client.on("event", (event) => {
    showPending(event);
    dispatch({ type: "event", event });
  });
  client.on("delta", onDelta);
  client.on("signal", (signal) => {
    dispatch({ type: "signal", signal });
    if (signal.type === "typing") lapse(roomOf(signal.stream), signal.data);
  });

  const lapses = new Map();
  function lapse(roomId, { user, typing }) {
    const key = `${roomId} ${user.id}`;
    clearTimeout(lapses.get(key));
    lapses.delete(key);
    if (!typing) return;
    const end = () => {
      lapses.delete(key);
      dispatch({ type: "typing.lapsed", roomId, userId: user.id });
    };
    lapses.set(key, setTimeout(end, TYPING_LAPSE_MS));
  }

  // What is still waiting for a frame is shown before the event that follows it.
  function showPending(event) {
    if (dirty.size && event.type.startsWith("run.")) showTexts();
  }

  return { client, refreshAll };
}
