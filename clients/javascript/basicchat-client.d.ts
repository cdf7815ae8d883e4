// The types of the one module; what goes over the wire is in protocol.d.ts.
import type {
  ClientInfo,
  Collection,
  CollectionDeleted,
  Document,
  DocumentRemoved,
  EventType,
  FeedbackSet,
  FinishedTurn,
  Left,
  Member,
  Message,
  Methods,
  Room,
  RoomDeleted,
  RoomSnapshot,
  Run,
  RunError,
  RunPart,
  ServerInfo,
  Started,
  Task,
  TypingNoted,
  User,
} from "./protocol.d.ts";

export type * from "./protocol.d.ts";

/** The WebSocket subprotocol, `basicchat.v1`. */
export declare const SUBPROTOCOL: "basicchat.v1";

/** Delays and timeouts of a client, in milliseconds. */
export interface Timing {
  /** Upper bound of the first delay before reconnecting. */
  backoffBase: number;
  /** Upper bound of every later delay; the bound doubles up to it. */
  backoffCap: number;
  /** A request fails after this long without any progress. */
  progressTimeout: number;
  /** A connection that is silent for this long while requests are pending is probed. */
  probeAfter: number;
  /** A connection is given up if nothing arrives this long after a probe. */
  probeTimeout: number;
  /** How long opening a connection may take. */
  openTimeout: number;
  /** How long after falling back to HTTP WebSocket is tried again. */
  firstUpgrade: number;
  /** How often WebSocket is tried from then on. */
  upgradeInterval: number;
  /** The pause after a long poll that returned nothing new. */
  pollPause: number;
  /** How often a client checks whether another has ended and left requests in the storage. */
  inheritInterval: number;
}

/** The default timing. */
export declare const DEFAULT_TIMING: Readonly<Timing>;

/** How many Unicode code points a text has, which is how the protocol counts text. */
export declare function codePoints(text: string): number;

/** The UTF-16 index of a text's code point number `count`, at most its length. */
export declare function unitIndex(text: string, count: number): number;

/** An id for `client_msg_id`. */
export declare function newId(): string;

// --- errors ----------------------------------------------------------------------------------

/** The kinds of errors: those of the server, and the client's own. */
export type ErrorKind =
  | "parse"
  | "invalid_request"
  | "unknown_method"
  | "invalid_params"
  | "internal"
  | "unauthenticated"
  | "forbidden"
  | "not_found"
  | "conflict"
  | "too_large"
  | "rate_limited"
  | "upstream_unavailable"
  | "cancelled"
  | "closed"
  | "connection_lost"
  | "timeout"
  | "queue_full"
  | "overflow"
  | "failed"
  | "client";

/** An error reply of the server, or a failure to get a reply. `message` is for people. */
export declare class ChatError extends Error {
  constructor(message: string, details?: Partial<Omit<ChatError, keyof Error>>);
  name: "ChatError";
  /** The name of the error, for programs. */
  kind: ErrorKind | (string & {});
  /** The server's error code; 0 for an error of the client itself. */
  code: number;
  /** Whether the same request may succeed later. */
  retryable: boolean;
  /** How long to wait before that, in milliseconds. */
  retryAfterMs?: number;
  /** What the user can do about it. */
  hint?: string;
  /** The name of the message, for translations; see docs/errors.md. */
  reason?: string;
  /** The values in the message, by name. */
  params?: Record<string, unknown>;
  /** The parameter that is invalid. */
  field?: string;
  /** The id of the entry in the server's log. */
  incident?: string;
}

// --- events ----------------------------------------------------------------------------------

export type Status =
  | "idle"
  | "connecting"
  | "online"
  | "reconnecting"
  | "unauthenticated"
  | "forbidden"
  | "failed"
  | "closed";

export type TransportName = "websocket" | "sse" | "poll";

/** The state of the connection. */
export interface State {
  status: Status;
  /** How events come, while online. */
  transport: TransportName | null;
  /** When it reconnects, in milliseconds since 1970, while it waits for that. */
  retryAt?: number;
  /** Why it does not retry. */
  error?: ChatError;
  /** The user that the token belongs to, while online. */
  user?: User;
}

/** A run whose end is unknown, because its room is no longer followed. */
export interface VanishedRun {
  run_id: string;
  room_id: string;
  status: "failed";
  error: Pick<RunError, "kind" | "message">;
  parts: RunPart[];
}

/** The data of each type of durable event: what has changed, as it is after the change. */
export interface EventData {
  "message.created": Message;
  "message.updated": Message;
  "message.deleted": Message;
  "run.started": Run;
  "run.step": Run;
  "run.completed": Run;
  "run.failed": Run | VanishedRun;
  "run.cancelled": Run;
  "run.interrupted": Run;
  "member.joined": Member;
  "member.left": Member;
  "member.changed": Member;
  "room.updated": Room;
  "room.deleted": RoomDeleted;
  "document.added": Document;
  "document.updated": Document;
  "document.removed": DocumentRemoved;
  "collection.updated": Collection;
  "collection.deleted": CollectionDeleted;
  "task.updated": Task;
  "feedback.set": FeedbackSet;
}

/**
 * A durable event.
 *
 * `epoch`, `seq` and `at` are missing if the client learned of the change from a snapshot.
 */
export interface EventOf<T extends EventType> {
  stream: string;
  type: T;
  data: EventData[T];
  epoch?: string;
  seq?: number;
  at?: string;
}

/** A durable event of any type: narrow it by `type`. */
export type ChatEvent = { [T in EventType]: EventOf<T> }[EventType];

/** The next piece of a run's text; `off` is the number of code points before it. */
export interface Delta {
  run: string;
  part: number;
  kind: "answer" | "reasoning";
  off: number;
  text: string;
}

/** The data of each type of signal. */
export interface SignalData {
  typing: { user: { id: string; name: string }; typing: boolean };
  presence: {
    joined?: Record<string, { status: "online" | "away" } & Record<string, string>>;
    left?: string[];
  };
  draft: { room_id: string; text: string; session_id: string };
  /** Whether the server reaches the other servers and its database. */
  service: { other_servers: boolean; database: boolean };
}

export interface SignalOf<T extends keyof SignalData> {
  stream: string;
  type: T;
  data: SignalData[T];
}

/** An ephemeral event, of which the latest counts. Narrow it by `type`. */
export type Signal = { [T in keyof SignalData]: SignalOf<T> }[keyof SignalData];

/** The current state of a room, which replaces what was known. */
export interface Snapshot extends RoomSnapshot {
  room_id: string;
}

/** Events of a stream were missed: fetch the state that depends on it again. */
export interface Stale {
  stream: string;
}

/** A request that an earlier page or program could not send, and that is being sent now. */
export type Restored = {
  [M in KeptMethod]: {
    method: M;
    params: Methods[M]["params"] & { client_msg_id: string };
    reply: Promise<Methods[M]["result"]>;
  };
}[KeptMethod];

/** The names of events, and their values. */
export interface Happenings {
  state: State;
  event: ChatEvent;
  delta: Delta;
  signal: Signal;
  snapshot: Snapshot;
  stale: Stale;
  restored: Restored;
}

export type Happening<N extends keyof Happenings = keyof Happenings> = {
  [K in N]: [name: K, value: Happenings[K]];
}[N];

/** A turn has started; `run_id` is null if the message does not address the assistant. */
export interface Accepted extends Started {
  type: "accepted";
}

export interface TurnDelta extends Delta {
  type: "delta";
}

/** An event of a turn: narrow it by `type`. */
export type TurnEvent = Accepted | TurnDelta | ChatEvent;

// --- the queue -------------------------------------------------------------------------------

/** The methods that are carried out once per `client_msg_id`, however often they are sent. */
export type OnceMethod = {
  [M in keyof Methods]: Methods[M]["params"] extends Record<string, never>
    ? never
    : "client_msg_id" extends keyof Methods[M]["params"]
      ? M
      : never;
}[keyof Methods];

/** The methods whose requests are stored until they are answered, if there is a storage. */
export type KeptMethod = Exclude<OnceMethod, "tool_execution">;

/** A stored request: `id` is its `client_msg_id`, `at` its time in milliseconds since 1970. */
export interface QueuedItem {
  server: string;
  user: string;
  id: string;
  method: string;
  params: Record<string, unknown>;
  at: number;
}

/** Stores queued requests so that they outlive the program; if it throws, they stay in memory. */
export interface QueueStorage {
  /** Stores an item, or replaces the one with the same `server`, `user` and `id`. */
  put(item: QueuedItem): Promise<void>;
  remove(item: Pick<QueuedItem, "server" | "user" | "id">): Promise<void>;
  /** Returns a user's items for a server, except those of other clients that are running. */
  claim(server: string, user: string): Promise<QueuedItem[]>;
  /** Returns only those of clients that have ended, if the storage can tell. */
  inherit?(server: string, user: string): Promise<QueuedItem[]>;
  close?(): Promise<void>;
}

/** The storage in browsers, which all pages of an origin share. */
export declare class IndexedDbQueue implements QueueStorage {
  put(item: QueuedItem): Promise<void>;
  remove(item: Pick<QueuedItem, "server" | "user" | "id">): Promise<void>;
  claim(server: string, user: string): Promise<QueuedItem[]>;
  inherit(server: string, user: string): Promise<QueuedItem[]>;
  close(): Promise<void>;
}

// --- the client ------------------------------------------------------------------------------

/** The part of a WebSocket that the client uses. */
export interface WebSocketLike {
  readonly readyState: number;
  onopen: ((event: any) => unknown) | null;
  onmessage: ((event: any) => unknown) | null;
  onerror: ((event: any) => unknown) | null;
  onclose: ((event: any) => unknown) | null;
  send(text: string): void;
  close(code?: number): void;
}

export interface ClientOptions extends Partial<ClientInfo> {
  /** The server's address; default: that of the page, or else `http://127.0.0.1:8765`. */
  url?: string;
  /** A JWT or API key; a page may have a cookie instead. */
  token?: string;
  /** Delays and timeouts; those left out are as in `DEFAULT_TIMING`. */
  timing?: Partial<Timing>;
  /** Returns a number in [0, 1), for the jitter of delays. */
  random?: () => number;
  /** The class to use in place of the global one; null never uses WebSocket. */
  WebSocket?: (new (url: string, protocols: string[]) => WebSocketLike) | null;
  /** The function to use in place of the global one; null never falls back to HTTP. */
  fetch?: typeof fetch | null;
  /** The storage of the queue; default: IndexedDB in browsers, elsewhere, or if null, memory. */
  queue?: QueueStorage | null;
}

export interface QueryOptions {
  roomId?: string | null;
  model?: string | null;
  documentIds?: readonly string[] | null;
  clientMsgId?: string | null;
}

export interface QueryOptionsWithMode extends QueryOptions {
  /** `auto`, or one of what `modes.list` names. */
  reasoningMode?: string;
}

/** A message of any type: `{type, …params}`; without a type, a streamed turn. */
export type OutgoingMessage =
  | { [M in keyof Methods]: { type: M } & Methods[M]["params"] }[keyof Methods]
  | ({ type?: undefined } & Methods["stream_request"]["params"]);

/**
 * A connection to a BasicChat server that reconnects by itself.
 *
 * Promises reject with a ChatError.
 */
export declare class BasicChatClient {
  constructor(options?: ClientOptions);

  /** The state of the connection. */
  readonly state: State;
  /** The user that the token belongs to, once connected. */
  readonly user: User | null;
  /** The name and version of the server, once connected. */
  readonly server: ServerInfo | null;
  /** The limits of the server, once connected. */
  readonly limits: Record<string, number>;

  /** Connects, and stays connected until `close()`. Resolves when the session is open. */
  connect(): Promise<this>;
  /** Connects with another token. */
  authenticate(token: string): Promise<this>;
  /** Retries at once instead of waiting for the next attempt. */
  readonly wake: () => void;
  /** Closes the session. Runs continue on the server, and the client may connect again. */
  close(): Promise<void>;

  /**
   * Calls any method of the protocol. While offline the request is queued; typing and presence are
   * dropped, and resolve with null.
   */
  call<M extends "typing.set" | "presence.set">(
    method: M,
    params: Methods[M]["params"],
  ): Promise<Methods[M]["result"] | null>;
  call<M extends keyof Methods>(
    method: M,
    ...params: Record<string, never> extends Methods[M]["params"]
      ? [params?: Methods[M]["params"]]
      : [params: Methods[M]["params"]]
  ): Promise<Methods[M]["result"]>;

  /** Asks a question, and resolves with the finished turn. */
  sendQuery(text: string, options?: QueryOptionsWithMode): Promise<FinishedTurn>;
  sendQuery(text: string, reasoningMode: string, options?: QueryOptions): Promise<FinishedTurn>;

  /** Asks a question, and yields the turn; the last event is `run.completed` or another end. */
  streamQuery(text: string, options?: QueryOptionsWithMode): AsyncGenerator<TurnEvent, void>;
  streamQuery(
    text: string,
    reasoningMode: string,
    options?: QueryOptions,
  ): AsyncGenerator<TurnEvent, void>;

  /** Sends a message of any type; without one, `{query, room_id, …}` starts a streamed turn. */
  sendMessage<T extends OutgoingMessage>(
    message: T,
  ): Promise<T extends { type: infer M extends keyof Methods } ? Methods[M]["result"] : Started>;

  /** Resolves with the snapshot of a room, and follows the room from there on. */
  join(roomId: string): Promise<RoomSnapshot>;
  /** Stops following a room; the user stays a member. */
  leave(roomId: string): Promise<Left>;
  /** Shows the other members that the user is typing; this expires after 6 seconds. */
  typing(roomId: string, typing?: boolean): Promise<TypingNoted | null>;

  /** Calls a handler for every event of a name; returns the function that removes it. */
  on<N extends keyof Happenings>(name: N, handler: (value: Happenings[N]) => void): () => void;
  /** Yields `[name, value]` of every event, or of those named, until the client is closed. */
  events<N extends keyof Happenings = keyof Happenings>(
    ...names: N[]
  ): AsyncGenerator<Happening<N>, void>;

  /** The texts so far of a run in progress. */
  parts(runId: string): RunPart[];
  /** The headers that authenticate other HTTP requests, such as an upload. */
  authorization(): { authorization?: string };
}
