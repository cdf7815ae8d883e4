// Says whether somebody is at this page: away while it is hidden, or nobody has touched it a while.

const IDLE_MS = 5 * 60_000;
const HIDDEN_MS = 3_000;
const TOUCHES = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"];

export function watchPresence(store, client) {
  let told = "online";
  let timer = null;

  const visible = () => document.visibilityState === "visible";

  function tell(status) {
    if (status === told || client.state.status !== "online") return;
    told = status;
    client.call("presence.set", { status }).catch(() => (told = null));
  }

  function wind(ms) {
    clearTimeout(timer);
    timer = setTimeout(() => tell("away"), ms);
  }

  function touched() {
    if (!visible()) return;
    tell("online");
    wind(IDLE_MS);
  }

  function shown() {
    store.dispatch({ type: "visible", visible: visible() });
    if (visible()) touched();
    else wind(HIDDEN_MS);
  }

  for (const name of TOUCHES) addEventListener(name, touched, { passive: true });
  document.addEventListener("visibilitychange", shown);
  // A new session begins as online.
  client.on("state", ({ status }) => {
    if (status !== "online") return;
    told = "online";
    if (!visible()) wind(HIDDEN_MS);
  });
  shown();
}
