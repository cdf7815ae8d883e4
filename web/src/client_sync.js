// Connects the client to the store: events of the server become actions on the state.
import { BasicChatClient } from "./client.js";
import { createLiveTexts } from "./live_texts.js";
import { writeStorage } from "./local_storage.js";
import { allDocuments } from "./actions/library.js";
import { canUpload } from "./permissions.js";
import { roomOf } from "./state/people.js";

const MAX_TASKS = 100;
const RENEW_MS = 6 * 3_600_000;
const ENDED = /^run\.(completed|failed|cancelled|interrupted)$/;
// Slightly longer than on the server, in case the signal that typing ended is lost.
const TYPING_EXPIRES_MS = 8_000;

export function createClientSync(store, { onOnline }) {
  const client = new BasicChatClient({ url: new URL(".", location.href).href, name: "web" });
  const liveTexts = createLiveTexts(client);
  const { dispatch, receive } = store;
  let first = true;

  function onDelta({ run }) {
    liveTexts.grow(run);
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
    const { rooms, drafts = {}, next } = await client.call("rooms.list");
    for (let after = next; after; ) {
      const page = await client.call("rooms.list", { after });
      rooms.push(...page.rooms);
      after = page.next;
    }
    dispatch({ type: "rooms", rooms });
    dispatch({ type: "drafts.loaded", drafts });
  }

  async function refreshDocuments() {
    const [{ suffixes }, documents, { collections }] = await Promise.all([
      client.call("documents.formats"),
      allDocuments(client),
      client.call("collections.list"),
    ]);
    dispatch({ type: "suffixes", suffixes });
    dispatch({ type: "collections", collections });
    dispatch({ type: "documents", documents });
  }

  async function refreshTasks() {
    dispatch({ type: "tasks", ...(await client.call("tasks.list", { limit: MAX_TASKS })) });
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
    if (canUpload(store.get().user)) refresh("tasks", refreshTasks);
    refresh("models", refreshModels);
  }

  client.on("state", (state) => {
    dispatch({ type: "connection", state });
    if (state.status !== "online") return;
    dispatch({ type: "limits", limits: client.limits });
    writeStorage("basicchat.role", state.user.role ?? "member");
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
    receive({ type: "snapshot", ...snapshot });
    if ("draft" in snapshot)
      receive({ type: "draft.loaded", roomId: snapshot.room_id, text: snapshot.draft });
    for (const run of snapshot.active_runs) if (!run.message_id) loadRun(run.run_id);
  });
  client.on("event", (event) => {
    // The client forgets the text of a run after its end. Rendered later, the answer would be without
    // its text in between, and would be rendered anew.
    const tell = ENDED.test(event.type) ? dispatch : receive;
    tell({ type: "event", event });
  });
  client.on("delta", onDelta);
  client.on("signal", (signal) => {
    receive({ type: "signal", signal });
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

  return { client, liveTexts };
}
