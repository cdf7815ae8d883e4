import { lazyModule } from "./lazy.js";

/** The Markdown renderer, which with its parser and sanitizer is a third of the page's code. */
export const markdownRenderer = lazyModule(() => import("./markdown_renderer.js"));
