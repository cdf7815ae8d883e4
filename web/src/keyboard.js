// What keys do beyond what the browser does by itself.

/** Arrow keys, Home and End move the focus among the matching elements of a list. */
export function moveFocus(event, selector) {
  const items = [...event.currentTarget.querySelectorAll(selector)];
  const at = items.indexOf(document.activeElement);
  if (at < 0) return;
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  items[Math.min(Math.max(to, 0), items.length - 1)].focus();
}

/** Whether a key press means "send": Enter alone, and not while an input method is composing. */
export const isSend = (event) =>
  event.key === "Enter" &&
  !event.shiftKey &&
  !event.altKey &&
  !event.isComposing &&
  event.keyCode !== 229;

/** Copies text; also where the clipboard API is missing, which is so on plain HTTP. */
export async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
