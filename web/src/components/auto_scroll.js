import { useEffect, useLayoutEffect, useRef, useState } from "../preact.js";
import { watchScrollInput } from "../scroll_input.js";
import { scrollToMiddle } from "../scrolling.js";

const NEAR_END_PX = 120;
const FOUND_MS = 2500;

/**
 * Keeps a scroll area at its end while the reader is there, and stops when they scroll up.
 *
 * `toMessage` scrolls to a message instead, and focuses it. `keepPlace` is called before older
 * messages are loaded, which must not move what the reader sees.
 */
export function useAutoScroll(empty, roomId, chat) {
  const element = useRef();
  const following = useRef(true);
  // The height of the content when it was last scrolled to its end.
  const endHeight = useRef(0);
  // The message that it was scrolled to, which stays in place for as long as it is marked.
  const pointed = useRef(null);
  const [away, setAway] = useState(false);
  const toEnd = () => {
    following.current = true;
    pointed.current = null;
    setAway(false);
    endHeight.current = element.current.scrollHeight;
    element.current.scrollTop = endHeight.current;
  };
  useLayoutEffect(() => {
    following.current = !empty;
    if (empty) element.current.scrollTop = 0;
  }, [empty, roomId, chat?.pending.length]);
  // Whatever is added changes the size of the content, which is observed: asking for it earlier would
  // lay out the page twice.
  const sizes = useRef(null);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(() => {
      if (!element.current) return;
      if (following.current && !isWriting(element.current)) toEnd();
      // What is above it has got its real height only now.
      else if (pointed.current?.isConnected) scrollToMiddle(element.current, pointed.current);
    });
    sizes.current = observer;
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  const input = useRef(null);
  useLayoutEffect(() => {
    input.current = watchScrollInput(element.current);
    return input.current.stop;
  }, []);
  // A conversation that is opened begins at its end, even if it is as large as the one before.
  useLayoutEffect(() => {
    const content = element.current.firstElementChild;
    sizes.current.unobserve(content);
    sizes.current.observe(content);
  }, [roomId, chat?.loading]);
  // What stays in place while older messages are put above it: an element, and where it is.
  const kept = useRef(null);
  const topOf = (node) =>
    node.getBoundingClientRect().top - element.current.firstElementChild.getBoundingClientRect().top;
  const keepPlace = () => {
    const node = element.current.querySelector("article");
    kept.current = node && { node, top: topOf(node) };
    // Browsers that keep the place themselves do so only below the top: both would move it twice.
    element.current.style.overflowAnchor = "none";
  };
  useLayoutEffect(() => {
    if (!kept.current) return;
    if (kept.current.node.isConnected && !following.current)
      element.current.scrollTop += topOf(kept.current.node) - kept.current.top;
    kept.current = null;
    element.current.style.overflowAnchor = "";
  }, [chat?.messages[0]?.message_id]);
  const onScroll = () => {
    // The event of a scroll comes later, perhaps after another view has taken the place of this one.
    if (!element.current) return;
    const { scrollHeight, scrollTop, clientHeight } = element.current;
    // The content has changed its size, which moved the area; the observer scrolls it to the end next.
    const byReader = input.current.isRecent();
    if (byReader) pointed.current = null;
    const scrolled = byReader || pointed.current;
    if (following.current && scrollHeight !== endHeight.current && !scrolled) return;
    // The event comes later: what was added meanwhile does not mean that the reader has scrolled.
    const end = following.current ? Math.min(scrollHeight, endHeight.current) : scrollHeight;
    following.current = !empty && end - scrollTop - clientHeight < NEAR_END_PX;
    setAway(!following.current && !empty);
  };
  const toMessage = (found) => {
    following.current = false;
    pointed.current = found;
    point(element.current, found, () => {
      if (pointed.current === found) pointed.current = null;
    });
    onScroll(); // If the message is already in view, no scroll event follows.
  };
  return { element, onScroll, away, toEnd, toMessage, keepPlace };
}

// A message that is being edited must stay in view.
const isWriting = (element) =>
  element.contains(document.activeElement) && document.activeElement.matches("textarea");

function point(area, found, onEnd) {
  scrollToMiddle(area, found);
  // What is not seen until its text is rendered could not be focused.
  found.style.visibility = "visible";
  found.focus({ preventScroll: true });
  found.dataset.found = "true";
  setTimeout(() => {
    delete found.dataset.found;
    onEnd();
  }, FOUND_MS);
}
