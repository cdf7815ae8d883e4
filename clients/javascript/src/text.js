// Text in the unit of the protocol, Unicode code points; JavaScript counts UTF-16 code units.

const isHigh = (unit) => (unit & 0xfc00) === 0xd800;
const isLow = (unit) => (unit & 0xfc00) === 0xdc00;

/** The number of code points of a text. */
export function codePoints(text) {
  let count = text.length;
  for (let i = 0; i < text.length - 1; i++) {
    if (isHigh(text.charCodeAt(i)) && isLow(text.charCodeAt(i + 1))) {
      count--;
      i++;
    }
  }
  return count;
}

/** The UTF-16 index of a text's code point number `count`, at most its length. */
export function unitIndex(text, count) {
  let i = 0;
  for (; count > 0 && i < text.length; count--) {
    i += isHigh(text.charCodeAt(i)) && isLow(text.charCodeAt(i + 1)) ? 2 : 1;
  }
  return i;
}

/**
 * Applies a delta to the known text of a part (PROTOCOL, section 4.2).
 *
 * A delta at the end is appended; of one that overlaps, the rest is appended; one beyond the end
 * leaves a gap, which `runs.get` fills.
 */
export function applyDelta(part, { off, text }) {
  if (off > part.off) return { part, added: "", gap: true };
  const overlap = part.off - off;
  const added = overlap ? text.slice(unitIndex(text, overlap)) : text;
  if (!added) return { part, added, gap: false };
  const next = { ...part, text: part.text + added, off: part.off + codePoints(added) };
  return { part: next, added, gap: false };
}

/** An id for `client_msg_id`. `crypto.randomUUID` is missing on pages served over plain HTTP. */
export function newId() {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
