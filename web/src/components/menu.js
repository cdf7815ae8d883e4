import { html, useLayoutEffect, useRef, useState } from "../preact.js";
import { moveFocus } from "../keyboard.js";
import { Icon } from "./icons.js";

const MARGIN = 8;

/**
 * A menu button. Items are `{text, icon, act, danger}`; falsy ones are left out.
 *
 * With children, these are the button's content, and `label` names only the menu.
 */
export function Menu({ label, items, icon = "more", children, ...props }) {
  const [open, setOpen] = useState(false);
  const button = useRef();
  const list = useRef();
  const present = items.filter(Boolean);
  useLayoutEffect(() => {
    if (!open) return;
    list.current.showPopover();
    place(list.current, button.current);
    list.current.querySelector("[role=menuitem]")?.focus();
  }, [open]);
  if (!present.length) return null;
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const onKeyDown = (event) => {
    if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      close();
    } else moveFocus(event, "[role=menuitem]");
  };
  const onToggle = (event) => event.newState === "closed" && setOpen(false);
  return html`
    <button type="button" ref=${button} class="icon-button small" title=${label}
      aria-label=${children ? null : label} aria-haspopup="menu" aria-expanded=${open} ...${props}
      onClick=${() => setOpen(!open)}>${children ?? html`<${Icon} name=${icon} size=${18} />`}</button>
    ${
      open &&
      html`<div ref=${list} class="menu" role="menu" aria-label=${label} popover="auto"
      onKeyDown=${onKeyDown} onToggle=${onToggle}>
      ${present.map(
        (item) => html`<button type="button" role="menuitem" tabindex="-1" key=${item.text}
        class=${`menu-item ${item.danger ? "danger" : ""}`} onClick=${() => {
          close();
          item.act();
        }}><${Icon} name=${item.icon} size=${18} />${item.text}</button>`,
      )}
    </div>`
    }
  `;
}

/** Places a menu below its button, or above if there is no space, always within the screen. */
function place(menu, button) {
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = at.bottom + MARGIN + height < innerHeight;
  const left = Math.min(Math.max(MARGIN, at.right - width), innerWidth - width - MARGIN);
  menu.style.left = `${left}px`;
  menu.style.top = `${below ? at.bottom + 4 : Math.max(MARGIN, at.top - height - 4)}px`;
}
