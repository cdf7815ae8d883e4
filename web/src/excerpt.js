// Excerpts of search results with the matching words highlighted.

const BEFORE = 60;
const LENGTH = 240;
// Markdown syntax that is removed from excerpts.
const MARKS = /\*\*|__|`+|^#{1,6} |^> /gm;

/**
 * The text around the first match of a query, as `{text, hit}` pieces.
 *
 * `similar` are other words that count as matches. Accents are ignored, as in the server's search.
 */
export function excerpt(text, query, similar = []) {
  const line = text.replace(MARKS, "").replace(/\s+/g, " ").trim();
  const words = plain([query, ...similar].join(" "))
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
  const pattern = words.length
    ? new RegExp(`(?<![\\p{L}\\p{N}])(?:${words.join("|")})`, "giu")
    : null;
  const folded = plain(line);
  // If removing accents changed the length, positions would be off: then nothing is highlighted.
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
