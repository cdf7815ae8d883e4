// Work on elements that waits until they come near the view.
import { whenIdle } from "./later.js";

const MARGIN = "1500px 0px";

const observers = new WeakMap();
const works = new WeakMap();
const queue = [];

/**
 * Calls a function once an element comes near the visible part of its scroll area; returns a function
 * that cancels it. Of several elements, one is worked on at a time, the lowest first.
 */
export function whenNear(element, work) {
  const area = element.closest(".scroll");
  if (!observers.has(area)) observers.set(area, observerOf(area));
  const observer = observers.get(area);
  works.set(element, work);
  observer.observe(element);
  return () => {
    observer.unobserve(element);
    works.delete(element);
  };
}

function observerOf(area) {
  const observer = new IntersectionObserver(
    (seen) => {
      const near = seen.filter(({ isIntersecting }) => isIntersecting);
      near.sort((a, b) => b.boundingClientRect.bottom - a.boundingClientRect.bottom);
      for (const { target } of near) observer.unobserve(target);
      if (near.length && queue.push(...near.map(({ target }) => target)) === near.length)
        whenIdle(workOnNext);
    },
    { root: area, rootMargin: MARGIN },
  );
  return observer;
}

function workOnNext() {
  const element = queue.shift();
  works.get(element)?.();
  works.delete(element);
  if (queue.length) whenIdle(workOnNext);
}
