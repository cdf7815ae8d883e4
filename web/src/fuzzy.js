// Finds names and titles by words that may be misspelt.

const MAX_FOUND = 5;
// Words of at least this length may have one error, and twice as long ones two.
const MIN_LENGTH_PER_ERROR = 4;

const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const wordsOf = (text) => fold(text).match(/[\p{L}\p{N}]+/gu) ?? [];

/**
 * The items whose text has all words of a query, best first; accents and case are ignored.
 *
 * A word matches the beginning of another one, with few errors if it is long enough: letters that are
 * wrong, missing, added or swapped.
 *
 * @param {string} query
 * @param {object[]} items
 * @param {(item: object) => string} textOf
 */
export function findByName(query, items, textOf) {
  const wanted = wordsOf(query);
  if (!wanted.length) return [];
  return items
    .map((item) => ({ item, errors: errorsIn(wanted, wordsOf(textOf(item))) }))
    .filter(({ errors }) => errors < Infinity)
    .sort((a, b) => a.errors - b.errors)
    .slice(0, MAX_FOUND)
    .map(({ item }) => item);
}

function errorsIn(wanted, words) {
  let sum = 0;
  for (const word of wanted) {
    const most = Math.min(2, Math.floor(word.length / MIN_LENGTH_PER_ERROR));
    sum += Math.min(...words.map((one) => errorsBetween(word, one, most)), Infinity);
  }
  return sum;
}

/** The least number of errors by which a word is the beginning of another; Infinity above `most`. */
function errorsBetween(word, other, most) {
  if (other.startsWith(word)) return 0;
  if (!most) return Infinity;
  const least = Math.min(...distances(word, other.slice(0, word.length + most)));
  return least <= most ? least : Infinity;
}

/** The distance of a word to each beginning of another (optimal string alignment). */
function distances(word, other) {
  let older = [];
  let last = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (let i = 1; i <= word.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const cost = word[i - 1] === other[j - 1] ? 0 : 1;
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + cost);
      const swapped = word[i - 1] === other[j - 2] && word[i - 2] === other[j - 1];
      if (i > 1 && j > 1 && swapped) row[j] = Math.min(row[j], older[j - 2] + 1);
    }
    [older, last] = [last, row];
  }
  return last;
}
