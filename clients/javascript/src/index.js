// The public API of the package.
export { BasicChatClient } from "./client.js";
export { ChatError } from "./errors.js";
export { IndexedDbQueue } from "./indexed-db-queue.js";
export { DEFAULT_TIMING } from "./timing.js";
export { codePoints, newId, unitIndex } from "./text.js";
export { SUBPROTOCOL } from "./websocket-transport.js";
