// What the package offers.
export { BasicChatClient } from "./client.js";
export { ChatError } from "./errors.js";
export { IndexedDbQueue } from "./indexed-db-queue.js";
export { RHYTHM } from "./rhythm.js";
export { codePoints, newId, unitIndex } from "./text.js";
export { SUBPROTOCOL } from "./websocket-link.js";
