import { html } from "../preact.js";

const HUES = 8;

/** A person's initials on a colour derived from their id, with an optional presence dot. */
export function Avatar({ id, name, status, size = "" }) {
  return html`
    <span class=${`avatar ${size}`} data-hue=${hue(id ?? name)}
      aria-hidden="true">${initials(name)}${
      status && html`<span class="presence" data-status=${status}></span>`
    }</span>
  `;
}

export function initials(name) {
  const words = [...name.trim().split(/\s+/)].filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  return letters.map((word) => [...word][0].toUpperCase()).join("") || "?";
}

function hue(text) {
  let sum = 0;
  for (const letter of text) sum = (sum * 31 + letter.codePointAt(0)) % 65_521;
  return sum % HUES;
}
