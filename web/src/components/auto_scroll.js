import { useEffect, useLayoutEffect, useRef, useState } from "../preact.js";

const NEAR_END_PX = 120;
const FOUND_MS = 2500;

/**
 * Keeps a scroll area at its end while the reader is there, and stops when they scroll up.
 *
 * `toMessage` scrolls to a message instead, and focuses it.
 */
export function useAutoScroll(empty, roomId, chat, runs) {
  const element = useRef();
  const following = useRef(true);
  const [away, setAway] = useState(false);
  const toEnd = () => {
    following.current = true;
    element.current.scrollTop = element.current.scrollHeight;
  };
  useLayoutEffect(() => {
    following.current = !empty;
    if (empty) element.current.scrollTop = 0;
  }, [empty, roomId, chat?.pending.length]);
  useLayoutEffect(() => {
    if (following.current && !chat?.target && !isWriting(element.current)) toEnd();
  }, [roomId, chat, runs]);
  useEffect(() => {
    const sizes = new ResizeObserver(() => {
      if (following.current && element.current && !isWriting(element.current)) toEnd();
    });
    sizes.observe(element.current);
    sizes.observe(element.current.firstElementChild);
    return () => sizes.disconnect();
  }, []);
  const onScroll = () => {
    const { scrollHeight, scrollTop, clientHeight } = element.current;
    following.current = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    following.current &&= !empty;
    setAway(!following.current && !empty);
  };
  const toMessage = (found) => {
    following.current = false;
    point(found);
    onScroll(); // If the message is already in view, no scroll event follows.
  };
  return { element, onScroll, away, toEnd, toMessage };
}

// A message that is being edited must stay in view.
const isWriting = (element) =>
  element.contains(document.activeElement) && document.activeElement.matches("textarea");

function point(found) {
  found.scrollIntoView({ block: "center" });
  found.focus({ preventScroll: true });
  found.dataset.found = "true";
  setTimeout(() => delete found.dataset.found, FOUND_MS);
}
