// The page's state and its reducer. Pure: no I/O, no clock, no DOM.
import * as chats from "./state/chats.js";
import * as documents from "./state/documents.js";
import * as drafts from "./state/drafts.js";
import * as people from "./state/people.js";
import * as rooms from "./state/rooms.js";
import * as search from "./state/search.js";
import * as shell from "./state/shell.js";

const SLICES = [shell, rooms, chats, documents, drafts, people, search];

export const initial = Object.assign({}, ...SLICES.map((slice) => slice.initial));

const actions = {
  ...Object.assign({}, ...SLICES.map((slice) => slice.actions)),
  event: (s, { event }) => applyIfKnown(s, events[event.type], event.data, event),
  signal: (s, { signal }) => applyIfKnown(s, signals[signal.type], signal),
};
const events = Object.assign({}, ...SLICES.map((slice) => slice.events));
const signals = Object.assign({}, ...SLICES.map((slice) => slice.signals));

// A newer server may send events that this page does not know.
const applyIfKnown = (state, change, ...args) => change?.(state, ...args) ?? state;

export function reduce(state, action) {
  return actions[action.type](state, action);
}
