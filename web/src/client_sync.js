// Connects the client to the store: events of the server become actions on the state.
import { BasicChatClient } from "./client.js";
import { canUpload } from "./permissions.js";
import { roomOf } from "./state/people.js";

const DOCUMENTS_PAGE = 200;
const RENEW_MS = 6 * 3_600_000;
// Slightly longer than on the server, in case the signal that typing ended is lost.
const TYPING_EXPIRES_MS = 8_000;

export function createClientSync(store, { onOnline }) {
  const client = new BasicChatClient({ url: new URL(".", location.href).href, name: "web" });
  const dispatch = store.dispatch;
  const changedRuns = new Set();
  let first = true;

  // Texts are updated once per frame, however many deltas arrive.
  function flushTexts() {
    const texts = Object.fromEntries([...changedRuns].map((run) => [run, client.parts(run)]));
    changedRuns.clear();
    dispatch({ type: "text", texts });
  }

  function onDelta({ run }) {
    if (!changedRuns.size) requestAnimationFrame(flushTexts);
    changedRuns.add(run);
    if (!store.get().runs[run]) loadRun(run);
  }

  const loadingRuns = new Set();
  async function loadRun(runId) {
    if (loadingRuns.has(runId)) return;
    loadingRuns.add(runId);
    try {
      dispatch({ type: "run", run: await client.call("runs.get", { run_id: runId }) });
    } catch {
      // The run's events carry the rest.
    } finally {
      loadingRuns.delete(runId);
    }
  }

  async function refreshRooms() {
    const { rooms, drafts = {} } = await client.call("rooms.list");
    dispatch({ type: "rooms", rooms });
    dispatch({ type: "drafts.loaded", drafts });
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

  async function refreshModels() {
    const [offer, { modes }] = await Promise.all([
      client.call("models.list"),
      client.call("modes.list"),
    ]);
    dispatch({ type: "catalogue", models: offer.models, provider: offer.provider ?? null, modes });
  }

  // Renews the login while the page is open; also turns a pasted token into a cookie.
  async function renew() {
    const headers = { "X-BasicChat": "1", ...client.authorization() };
    try {
      await fetch("api/renew", { method: "POST", headers });
    } catch {
      // The next attempt is early enough: a login lasts longer than this interval.
    }
    setTimeout(renew, RENEW_MS);
  }

  const refresh = (what, work) =>
    work().catch((error) => dispatch({ type: "notice", notice: { error, notLoaded: what } }));

  function refreshAll() {
    refresh("rooms", refreshRooms);
    if (canUpload(store.get().user)) refresh("documents", refreshDocuments);
    refresh("models", refreshModels);
  }

  client.on("state", (state) => {
    dispatch({ type: "connection", state });
    if (state.status !== "online") return;
    dispatch({ type: "limits", limits: client.limits });
    if (first) {
      refreshAll();
      renew();
    } else refresh("models", refreshModels);
    first = false;
    onOnline();
  });
  client.on("stale", ({ stream }) => {
    if (stream.startsWith("user:")) refreshAll();
  });
  client.on("snapshot", (snapshot) => {
    dispatch({ type: "snapshot", ...snapshot });
    if ("draft" in snapshot)
      dispatch({ type: "draft.loaded", roomId: snapshot.room_id, text: snapshot.draft });
    for (const run of snapshot.active_runs) if (!run.message_id) loadRun(run.run_id);
  });
  client.on("event", (event) => {
    flushBefore(event);
    dispatch({ type: "event", event });
  });
  client.on("delta", onDelta);
  client.on("signal", (signal) => {
    dispatch({ type: "signal", signal });
    if (signal.type === "typing") expireTyping(roomOf(signal.stream), signal.data);
  });

  const typingTimers = new Map();
  function expireTyping(roomId, { user, typing }) {
    const key = `${roomId} ${user.id}`;
    clearTimeout(typingTimers.get(key));
    typingTimers.delete(key);
    if (!typing) return;
    const end = () => {
      typingTimers.delete(key);
      dispatch({ type: "typing.expired", roomId, userId: user.id });
    };
    typingTimers.set(key, setTimeout(end, TYPING_EXPIRES_MS));
  }

  // Texts that wait for the next frame must be shown before the event that follows them.
  function flushBefore(event) {
    if (changedRuns.size && event.type.startsWith("run.")) flushTexts();
  }

  return { client, refreshAll };
}
