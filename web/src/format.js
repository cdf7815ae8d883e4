// Formats values for display, in the page's language.
import { unitIndex } from "./client.js";
import { dateFormat, decimal, t, variant } from "./i18n/index.js";

export function formatBytes(count) {
  const units = ["B", "kB", "MB", "GB"];
  let value = count;
  while (value >= 1024 && units.length > 1) {
    value /= 1024;
    units.shift();
  }
  const n = decimal(value, units[0] !== "B" && value < 10 ? 1 : 0);
  return variant("unit.size", units[0], { n });
}

export function formatDuration(ms) {
  if (ms < 1000) return variant("unit.time", "ms", { n: Math.round(ms) });
  return variant("unit.time", "s", { n: decimal(ms / 1000, 1) });
}

/** "Ada", "Ada and Bob", "Ada, Bob and Cleo". */
export function listNames(names) {
  if (names.length < 2) return names.join("");
  return t("list.last", {
    first: names.slice(0, -1).join(t("list.separator")),
    last: names.at(-1),
  });
}

/** Joins facts into one line; falsy ones are left out. */
export const joinFacts = (all) => all.filter(Boolean).join(t("list.facts"));

export const formatTime = dateFormat({ hour: "2-digit", minute: "2-digit" });
const formatDayOfYear = dateFormat({ weekday: "long", day: "numeric", month: "long" });
const formatDayAndYear = dateFormat({ dateStyle: "full" });

/** A day, with its year unless that is the current one. */
export function formatDay(iso) {
  const isThisYear = new Date(iso).getFullYear() === new Date().getFullYear();
  return isThisYear ? formatDayOfYear(iso) : formatDayAndYear(iso);
}
export const formatDate = dateFormat({ day: "numeric", month: "short", year: "numeric" });
export const formatDateTime = dateFormat({ dateStyle: "medium", timeStyle: "short" });

/** Where in its document a citation is: "page 3", "lines 40–41", or an empty text. */
export function citationLocation({ page, line_start, line_end }) {
  if (page) return t("place.page", { page });
  if (!line_start) return "";
  if (line_end > line_start) return t("place.lines", { first: line_start, last: line_end });
  return t("place.line", { line: line_start });
}

/** Splits a text, which begins at code point `base`, before, at and after a range of code points. */
export function splitAround(text, base, start, end) {
  const from = unitIndex(text, Math.max(0, start - base));
  const to = unitIndex(text, Math.max(0, end - base));
  return [text.slice(0, from), text.slice(from, to), text.slice(to)];
}

export const capitalize = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/**
 * Describes an error in two sentences: what happened, and what to do.
 *
 * Uses the language's own text for the error's reason or kind, or else the message that came with
 * it.
 */
export function describeError({ kind, reason, params = {}, message, hint } = {}) {
  const known = variant("error", reason, params) ?? variant("error", kind, params);
  const sentence = known ?? message ?? t("error.unknown");
  const ownHint = variant("error.hint", reason, params) ?? variant("error.hint", kind, params);
  const advice = (!known && hint) || ownHint;
  return { message: sentence.replace(/([^.!?])$/, "$1."), hint: advice ?? "" };
}

/** JSON on several lines; if it was shortened, and so is no longer JSON, as it is. */
export function prettyJson(json) {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}
