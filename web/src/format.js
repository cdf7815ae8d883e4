// Values as people read them.
import { unitIndex } from "./client.js";
import { dateFormat, decimal, t, variant } from "./i18n/index.js";

export function bytes(count) {
  const units = ["B", "kB", "MB", "GB"];
  let value = count;
  while (value >= 1024 && units.length > 1) {
    value /= 1024;
    units.shift();
  }
  const n = decimal(value, units[0] !== "B" && value < 10 ? 1 : 0);
  return variant("unit.size", units[0], { n });
}

export function duration(ms) {
  if (ms < 1000) return variant("unit.time", "ms", { n: Math.round(ms) });
  return variant("unit.time", "s", { n: decimal(ms / 1000, 1) });
}

/** "Ada", "Ada and Bob", "Ada, Bob and Cleo". */
export function listed(names) {
  if (names.length < 2) return names.join("");
  return t("list.last", {
    first: names.slice(0, -1).join(t("list.separator")),
    last: names.at(-1),
  });
}

/** Several facts on one line; those that are not there are left out. */
export const facts = (all) => all.filter(Boolean).join(t("list.facts"));

/** The time of day. */
export const clock = dateFormat({ hour: "2-digit", minute: "2-digit" });
export const day = dateFormat({ weekday: "long", day: "numeric", month: "long" });
export const date = dateFormat({ day: "numeric", month: "short", year: "numeric" });
export const moment = dateFormat({ dateStyle: "medium", timeStyle: "short" });

/** Where in its document a citation is: "page 3", "lines 40–41", or nothing. */
export function place({ page, line_start, line_end }) {
  if (page) return t("place.page", { page });
  if (!line_start) return "";
  if (line_end > line_start) return t("place.lines", { first: line_start, last: line_end });
  return t("place.line", { line: line_start });
}

/** Cuts text (which begins at code point `base`) around the code points from `start` to `end`. */
export function cut(text, base, start, end) {
  const from = unitIndex(text, Math.max(0, start - base));
  const to = unitIndex(text, Math.max(0, end - base));
  return [text.slice(0, from), text.slice(from, to), text.slice(to)];
}

export const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/**
 * An error as two sentences for people: what happened, and what to do.
 *
 * By its kind and parameters, where the page's language has a text for them; otherwise in the
 * words that came with it.
 */
export function inWords({ kind, params = {}, message, hint } = {}) {
  const known = variant("error", kind, params);
  const sentence = known ?? message ?? t("error.unknown");
  const advice = (!known && hint) || variant("error.hint", kind, params);
  return { message: sentence.replace(/([^.!?])$/, "$1."), hint: advice ?? "" };
}
