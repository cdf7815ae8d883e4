// Is type-checked, never run: what a user may write, and what they must not.
import {
  BasicChatClient,
  ChatError,
  type EventData,
  type EventType,
  IndexedDbQueue,
  type KeptMethod,
  type Message,
  type QueueStorage,
  DEFAULT_TIMING,
  type RoomSnapshot,
  type Run,
  SUBPROTOCOL,
  codePoints,
  newId,
  unitIndex,
} from "../basicchat-client.js";

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;
// Every type of event has its data, and tools are not run again for nobody.
export const all: Same<keyof EventData, EventType> = true;
export const kept: Extract<KeptMethod, "query" | "tool_execution" | "rooms.list"> = "query";

const queue: QueueStorage = new IndexedDbQueue();
const client = new BasicChatClient({
  url: "http://127.0.0.1:8765",
  token: "token",
  name: "types",
  version: "1",
  timing: { backoffBase: DEFAULT_TIMING.backoffBase / 10 },
  random: Math.random,
  WebSocket,
  fetch,
  queue,
});
await new BasicChatClient().connect();
await new BasicChatClient({ WebSocket: null, queue: null }).close();

const connected: BasicChatClient = await client.connect();
await connected.authenticate("another");
for await (const event of client.streamQuery("Why?", { roomId: "r", reasoningMode: "agent" })) {
  if (event.type === "accepted") console.log(event.run_id?.length, event.room_id.length);
  else if (event.type === "delta") console.log(event.kind === "answer" && event.text.length);
  else if (event.type === "run.completed") console.log((event.data satisfies Run).parts[0]?.off);
  else if (event.type === "message.created") console.log(event.data.author.name);
  // @ts-expect-error: a turn has no such event
  else if (event.type === "run.finished") console.log(event);
}
for await (const _ of client.streamQuery("Why?", "agent", { documentIds: ["d"] })) break;

const { answer, citations } = await client.sendQuery("Why?", "auto", { clientMsgId: newId() });
console.log(answer.length, citations[0]?.quote, codePoints(answer), unitIndex(answer, 1));
const snapshot: RoomSnapshot = await client.join("r");
const messages: Message[] = snapshot.messages;
const listed = await client.call("messages.list", { room_id: "r" });
console.log(messages.concat(listed.messages).length, (await client.call("rooms.list")).rooms);
// @ts-expect-error: it needs a room
await client.call("messages.list");
// @ts-expect-error: there is no such method
await client.call("messages.lst", { room_id: "r" });
const { room_id } = await client.sendMessage({ type: "rooms.create", name: "Bees" });
const { run_id } = await client.sendMessage({ query: "Why?", room_id });
console.log(run_id, (await client.typing("r"))?.typing, await client.leave("r"));

const end: () => void = client.on("state", ({ status, transport, error, retryAt, user }) => {
  console.log(status, transport, error instanceof ChatError && error.hint, retryAt, user?.role);
});
end();
client.on("signal", (signal) => {
  if (signal.type === "typing") console.log(signal.data.user.name, signal.data.typing);
  if (signal.type === "presence") console.log(signal.data.joined?.u?.status, signal.data.left);
});
client.on("snapshot", ({ room_id, active_runs }) => console.log(room_id, active_runs.length));
client.on("stale", ({ stream }) => console.log(stream.length));
client.on("restored", async ({ method, params, reply }) => {
  if (method === "stream_request") console.log(params.query, (await reply).run_id);
});
// @ts-expect-error: there is nothing of that name
client.on("deltas", console.log);
for await (const [name, value] of client.events("delta", "event")) {
  if (name === "delta") console.log(value.off + 1);
  else if (value.type === "room.deleted") console.log(value.data.room_id);
}
const headers: HeadersInit = { ...client.authorization() };
console.log(headers, client.parts("r")[0]?.text, client.server?.protocol, client.limits.runs, client.user);
client.wake();
export const protocol: "basicchat.v1" = SUBPROTOCOL;
