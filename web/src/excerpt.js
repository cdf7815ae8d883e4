// The part of a found text that shows why it was found.

const BEFORE = 60;
const LENGTH = 240;
// What Markdown writes around words.
const MARKS = /\*\*|__|`+|^#{1,6} |^> /gm;

/**
 * A text around the first word of a query in it, as `{text, hit}` pieces.
 *
 * Words count without their accents, as the server's search has them.
 */
export function excerpt(text, query) {
  const line = text.replace(MARKS, "").replace(/\s+/g, " ").trim();
  const words = plain(query)
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
  const pattern = words.length
    ? new RegExp(`(?<![\\p{L}\\p{N}])(?:${words.join("|")})`, "giu")
    : null;
  const folded = plain(line);
  // Where folding changed lengths, hits would be off: then the text is shown without.
  const hits = pattern && folded.length === line.length ? [...folded.matchAll(pattern)] : [];
  const from = Math.max(0, (hits[0]?.index ?? 0) - BEFORE);
  const start = from === 0 ? 0 : line.indexOf(" ", from) + 1 || from;
  const end = Math.min(line.length, start + LENGTH);
  const pieces = [];
  const put = (piece, hit) => piece && pieces.push({ text: piece, hit });
  let at = start;
  for (const {
    index,
    0: { length },
  } of hits) {
    if (index < at || index + length > end) continue;
    put(line.slice(at, index), false);
    put(line.slice(index, index + length), true);
    at = index + length;
  }
  put(line.slice(at, end), false);
  if (start > 0) pieces.unshift({ text: "…", hit: false });
  if (end < line.length) pieces.push({ text: "…", hit: false });
  return pieces;
}

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
