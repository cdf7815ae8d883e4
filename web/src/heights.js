// Estimates of heights, for what is laid out later.

const LINE_CHARS = 100;
const LINE_PX = 24;

/** The height of a text in pixels, rather too low. */
export const heightOfText = (text) => Math.ceil(text.length / LINE_CHARS) * LINE_PX;

/** The number of lines of a text with line breaks; an empty line counts half. */
export const linesOf = (text) =>
  text
    .trimEnd()
    .split("\n")
    .reduce((sum, { length }) => sum + (Math.ceil(length / LINE_CHARS) || 0.5), 0);
