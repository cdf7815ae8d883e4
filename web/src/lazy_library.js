import { lazyModule } from "./lazy.js";

/** The library view, which is loaded when it is opened, or once the page is idle. */
export const libraryView = lazyModule(() => import("./library.js"));
