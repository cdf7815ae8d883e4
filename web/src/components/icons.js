import { html } from "../preact.js";

const PATHS = {
  plus: "M12 5v14M5 12h14",
  menu: "M4 7h16M4 12h16M4 17h10",
  files: "M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8zM14 3v5h5M9 13h6M9 17h4",
  folder:
    "M3 7a2 2 0 0 1 2-2h4l2 2.500h8a2 2 0 0 1 2 2V17a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2z",
  tag: "M4 4h7.500L20 12.500 12.500 20 4 11.500zM8 8h.01",
  send: "M12 19V5M6 11l6-6 6 6",
  stop: "M8 8h8v8H8z",
  copy: "M9 9h10v10a2 2 0 0 1-2 2H9a2 2 0 0 1-2-2v-8a2 2 0 0 1 2-2zM16 5a2 2 0 0 0-2-2H5a2 2 0 0 0-2 2v9a2 2 0 0 0 2 2",
  list: "M9 6h11M9 12h11M9 18h11M4 6h.01M4 12h.01M4 18h.01",
  check: "M5 12.500l4.500 4.500L19 7.500",
  retry:
    "M4 12a8 8 0 0 1 13.700-5.600L20 8.700M20 4v4.700h-4.700M20 12a8 8 0 0 1-13.700 5.600L4 15.300M4 20v-4.700h4.700",
  close: "M6 6l12 12M18 6L6 18",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",
  pencil: "M4 20l1-4L16.500 4.500a2.100 2.100 0 0 1 3 3L8 19z",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.400 1.400M17.600 17.600L19 19M5 19l1.400-1.400M17.600 6.400L19 5",
  moon: "M20 14.500A8.500 8.500 0 0 1 9.500 4 8.500 8.500 0 1 0 20 14.500z",
  down: "M6 9.500l6 6 6-6",
  left: "M14.500 6l-6 6 6 6",
  right: "M9.500 6l6 6-6 6",
  clip: "M20 11.500l-8 8a5 5 0 0 1-7-7l8.500-8.500a3.400 3.400 0 0 1 4.800 4.800L10 17.100a1.700 1.700 0 0 1-2.400-2.400L15 7.500",
  upload: "M12 15V4M7.500 8.500L12 4l4.500 4.500M4 16v3a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-3",
  alert:
    "M12 8v5M12 16.500v.1M10.300 4L2.700 17.500A2 2 0 0 0 4.400 20.500h15.200a2 2 0 0 0 1.700-3L13.700 4a2 2 0 0 0-3.400 0z",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  people:
    "M9 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM2.500 20c0-3.600 2.900-6 6.500-6s6.500 2.400 6.500 6M16 4.300a3.500 3.500 0 0 1 0 6.400M18 14.400c2.100.800 3.500 2.800 3.500 5.600",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM20.500 20.500L16 16",
  at: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM16 8v5.500a2.500 2.500 0 0 0 5 0V12a9 9 0 1 0-3.600 7.200",
  key: "M8 18a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9zM11.500 10.500L20 2M16.500 5.500l3 3",
  link: "M10 14a4 4 0 0 0 6 .400l3-3a4 4 0 0 0-5.700-5.700l-1.300 1.300M14 10a4 4 0 0 0-6-.400l-3 3a4 4 0 0 0 5.700 5.700l1.300-1.300",
  out: "M14 4h4a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2h-4M10 16l-4-4 4-4M6 12h10",
  shield: "M12 3l7.500 3v5.500c0 4.500-3 8-7.500 9.500-4.500-1.500-7.500-5-7.500-9.500V6z",
  user: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.500 20.500c.500-3.900 3.600-6.500 7.500-6.500s7 2.600 7.500 6.500",
  up: "M7 11v9H4v-9zM7 11l4-8a2.500 2.500 0 0 1 2.500 2.500V9h5.300a2 2 0 0 1 2 2.400l-1.400 7a2 2 0 0 1-2 1.600H7",
  forward: "M5 5l8 7-8 7zM14 5l7 7-7 7z",
  pause: "M8 5v14M16 5v14",
  play: "M7 4.500l12 7.500-12 7.500z",
  download: "M12 4v11M7.500 10.500L12 15l4.500-4.500M4 16v3a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-3",
};

// Icons that the style sheet turns upside down.
const TURNED = { "down-thumb": "up" };

/** A decorative icon, hidden from screen readers: its button has a label. */
export const Icon = ({ name, size = 20 }) => html`
  <svg class=${`icon icon-${name}`} width=${size} height=${size} viewBox="0 0 24 24"
    aria-hidden="true" focusable="false">
    <path d=${PATHS[name] ?? PATHS[TURNED[name]]} />
  </svg>
`;

export const IconButton = ({ icon, label, ...props }) => html`
  <button type="button" class="icon-button" aria-label=${label} title=${label} ...${props}><${Icon}
    name=${icon} /></button>
`;

export const Logo = ({ size = 28 }) => html`
  <img class="logo" src="favicon.svg" width=${size} height=${size} alt="" />
`;
