// The JavaScript client is a separate package; the page talks to the server only through it.
export * from "../../clients/javascript/src/index.js";
