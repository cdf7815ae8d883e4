import { html } from "../preact.js";
import { formatDateTime, formatTime } from "../format.js";

/** The time of day of a message, with the date on hover. */
export const Time = ({ at }) =>
  html`<time datetime=${at} title=${formatDateTime(at)}>${formatTime(at)}</time>`;
