// The page's texts and formats in the reader's language, which is chosen once, before the first
// component is drawn.
import { whenIdle } from "../later.js";
import { readStorage } from "../local_storage.js";
import en from "./en.js";

// A language is one file beside `en.js` with the same ids, and one line here.
const LANGUAGES = { en: { direction: "ltr", load: () => en } };
const FALLBACK = "en";

const dateFormats = [];
let texts, locale, plurals, numbers, decimals;
speak(FALLBACK, en);

/** Loads the language that the reader chose, or else the first of the browser's that there is. */
export async function loadLanguage() {
  const wanted = [readStorage("basicchat.language", ""), ...browserLanguages()].map(baseOf);
  const language = wanted.find((one) => Object.hasOwn(LANGUAGES, one)) ?? FALLBACK;
  const { direction, load } = LANGUAGES[language];
  speak(language, await load());
  Object.assign(document.documentElement, { lang: language, dir: direction });
}

/** The text of an id, with its parameters filled in; `count` chooses the plural form. */
export const t = (id, params) => fill(texts[id], params);

/** The text for one key of a group, such as a role or a status; undefined if it has none. */
export function variant(id, key, params) {
  const group = texts[id];
  return Object.hasOwn(group, key) ? fill(group[key], params) : undefined;
}

/** A number with exactly so many digits after the point. */
export function decimal(value, digits) {
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return (decimals[digits] ??= numberFormat(options)).format(value);
}

/**
 * A function that formats ISO timestamps. Formatters are slow to make, so each is made once, and
 * `prepareDates` makes those that no timestamp has needed yet.
 */
export function dateFormat(options) {
  let format = null;
  const show = (iso) => (format ??= new Intl.DateTimeFormat(locale, options)).format(new Date(iso));
  dateFormats.push(show);
  return show;
}

/** Makes all formatters of dates, each when the browser has nothing else to do. */
export function prepareDates(from = 0) {
  if (from < dateFormats.length)
    whenIdle(() => {
      dateFormats[from]("2000-01-01T00:00:00Z");
      prepareDates(from + 1);
    });
}

function speak(language, table) {
  texts = table;
  // The reader's own variant of the language, such as en-GB, has its own dates.
  locale = browserLanguages().find((one) => baseOf(one) === language) ?? language;
  plurals = new Intl.PluralRules(locale);
  numbers = numberFormat();
  // Formatters are slow to make.
  decimals = {};
}

function fill(message, params) {
  if (!params) return message;
  const form = message.other && plurals.select(params.count);
  const text = form ? (message[form] ?? message.other) : message;
  return text.replace(/\{(\w+)\}/g, (_, name) => shown(params[name]));
}

const shown = (value) => (typeof value === "number" ? numbers.format(value) : value);

function numberFormat(options) {
  return new Intl.NumberFormat(locale, { useGrouping: "min2", ...options });
}

function browserLanguages() {
  return globalThis.navigator?.languages ?? [];
}

function baseOf(tag) {
  return tag.toLowerCase().split("-")[0];
}
