// Which requests may be sent again when their reply was lost with the connection.
import { ONCE, SAFE } from "./retry-table.js";

/** Whether repeating a method under the same `client_msg_id` has no further effect. */
export const takesClientMsgId = (method) => ONCE.has(method);

/** Whether a request may be sent again; a method that is not known may not. */
export const mayRepeat = (method) => ONCE.has(method) || SAFE.has(method);
