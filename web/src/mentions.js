// @mentions: where they are in a text, whom they may mean, and how they are completed.

export const ASSISTANT = { id: "assistant", name: "assistant" };
const BEGUN = /(?:^|[\s([{"'“‘])@([\p{L}\p{N}_.-]{0,40}(?: [\p{L}\p{N}_.-]{1,40})?)$/u;
// The same rule as on the server: not inside a word or an e-mail address.
const CALLS = /(?<![\w@.+-])@assistant\b(?!\.\w)/i;
const SHOWN_AT_MOST = 6;

/** The mention that is being typed before the caret: `{start, query}`, or null. */
export function mentionAt(text, caret) {
  const found = BEGUN.exec(text.slice(0, caret));
  return found && { start: caret - found[1].length - 1, query: found[1] };
}

/** Suggestions for a mention: first names that begin with the query, then other words of names. */
export function mentionCandidates(query, members, me) {
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

/** The text with the completed mention, and the caret's position after it. */
export function completeMention(text, { start, query }, name) {
  const end = start + 1 + query.length;
  const after = text.slice(end);
  const put = `@${name}${/^\s/.test(after) ? "" : " "}`;
  return {
    text: text.slice(0, start) + put + after,
    caret: start + put.length + (/^\s/.test(after) ? 1 : 0),
  };
}

/** Whether a message in a shared room mentions the assistant. */
export const mentionsAssistant = (text) => CALLS.test(text);

/** Splits a text into `{text, mention}` pieces; `mention` marks mentioned names. */
export function splitMentions(text, names) {
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
