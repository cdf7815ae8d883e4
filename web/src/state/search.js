// Search over messages.

export const initial = { search: null };

const opened = {
  query: "",
  roomId: null,
  results: null,
  // Words that were searched for because no message has those of the query.
  similar: [],
  passages: [],
  next: null,
  busy: false,
  error: null,
};

export const actions = {
  "search.open": (s, { roomId = null }) => ({ ...s, search: { ...opened, roomId }, drawer: false }),
  "search.close": (s) => ({ ...s, search: null }),
  "search.started": (s, { query, roomId }) =>
    change(s, { query, roomId, busy: Boolean(query.trim()), error: null }),
  // Results for an outdated query are ignored.
  "search.found": (s, { query, roomId, messages, next = null, similar = [] }) =>
    isCurrent(s, query, roomId) ? change(s, { results: messages, next, similar, busy: false }) : s,
  "search.passages": (s, { query, roomId, hits }) =>
    isCurrent(s, query, roomId) ? change(s, { passages: hits }) : s,
  // So is a page that was requested twice.
  "search.more": (s, { query, roomId, before, messages, next = null }) =>
    isCurrent(s, query, roomId) && s.search.next === before
      ? change(s, { results: [...s.search.results, ...messages], next })
      : s,
  "search.failed": (s, { query, roomId, error }) =>
    isCurrent(s, query, roomId) ? change(s, { error, busy: false }) : s,
};

const isCurrent = ({ search }, query, roomId) =>
  search !== null && search.query === query && search.roomId === roomId;

const change = (s, values) => (s.search ? { ...s, search: { ...s.search, ...values } } : s);
