// Hooks for browser APIs.
import { droppedFiles } from "./uploads.js";
import { useEffect, useLayoutEffect, useState } from "./preact.js";

export function useMediaQuery(query) {
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
 * Global keyboard shortcuts: Esc closes the topmost panel, or else stops the answer in a room
 * without other members; Ctrl+K or ⌘K opens the search.
 */
export function useShortcuts({ panel, runs, roomId, rooms, locked }, actions, drawer) {
  const room = rooms?.find((one) => one.room_id === roomId);
  const alone = (room?.members?.length ?? 1) < 2;
  const run = alone && Object.values(runs).find((one) => one.room_id === roomId);
  // A layout effect, since the next key may come before the page is painted.
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
      else if (run) actions.stopRun(run.run_id);
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [panel, drawer, run?.run_id, locked]);
}

/**
 * Uploads files that are pasted anywhere on the page, as long as `enabled`.
 *
 * @param {() => {libraryId?: string} | null} target where they go; null refuses them
 */
export function useFilePaste(target, uploads, enabled) {
  useEffect(() => {
    if (!enabled) return;
    const onPaste = (event) => {
      const { files, types } = event.clipboardData;
      // Copied text often comes with a picture of itself.
      if (!files.length || types.includes("text/plain")) return;
      event.preventDefault();
      const into = target();
      if (into) uploads.add(files, into.libraryId);
    };
    addEventListener("paste", onPaste);
    return () => removeEventListener("paste", onPaste);
  }, [enabled]);
}

/**
 * Accepts files dropped anywhere on the page, as long as `enabled`; returns whether files are being
 * dragged over it.
 */
export function useFileDrop(target, uploads, enabled) {
  const [over, setOver] = useState(false);
  useEffect(() => {
    if (!enabled) return;
    let depth = 0;
    const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
    const listen = {
      dragenter: () => setOver(++depth > 0),
      dragleave: () => setOver(--depth > 0),
      dragover: () => {},
      drop: async (event) => {
        depth = 0;
        setOver(false);
        const into = target();
        if (into) uploads.add(await droppedFiles(event.dataTransfer), into.libraryId);
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
  }, [enabled]);
  return over;
}
