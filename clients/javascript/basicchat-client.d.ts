// The types of the one module; what goes over the wire is in protocol.d.ts.
import type {
  ClientInfo,
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

// --- what goes wrong -------------------------------------------------------------------------

/** The kinds of failures: the server's, and the client's own. */
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

/** An error reply of the server, or a failure on the way to it. `message` is for people. */
export declare class ChatError extends Error {
  constructor(message: string, details?: Partial<Omit<ChatError, keyof Error>>);
  name: "ChatError";
  /** Which error it is, for programs. */
  kind: ErrorKind | (string & {});
  /** The server's error code; 0 if the error arose in the client. */
  code: number;
  /** Whether the same request may succeed later. */
  retryable: boolean;
  /** How long to wait before that, in milliseconds. */
  retryAfterMs?: number;
  /** What to do about it. */
  hint?: string;
  /** Which parameter is wrong. */
  field?: string;
  /** The id under which the server's log says more. */
  incident?: string;
}

// --- what happens ----------------------------------------------------------------------------

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

/** How the connection is. */
export interface State {
  status: Status;
  /** How events come, while online. */
  transport: TransportName | null;
  /** When it connects anew, in milliseconds since 1970, while it waits for that. */
  retryAt?: number;
  /** Why nothing more is tried. */
  error?: ChatError;
  /** Who one is, while online. */
  user?: User;
}

/** A run that ended without anybody seeing how: its room is not followed any more. */
export interface VanishedRun {
  run_id: string;
  room_id: string;
  status: "failed";
  error: Pick<RunError, "kind" | "message">;
  parts: RunPart[];
}

/** What each type of durable event brings: the whole of what has changed, after the change. */
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
  "task.updated": Task;
  "feedback.set": FeedbackSet;
}

/**
 * A change that is kept.
 *
 * `epoch`, `seq` and `at` are missing where a snapshot, not the event itself, told of the change.
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

/** A piece of a run's text, never doubled; `off` counts the code points before it. */
export interface Delta {
  run: string;
  part: number;
  kind: "answer" | "reasoning";
  off: number;
  text: string;
}

/** What each type of signal brings. */
export interface SignalData {
  typing: { user: { id: string; name: string }; typing: boolean };
  presence: {
    joined?: Record<string, { status: "online" | "away" } & Record<string, string>>;
    left?: string[];
  };
  draft: { room_id: string; text: string; session_id: string };
}

export interface SignalOf<T extends keyof SignalData> {
  stream: string;
  type: T;
  data: SignalData[T];
}

/** Something passing: the latest counts. Narrow it by `type`. */
export type Signal = { [T in keyof SignalData]: SignalOf<T> }[keyof SignalData];

/** A room as it is now; replaces what was known of it. */
export interface Snapshot extends RoomSnapshot {
  room_id: string;
}

/** What is known of a stream may be out of date: fetch it again. */
export interface Stale {
  stream: string;
}

/** A request that an earlier page, or program, could not send: it is being sent now. */
export type Restored = {
  [M in KeptMethod]: {
    method: M;
    params: Methods[M]["params"] & { client_msg_id: string };
    reply: Promise<Methods[M]["result"]>;
  };
}[KeptMethod];

/** The names of what happens, and what comes with each. */
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

/** A turn has begun; in a shared room that does not call the assistant, `run_id` is null. */
export interface Accepted extends Started {
  type: "accepted";
}

export interface TurnDelta extends Delta {
  type: "delta";
}

/** What happens to a turn: narrow it by `type`. */
export type TurnEvent = Accepted | TurnDelta | ChatEvent;

// --- the queue -------------------------------------------------------------------------------

/** The methods that are carried out once under the same `client_msg_id`, however often sent. */
export type OnceMethod = {
  [M in keyof Methods]: Methods[M]["params"] extends Record<string, never>
    ? never
    : "client_msg_id" extends keyof Methods[M]["params"]
      ? M
      : never;
}[keyof Methods];

/** The methods whose requests are kept, until they are answered, where there is a storage. */
export type KeptMethod = Exclude<OnceMethod, "tool_execution">;

/** A request that waits: `id` is its `client_msg_id`, `at` its time in milliseconds since 1970. */
export interface QueuedItem {
  server: string;
  user: string;
  id: string;
  method: string;
  params: Record<string, unknown>;
  at: number;
}

/** Where requests wait that outlive their program. What it throws costs no more than that. */
export interface QueueStorage {
  /** Keeps an item, or replaces the one with this `server`, `user` and `id`. */
  put(item: QueuedItem): Promise<void>;
  remove(item: Pick<QueuedItem, "server" | "user" | "id">): Promise<void>;
  /** All that a user has waiting for a server, and that no other living client looks after. */
  claim(server: string, user: string): Promise<QueuedItem[]>;
  /** Of that, what clients have left that have ended, as far as this can be told while one lives. */
  inherit?(server: string, user: string): Promise<QueuedItem[]>;
  close?(): Promise<void>;
}

/** The storage of browsers, which all pages of an origin share. */
export declare class IndexedDbQueue implements QueueStorage {
  put(item: QueuedItem): Promise<void>;
  remove(item: Pick<QueuedItem, "server" | "user" | "id">): Promise<void>;
  claim(server: string, user: string): Promise<QueuedItem[]>;
  inherit(server: string, user: string): Promise<QueuedItem[]>;
  close(): Promise<void>;
}

// --- the client ------------------------------------------------------------------------------

/** What a client needs of a WebSocket. */
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
  /** The server's address; that of the page, or else `http://127.0.0.1:8765`. */
  url?: string;
  /** A JWT or API key; a page may have a cookie instead. */
  token?: string;
  /** Delays and timeouts; those left out are as in `DEFAULT_TIMING`. */
  timing?: Partial<Timing>;
  /** A number in [0, 1), for the jitter of waits. */
  random?: () => number;
  /** The class to use in place of the global one; null never uses WebSocket. */
  WebSocket?: (new (url: string, protocols: string[]) => WebSocketLike) | null;
  /** The function to use in place of the global one; null never falls back to HTTP. */
  fetch?: typeof fetch | null;
  /** Where requests wait; in browsers IndexedDB if this is left out, else, or if null, in memory. */
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
 * A connection to a BasicChat server that heals itself.
 *
 * All that returns a promise rejects with a ChatError.
 */
export declare class BasicChatClient {
  constructor(options?: ClientOptions);

  /** How the connection is. */
  readonly state: State;
  /** Who one is, once connected. */
  readonly user: User | null;
  /** What the server calls itself. */
  readonly server: ServerInfo | null;
  /** What the server allows. */
  readonly limits: Record<string, number>;

  /** Connects, and stays connected until `close()`. Resolves when the session is open. */
  connect(): Promise<this>;
  /** Uses another token from now on, and connects with it. */
  authenticate(token: string): Promise<this>;
  /** Retries at once instead of waiting for the next attempt. */
  readonly wake: () => void;
  /** Ends the session of this client; it may be connected anew. Runs go on at the server. */
  close(): Promise<void>;

  /**
   * Calls any method of the protocol. While offline it waits, under one `client_msg_id`; but for
   * typing and presence, which are not worth waiting and answer null.
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

  /** Asks, and resolves with the finished turn. */
  sendQuery(text: string, options?: QueryOptionsWithMode): Promise<FinishedTurn>;
  sendQuery(text: string, reasoningMode: string, options?: QueryOptions): Promise<FinishedTurn>;

  /** Asks, and yields the turn as it happens; the last is `run.completed`, or another end. */
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

  /** Opens a room: resolves with its snapshot, and follows it from there on. */
  join(roomId: string): Promise<RoomSnapshot>;
  /** Follows a room no more; one stays its member. */
  leave(roomId: string): Promise<Left>;
  /** Lets the others in a room see that one is typing; it lapses after 6 seconds. */
  typing(roomId: string, typing?: boolean): Promise<TypingNoted | null>;

  /** Has a handler told of everything of a name; answers the function that ends that. */
  on<N extends keyof Happenings>(name: N, handler: (value: Happenings[N]) => void): () => void;
  /** Yields `[name, value]` of everything that happens, or of these names, until it is closed. */
  events<N extends keyof Happenings = keyof Happenings>(
    ...names: N[]
  ): AsyncGenerator<Happening<N>, void>;

  /** The texts of a run that is being written. */
  parts(runId: string): RunPart[];
  /** The headers by which other requests authenticate, such as an upload. */
  authorization(): { authorization?: string };
}
