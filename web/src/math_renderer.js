// Typesets TeX as MathML; the bundle of a worker, loaded with the first formula.
import temml from "temml";
import { serve } from "./worker_function.js";

// Against formulas that expand without end.
const LIMITS = { maxSize: [50, 50], maxExpand: 200 };

/** The MathML of each formula; null if it cannot be parsed. */
serve((formulas) => formulas.map(({ tex, display }) => toMathMl(tex, display)));

function toMathMl(tex, displayMode) {
  try {
    const mathMl = temml.renderToString(tex, { displayMode, throwOnError: true, ...LIMITS });
    // The page's policy forbids styles, and reports those that are parsed.
    return mathMl.replace(/ style=(?:"[^"]*"|'[^']*')/g, "");
  } catch {
    return null;
  }
}
