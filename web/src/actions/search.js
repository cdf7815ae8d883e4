// Search over messages, and over passages of documents.
import { canUpload } from "../permissions.js";

const ASK_AFTER_MS = 200;
const LIMIT = 50;
const PASSAGES = 5;

export function searchActions({ store, client, attempt }) {
  const { dispatch, get } = store;
  let timer = null;

  function search(query, roomId) {
    dispatch({ type: "search.started", query, roomId });
    clearTimeout(timer);
    if (!query.trim()) {
      dispatch({ type: "search.passages", query, roomId, hits: [] });
      return dispatch({ type: "search.found", query, roomId, messages: null });
    }
    timer = setTimeout(() => {
      ask(query, roomId);
      askDocuments(query, roomId);
    }, ASK_AFTER_MS);
  }

  const page = (query, roomId, before) =>
    client.call("messages.search", {
      query,
      limit: LIMIT,
      ...(roomId && { room_id: roomId }),
      ...(before && { before }),
    });

  async function ask(query, roomId) {
    try {
      dispatch({ type: "search.found", query, roomId, ...(await page(query, roomId)) });
    } catch (error) {
      dispatch({ type: "search.failed", query, roomId, error });
    }
  }

  // Passages are an addition to the messages: their failure is not reported.
  async function askDocuments(query, roomId) {
    let hits = [];
    if (!roomId && canUpload(get().user)) {
      const found = client.call("documents.search", { query, k: PASSAGES });
      ({ hits } = await found.catch(() => ({ hits })));
    }
    dispatch({ type: "search.passages", query, roomId, hits });
  }

  async function searchMore() {
    const { query, roomId, next } = get().search;
    const results = await page(query, roomId, next);
    dispatch({ type: "search.more", query, roomId, before: next, ...results });
  }

  return {
    searchMore: () => attempt(searchMore()),
    openSearch: (roomId = null) => !get().locked && dispatch({ type: "search.open", roomId }),
    closeSearch: () => dispatch({ type: "search.close" }),
    search,
  };
}
