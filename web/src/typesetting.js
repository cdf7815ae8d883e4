import { later } from "./later.js";

/** Markdown's parser and its purifier, which weigh as much as half of the rest. */
export const typesetting = later(() => import("./typesetter.js"));
