// Search over messages.
const ASK_AFTER_MS = 200;
const LIMIT = 50;

export function searchActions({ store, client, attempt }) {
  const { dispatch, get } = store;
  let timer = null;

  function search(query, roomId) {
    dispatch({ type: "search.started", query, roomId });
    clearTimeout(timer);
    if (!query.trim()) return dispatch({ type: "search.found", query, roomId, messages: null });
    timer = setTimeout(() => ask(query, roomId), ASK_AFTER_MS);
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
