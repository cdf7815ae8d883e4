// The client is a package of its own; the page is built on it alone.
export * from "../../clients/javascript/src/index.js";
