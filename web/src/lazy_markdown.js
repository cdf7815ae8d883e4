import { lazyModule } from "./lazy.js";
import { lazyWorker } from "./lazy_worker.js";

/** The Markdown renderer, which with its parser and sanitizer is a third of the page's code. */
export const markdownRenderer = lazyModule(() => import("./markdown_renderer.js"));

/** Syntax highlighting, loaded with the first code block. */
export const codeHighlighter = lazyWorker("./code_highlighter.js");

/** Mathematics, loaded with the first formula. */
export const mathRenderer = lazyWorker("./math_renderer.js");
