// The first use of a function compiles it, which takes long on slow devices. So a short conversation
// is rendered outside of the page before the first one is opened, when nothing else is to do.
import { html, render } from "./preact.js";
import { Thread } from "./components/thread.js";

const AT = "2000-01-01T00:00:00Z";
const TEXT = "A *text*.\n\n- a\n- b\n\n```\ncode\n```\n\n|a|\n|-|\n|b|";
const question = {
  message_id: "q",
  seq: 1,
  author: { kind: "user", id: "u", name: "U" },
  text: "?",
  created_at: AT,
};
const answer = {
  message_id: "a",
  parent_id: "q",
  run_id: "r",
  seq: 2,
  author: { kind: "assistant", id: "assistant", name: "" },
  text: TEXT,
  model: "m",
  detail: { usage: { output_tokens: 2 }, timings: { total_ms: 2_000 } },
  created_at: AT,
};
const chat = { messages: [question, answer], pending: [], shown: {} };
const room = { room_id: "r", role: "owner", name: "" };

/** Renders a conversation that nobody sees. Tools that measure the page wait for the mark. */
export function warmUp(state, actions) {
  const element = document.createElement("div");
  render(
    html`<${Thread} state=${{ ...state, roomId: "r" }} chat=${chat} room=${room} runs=${[]}
      actions=${actions} />`,
    element,
  );
  render(null, element);
  performance.mark("warmed-up");
}
