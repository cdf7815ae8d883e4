// Keyboard handling beyond the browser's own.

/** Moves the focus among the matching elements of a list by the arrow keys, Home and End. */
export function moveFocus(event, selector) {
  const items = [...event.currentTarget.querySelectorAll(selector)];
  const at = items.indexOf(document.activeElement);
  if (at < 0) return;
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  items[Math.min(Math.max(to, 0), items.length - 1)].focus();
}

/** Whether a key press submits: Enter without modifiers, and not during IME composition. */
export const isSubmitKey = (event) =>
  event.key === "Enter" &&
  !event.shiftKey &&
  !event.altKey &&
  !event.isComposing &&
  event.keyCode !== 229;
