// What components need of the browser.
import { droppedFiles } from "./uploads.js";
import { useEffect, useLayoutEffect, useState } from "./view.js";

export function useMedia(query) {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const change = () => setMatches(media.matches);
    media.addEventListener("change", change);
    return () => media.removeEventListener("change", change);
  }, [query]);
  return matches;
}

/**
 * The keys that work everywhere: Esc closes what is open, the topmost first, and else stops the
 * answer of a room in which nobody else is; Ctrl or ⌘ with K searches.
 */
export function useKeys({ panel, runs, roomId, rooms, locked }, actions, drawer) {
  const room = rooms?.find((one) => one.room_id === roomId);
  const alone = (room?.members?.length ?? 1) < 2;
  const run = alone && Object.values(runs).find((one) => one.room_id === roomId);
  // Not after the page is drawn: the next key may come before that.
  useLayoutEffect(() => {
    const onKeyDown = (event) => {
      if (locked || event.defaultPrevented || document.querySelector("dialog[open]")) return;
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        return actions.openSearch();
      }
      if (event.key !== "Escape") return;
      if (drawer) actions.openDrawer(false);
      else if (panel) actions.openPanel(null);
      else if (run) actions.stop(run.run_id);
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [panel, drawer, run?.run_id, locked]);
}

/** The whole page takes dropped files; the answer says whether some are being dragged over it. */
export function useDrop(actions, uploads) {
  const [over, setOver] = useState(false);
  useEffect(() => {
    let depth = 0;
    const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
    const listen = {
      dragenter: () => setOver(++depth > 0),
      dragleave: () => setOver(--depth > 0),
      dragover: () => {},
      drop: async (event) => {
        depth = 0;
        setOver(false);
        actions.openPanel({ kind: "documents" });
        uploads.add(await droppedFiles(event.dataTransfer));
      },
    };
    const handlers = Object.entries(listen).map(([name, act]) => {
      const handler = (event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        act(event);
      };
      addEventListener(name, handler);
      return [name, handler];
    });
    return () => handlers.forEach(([name, handler]) => removeEventListener(name, handler));
  }, []);
  return over;
}
