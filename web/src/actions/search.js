// Finding messages.
const ASK_AFTER_MS = 200;
const LIMIT = 50;

export function searchActions({ store, client }) {
  const { dispatch, get } = store;
  let timer = null;

  function find(query, roomId) {
    dispatch({ type: "search.asked", query, roomId });
    clearTimeout(timer);
    if (!query.trim()) return dispatch({ type: "search.found", query, roomId, messages: null });
    timer = setTimeout(() => ask(query, roomId), ASK_AFTER_MS);
  }

  async function ask(query, roomId) {
    const params = { query, limit: LIMIT, ...(roomId && { room_id: roomId }) };
    try {
      const { messages } = await client.call("messages.search", params);
      dispatch({ type: "search.found", query, roomId, messages });
    } catch (error) {
      dispatch({ type: "search.failed", query, roomId, error });
    }
  }

  return {
    openSearch: (roomId = null) => !get().locked && dispatch({ type: "search.open", roomId }),
    closeSearch: () => dispatch({ type: "search.close" }),
    find,
  };
}
