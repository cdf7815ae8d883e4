// Calling somebody with "@": where in a text, whom, and what is put in.

export const ASSISTANT = { id: "assistant", name: "assistant" };
const BEGUN = /(?:^|[\s([{"'“‘])@([\p{L}\p{N}_.-]{0,40}(?: [\p{L}\p{N}_.-]{1,40})?)$/u;
// As on the server: not within a word or an address.
const CALLS = /(?<![\w@.+-])@assistant\b(?!\.\w)/i;
const SHOWN_AT_MOST = 6;

/** The mention being written before the caret: `{start, query}`, or null. */
export function mentionAt(text, caret) {
  const found = BEGUN.exec(text.slice(0, caret));
  return found && { start: caret - found[1].length - 1, query: found[1] };
}

/** Whom it may mean, the assistant first, those whose name begins so before other words. */
export function candidates(query, members, me) {
  const wanted = query.toLowerCase();
  const rank = ({ name }) => {
    const lower = name.toLowerCase();
    if (lower.startsWith(wanted)) return 0;
    return lower.split(/\s+/).some((word) => word.startsWith(wanted)) ? 1 : 2;
  };
  return [ASSISTANT, ...(members ?? []).filter((member) => member.id !== me)]
    .map((one) => ({ one, rank: rank(one) }))
    .filter(({ rank }) => rank < 2)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, SHOWN_AT_MOST)
    .map(({ one }) => one);
}

/** The text with the mention in it, and where the caret goes. */
export function complete(text, { start, query }, name) {
  const end = start + 1 + query.length;
  const after = text.slice(end);
  const put = `@${name}${/^\s/.test(after) ? "" : " "}`;
  return {
    text: text.slice(0, start) + put + after,
    caret: start + put.length + (/^\s/.test(after) ? 1 : 0),
  };
}

/** Whether a message in a shared room speaks to the assistant. */
export const callsAssistant = (text) => CALLS.test(text);

/** A text cut into `{text, mention}` pieces, where `mention` marks the names that are called. */
export function pieces(text, names) {
  const known = ["assistant", ...names].filter(Boolean).sort((a, b) => b.length - a.length);
  const pattern = new RegExp(
    `(?<![\\w@.+-])@(?:${known.map(escaped).join("|")})(?![\\p{L}\\p{N}_])`,
    "giu",
  );
  const found = [];
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > at) found.push({ text: text.slice(at, match.index), mention: false });
    found.push({ text: match[0], mention: true });
    at = match.index + match[0].length;
  }
  if (at < text.length) found.push({ text: text.slice(at), mention: false });
  return found;
}

const escaped = (name) => name.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
