// Reports presence: "away" while the page is hidden or has had no input for a while.

const IDLE_MS = 5 * 60_000;
const HIDDEN_MS = 3_000;
const INPUT_EVENTS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"];

export function watchPresence(store, client) {
  let reported = "online";
  let timer = null;

  const visible = () => document.visibilityState === "visible";

  function report(status) {
    if (status === reported || client.state.status !== "online") return;
    reported = status;
    client.call("presence.set", { status }).catch(() => (reported = null));
  }

  function awayAfter(ms) {
    clearTimeout(timer);
    timer = setTimeout(() => report("away"), ms);
  }

  function onInput() {
    if (!visible()) return;
    report("online");
    awayAfter(IDLE_MS);
  }

  function onVisibility() {
    store.dispatch({ type: "visible", visible: visible() });
    if (visible()) onInput();
    else awayAfter(HIDDEN_MS);
  }

  for (const name of INPUT_EVENTS) addEventListener(name, onInput, { passive: true });
  document.addEventListener("visibilitychange", onVisibility);
  // A new session starts as online.
  client.on("state", ({ status }) => {
    if (status !== "online") return;
    reported = "online";
    if (!visible()) awayAfter(HIDDEN_MS);
  });
  onVisibility();
}
