// Values as people read them.
import { unitIndex } from "./client.js";

export function bytes(count) {
  if (count < 1024) return `${count}\u00a0B`;
  const units = ["kB", "MB", "GB"];
  let value = count / 1024;
  while (value >= 1024 && units.length > 1) {
    value /= 1024;
    units.shift();
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)}\u00a0${units[0]}`;
}

export const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

export function duration(ms) {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** "Ada", "Ada and Bob", "Ada, Bob and Cleo". */
export const listed = (names) =>
  names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;

// Making a formatter takes longer than formatting a thousand times.
const at = (options) => {
  let format = null;
  return (iso) => (format ??= new Intl.DateTimeFormat(undefined, options)).format(new Date(iso));
};

/** The time of day. */
export const clock = at({ hour: "2-digit", minute: "2-digit" });
export const day = at({ weekday: "long", day: "numeric", month: "long" });
export const date = at({ day: "numeric", month: "short", year: "numeric" });
export const moment = at({ dateStyle: "medium", timeStyle: "short" });

/** Where in its document a citation is: "page 3", "lines 40–41", or nothing. */
export function place({ page, line_start, line_end }) {
  if (page) return `page ${page}`;
  if (!line_start) return "";
  return line_end > line_start ? `lines ${line_start}–${line_end}` : `line ${line_start}`;
}

/** Cuts text (which begins at code point `base`) around the code points from `start` to `end`. */
export function cut(text, base, start, end) {
  const from = unitIndex(text, Math.max(0, start - base));
  const to = unitIndex(text, Math.max(0, end - base));
  return [text.slice(0, from), text.slice(from, to), text.slice(to)];
}

export const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** An error as two sentences for people: what happened, and what to do. */
export function inWords(error) {
  const message = error?.message ?? "Something went wrong";
  const hint = error?.hint ?? HINTS[error?.kind] ?? "";
  return { message: message.replace(/([^.!?])$/, "$1."), hint };
}

const HINTS = {
  timeout: "The server may be busy. Try again.",
  connection_lost: "Try again once the connection is back.",
  forbidden: "Ask an owner or administrator.",
  rate_limited: "Wait a moment, then try again.",
  upstream_unavailable: "Check that the model server is running, then try again.",
  not_found: "It may have been deleted.",
  too_large: "Make it shorter.",
};
