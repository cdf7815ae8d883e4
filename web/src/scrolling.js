/** Scrolls an area, and nothing around it, so that an element is in its middle, or its top in view. */
export function scrollToMiddle(area, element) {
  const frame = area.getBoundingClientRect();
  const { top, height } = element.getBoundingClientRect();
  area.scrollTop += top - frame.top - Math.max(0, (frame.height - height) / 2);
}
