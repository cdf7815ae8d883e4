// What goes over the wire. This file is made from the method table by `make docs`: do not edit.

/** A run in progress, with its text so far; `user_id` is the user who asked. */
export interface ActiveRun {
  run_id: string;
  message_id: string;
  parent_id: string;
  model: string;
  provider: string;
  reasoning_mode: string;
  user_id: string;
  parts: RunPart[];
  steps: Step[];
  task_id?: string;
  awaiting?: PendingApproval[];
}

/** The id of a revoked approval. */
export interface ApprovalRevoked {
  approval_id: string;
}

/** The tools that one has approved for longer than one call, oldest first. */
export interface ApprovalsListed {
  approvals: ToolApproval[];
}

/** An uploaded document; `duplicate` if its library had a document with the same bytes. */
export interface Arrival {
  document_id: string;
  task_id: string;
  duplicate: boolean;
}

/** Who wrote a message. */
export interface Author {
  id: string;
  name: string;
  kind: "assistant" | "user";
}

/** A run after it was asked to stop, with the text of each part so far. */
export interface CancelledRun {
  run_id: string;
  room_id: string;
  message_id: string;
  status: "cancelled" | "completed" | "failed" | "interrupted" | "running";
  reasoning_mode: string;
  model: string;
  provider: string;
  parts: RunPart[];
  steps: Step[];
  started_at: string;
  user_id: string;
  parent_id: string;
  ended_at?: string;
  citations?: Citation[];
  citations_dropped?: number;
  grounding?: "answered" | "closest" | "model" | "none";
  usage?: Usage;
  timings?: Record<string, number>;
  error?: RunError;
  continues?: string;
  task_id?: string;
  awaiting?: PendingApproval[];
  cached_at?: string;
  cancelled: boolean;
}

/** A quotation that is in its source verbatim. */
export interface Citation {
  n: number;
  document_id: string;
  title: string;
  quote: string;
  score: number;
  start: number;
  end: number;
  page?: number;
  line_start?: number;
  line_end?: number;
}

/** A citation with the text[text_start:text_end] of its source. */
export interface CitationShown {
  citation: Citation;
  text: string;
  text_start: number;
  text_end: number;
  document?: Document;
}

/** A client's name and version. */
export interface ClientInfo {
  name: string;
  version?: string;
}

/** The session has ended. */
export interface Closed {
  closed: boolean;
}

/** A collection as a user with access sees it: with their role and the number of documents. */
export interface Collection {
  collection_id: string;
  name: string;
  description: string;
  created_at: string;
  role: "editor" | "owner" | "viewer";
  documents: number;
  shares?: Share[];
}

/** The id of a collection that was deleted, or that the user may no longer see. */
export interface CollectionDeleted {
  collection_id: string;
}

/** A collection as the actor sees it. */
export interface CollectionShown {
  collection: Collection;
}

/** Collections, by name. */
export interface CollectionsListed {
  collections: Collection[];
}

/** An MCP client, and its configuration for this server. */
export interface Connector {
  id: string;
  title: string;
  files: Record<string, string>;
  then: string;
  remote?: string;
  local?: string;
  install?: string;
}

/** The known clients; all others need only the `url`. */
export interface ConnectorsListed {
  url: string;
  connectors: Connector[];
}

/** A client's position in a stream. */
export interface Cursor {
  epoch: string;
  seq: number;
}

/** A run after a decision on one of its tool calls. */
export interface DecidedRun {
  run_id: string;
  room_id: string;
  message_id: string;
  status: "cancelled" | "completed" | "failed" | "interrupted" | "running";
  reasoning_mode: string;
  model: string;
  provider: string;
  parts: RunPart[];
  steps: Step[];
  started_at: string;
  user_id: string;
  parent_id: string;
  ended_at?: string;
  citations?: Citation[];
  citations_dropped?: number;
  grounding?: "answered" | "closest" | "model" | "none";
  usage?: Usage;
  timings?: Record<string, number>;
  error?: RunError;
  continues?: string;
  task_id?: string;
  awaiting?: PendingApproval[];
  cached_at?: string;
  accepted: boolean;
}

/** A document, which belongs to exactly one library. */
export interface Document {
  document_id: string;
  title: string;
  media_type: string;
  bytes: number;
  status: "failed" | "indexing" | "queued" | "ready";
  created_at: string;
  owner_id: string;
  sha256: string;
  pages?: number;
  chunks?: number;
  characters?: number;
  text_bytes?: number;
  name?: string;
  source?: string;
  error?: string;
  error_detail?: ErrorDetail;
  notes?: DocumentNote[];
  task_id?: string;
  collection_id?: string;
  tags?: string[];
  renamed?: boolean;
}

/** What could not be read or found in a document that is otherwise usable. */
export interface DocumentNote {
  kind: string;
  text: string;
  params?: Record<string, unknown>;
}

/** The id of a deleted document, so that clients can remove it. */
export interface DocumentRemoved {
  document_id: string;
}

/** A document, with its text[text_start:text_end] if a range was requested. */
export interface DocumentView {
  document_id: string;
  title: string;
  media_type: string;
  bytes: number;
  status: "failed" | "indexing" | "queued" | "ready";
  created_at: string;
  owner_id: string;
  sha256: string;
  pages?: number;
  chunks?: number;
  characters?: number;
  text_bytes?: number;
  name?: string;
  source?: string;
  error?: string;
  error_detail?: ErrorDetail;
  notes?: DocumentNote[];
  task_id?: string;
  collection_id?: string;
  tags?: string[];
  renamed?: boolean;
  text?: string;
  text_start?: number;
  text_end?: number;
}

/** A page of documents; `next` is the `after` of the next page. */
export interface DocumentsListed {
  documents: Document[];
  next?: string;
}

/** The draft is stored, or deleted if it was empty. */
export interface DraftKept {
  room_id: string;
}

/** An error without its English message, for clients that show it in another language. */
export interface ErrorDetail {
  kind: string;
  reason?: string;
  params?: Record<string, unknown>;
  hint?: string;
}

/** One member's rating of a message. */
export interface Feedback {
  value: "down" | "up";
  comment?: string;
}

/** A member's feedback to a message after a change; `value` is null once it is cleared. */
export interface FeedbackSet {
  message_id: string;
  room_id: string;
  user_id: string;
  value: "down" | "up" | null;
  comment?: string;
}

/** A turn from question to answer; `timings` in milliseconds. */
export interface FinishedTurn {
  run_id: string | null;
  room_id: string;
  message_id: string;
  answer: string;
  reasoning: string;
  citations: Citation[];
  citations_dropped: number;
  grounding: "answered" | "closest" | "model" | "none" | null;
  reasoning_mode: string;
  model: string;
  provider: string;
  usage: Usage;
  cached: boolean;
  timings: Record<string, number>;
  epoch: string;
  seq: number;
  cached_at?: string;
}

/** The file extensions of supported documents, in lower case with the dot, sorted. */
export interface FormatsListed {
  suffixes: string[];
}

/** An app's grant; `redirect_host` is the host that it was connected from. */
export interface GrantInfo {
  grant_id: string;
  client_id: string;
  client_name: string;
  redirect_host: string;
  scopes: ("admin" | "read" | "write")[];
  resource: string;
  created_at: string;
  expires_at: string;
  used_at?: string;
}

/** The id of a revoked grant. */
export interface GrantRevoked {
  grant_id: string;
}

/** Grants, oldest first. */
export interface GrantsListed {
  grants: GrantInfo[];
}

/** The read position, and the number of unread messages. */
export interface HasRead {
  room_id: string;
  seq: number;
  unread: number;
}

/** A passage that matches a query. Offsets are code points in the document's text. */
export interface Hit {
  document_id: string;
  title: string;
  text: string;
  score: number;
  start: number;
  end: number;
  page?: number;
  line_start?: number;
  line_end?: number;
}

/** Passages, best first. */
export interface Hits {
  hits: Hit[];
}

/** A new invitation; its code is sent only here. */
export interface InvitationCreated {
  invitation: InvitationInfo;
  code: string;
  path: string;
}

/** An invitation without its code. */
export interface InvitationInfo {
  invitation_id: string;
  role: "admin" | "guest" | "member" | "owner";
  inviter_id: string;
  created_at: string;
  expires_at: string;
  uses_left: number;
  room_id?: string;
  room_role?: "member" | "owner" | "viewer";
}

/** The id of a revoked invitation. */
export interface InvitationRevoked {
  invitation_id: string;
}

/** Valid invitations, oldest first. */
export interface InvitationsListed {
  invitations: InvitationInfo[];
}

/** A new API key; `secret` is the whole key, `bc_…`, sent only here. */
export interface KeyCreated {
  key: KeyInfo;
  secret: string;
}

/** An API key without its secret. */
export interface KeyInfo {
  key_id: string;
  user_id: string;
  label: string;
  scopes: ("admin" | "read" | "write")[];
  created_at: string;
  expires_at?: string;
  last_used_at?: string;
}

/** The id of a revoked key. */
export interface KeyRevoked {
  key_id: string;
}

/** API keys, oldest first. */
export interface KeysListed {
  keys: KeyInfo[];
}

/** The connection no longer follows the room. */
export interface Left {
  room_id: string;
}

/** The user whose tokens were invalidated. */
export interface LoggedOut {
  user_id: string;
}

/** A user's place in a room. */
export interface Member {
  id: string;
  name: string;
  role: "member" | "owner" | "viewer";
  read_seq?: number;
}

/** One message of a room; an assistant's message has its run and the run's status. */
export interface Message {
  message_id: string;
  room_id: string;
  seq: number;
  author: Author;
  text: string;
  created_at: string;
  edited_at?: string;
  run_id?: string;
  parent_id?: string;
  citations?: Citation[];
  citations_dropped?: number;
  citation_marks?: number[];
  grounding?: "answered" | "closest" | "model" | "none";
  run_status?: "cancelled" | "completed" | "failed" | "interrupted" | "running";
  error?: RunError;
  model?: string;
  provider?: string;
  deleted_at?: string;
  edits?: string;
  after?: string;
  feedback?: Record<string, Feedback>;
  cached_at?: string;
}

/** Messages, newest first; `next` is the `before` of the next page. */
export interface MessagesFound {
  messages: Message[];
  next?: number;
  similar?: string[];
}

/** A page of messages in ascending order; `next` is the `before` of the previous page. */
export interface MessagesListed {
  messages: Message[];
  next?: number;
}

/** A way of answering; `id` is what `reasoning_mode` takes. */
export interface ModeInfo {
  id: string;
  title: string;
  description: string;
  background?: boolean;
}

/** A model of a provider; `context` in tokens, `loaded` if it is in memory now. */
export interface Model {
  id: string;
  provider: string;
  context?: number;
  loaded?: boolean;
  capabilities?: string[];
}

/** All models, the default first. */
export interface ModelsListed {
  models: Model[];
  provider: ProviderInfo;
}

/** All modes, the default first. */
export interface ModesListed {
  modes: ModeInfo[];
}

/** A tool call that waits for the approval of the user who started the run (`runs.approve`). */
export interface PendingApproval {
  call_id: string;
  tool: string;
  title: string;
  arguments: string;
  fingerprint: string;
  expires_at: string;
  server?: string;
  characters_left_out?: number;
}

/** The server's time. */
export interface Pong {
  at: string;
}

/** The user's status over all their devices; null if none is connected. */
export interface PresenceNoted {
  status: string | null;
}

/** The model provider; without a language model, `hint` says how to get one. */
export interface ProviderInfo {
  name: string;
  model: string;
  hint?: string;
}

/** The user is no longer a member of the room. */
export interface Removed {
  room_id: string;
  user_id: string;
}

/** The state of a resuming client: cursors by stream, code points by run and part. */
export interface Resume {
  session_id: string;
  resume_token: string;
  cursors?: Record<string, Cursor>;
  runs?: Record<string, Record<string, number>>;
}

/** A conversation as one of its members sees it; `unread` counts messages, not events. */
export interface Room {
  room_id: string;
  name: string;
  role: "member" | "owner" | "viewer";
  members: Member[];
  last_seq: number;
  unread: number;
  created_at: string;
  collection_ids?: string[];
}

/** The id of a deleted room. */
export interface RoomDeleted {
  room_id: string;
}

/** A room at `seq`; later changes follow as events. */
export interface RoomSnapshot {
  room: Room;
  members: Member[];
  presence: Record<string, Record<string, string>>;
  messages: Message[];
  active_runs: ActiveRun[];
  epoch: string;
  seq: number;
  draft?: string;
}

/** Rooms of the actor, latest activity first; `next` is the `after` of the following page. */
export interface RoomsListed {
  rooms: Room[];
  drafts?: Record<string, string>;
  next?: string;
}

/** One turn of the assistant. `message_id` names the assistant's message it will write. */
export interface Run {
  run_id: string;
  room_id: string;
  message_id: string;
  status: "cancelled" | "completed" | "failed" | "interrupted" | "running";
  reasoning_mode: string;
  model: string;
  provider: string;
  parts: RunPart[];
  steps: Step[];
  started_at: string;
  user_id: string;
  parent_id: string;
  ended_at?: string;
  citations?: Citation[];
  citations_dropped?: number;
  grounding?: "answered" | "closest" | "model" | "none";
  usage?: Usage;
  timings?: Record<string, number>;
  error?: RunError;
  continues?: string;
  task_id?: string;
  awaiting?: PendingApproval[];
  cached_at?: string;
}

/** Why a run failed: code, message and data of the error that the requester gets. */
export interface RunError {
  code: number;
  kind: string;
  message: string;
  hint?: string;
  retryable?: boolean;
  incident?: string;
  reason?: string;
  params?: Record<string, unknown>;
}

/** One text that a run writes; `off` is its length in code points. */
export interface RunPart {
  part: number;
  kind: "answer" | "reasoning";
  text: string;
  off: number;
}

/** The server's name, version and protocol. */
export interface ServerInfo {
  name: string;
  version: string;
  protocol: string;
}

/** The limits that apply to a client. */
export interface SessionLimits {
  max_frame_bytes: number;
  max_upload_bytes: number;
  requests_in_flight: number;
  messages_per_minute: number;
  runs_per_user: number;
}

/** A role that a user, the users of a group or the members of a room have in a collection. */
export interface Share {
  kind: "group" | "room" | "user";
  id: string;
  role: "editor" | "owner" | "viewer";
  name?: string;
}

/** A turn that has begun; `message_id` is that of the answer to come. */
export interface Started {
  run_id: string | null;
  room_id: string;
  message_id: string;
  epoch: string;
  seq: number;
  task_id?: string;
}

/** A step of a run, for display: a search, a model call, a tool call. */
export interface Step {
  step: number;
  name: string;
  detail: string;
  ms?: number;
  part?: number;
  progress?: number;
  arguments?: string;
  result?: string;
  is_error?: boolean;
  approval?: "always" | "conversation" | "denied" | "expired" | "once" | "remembered";
}

/** The position of a resumed stream; unless `recovered`, the client needs a snapshot. */
export interface StreamState {
  recovered: boolean;
  epoch: string;
  seq: number;
}

/** Background work; `progress` is from 0 to 1. */
export interface Task {
  task_id: string;
  kind: string;
  status: "cancelled" | "completed" | "failed" | "pending" | "running";
  progress: number;
  message: string;
  user_id: string;
  created_at: string;
  updated_at?: string;
  result?: Record<string, unknown>;
  error?: string;
  error_detail?: ErrorDetail;
}

/** Background work, newest first. */
export interface TasksListed {
  tasks: Task[];
}

/** The possible effects of a tool call (MCP 2026-07-28, schema, `ToolAnnotations`). */
export interface ToolAnnotations {
  read_only?: boolean;
  destructive?: boolean;
  idempotent?: boolean;
  open_world?: boolean;
}

/** A tool that a user has approved, in one conversation or, without `room_id`, in all. */
export interface ToolApproval {
  approval_id: string;
  user_id: string;
  tool: string;
  title: string;
  fingerprint: string;
  created_at: string;
  server?: string;
  room_id?: string;
}

/** A tool's result; `is_error` is true if the tool failed. */
export interface ToolOutput {
  content: string;
  is_error: boolean;
  structured?: Record<string, unknown>;
}

/** A tool as models and clients see it. */
export interface ToolSpec {
  name: string;
  title: string;
  description: string;
  parameters: Record<string, unknown>;
  returns?: Record<string, unknown>;
  annotations?: ToolAnnotations;
  server?: string;
  trusted?: boolean;
}

/** All tools. */
export interface ToolsListed {
  tools: ToolSpec[];
}

/** The typing indicator was sent to the room. */
export interface TypingNoted {
  room_id: string;
  typing: boolean;
}

/** The collection as the actor sees it; null if they no longer do. */
export interface Unshared {
  collection_id: string;
  collection?: Collection;
}

/** Tokens counted by the provider, or estimated where it does not count them. */
export interface Usage {
  input_tokens: number;
  output_tokens: number;
  estimated?: boolean;
}

/** A person with an account. */
export interface User {
  id: string;
  name: string;
  role: "admin" | "guest" | "member" | "owner";
  status?: "active" | "deleted" | "suspended";
}

/** A new user; a generated password is sent only here. */
export interface UserCreated {
  user: UserInfo;
  password?: string;
}

/** The id of a deleted user. */
export interface UserDeleted {
  user_id: string;
}

/** A user; the fields after the role are sent to administrators only. */
export interface UserInfo {
  id: string;
  name: string;
  role: "admin" | "guest" | "member" | "owner";
  status?: "active" | "deleted" | "suspended";
  created_at?: string;
  has_password?: boolean;
}

/** All users, oldest first. */
export interface UsersListed {
  users: UserInfo[];
}

/** An open session; the resume token is sent only here, and changes with each hello. */
export interface Welcome {
  session_id: string;
  resume_token: string;
  expires_at: string;
  user: User;
  server: ServerInfo;
  heartbeat_seconds: number;
  limits: SessionLimits;
  resumed: boolean;
  streams: Record<string, StreamState>;
}

/** The types of durable events. */
export type EventType =
  | "message.created"
  | "message.updated"
  | "message.deleted"
  | "run.started"
  | "run.step"
  | "run.completed"
  | "run.failed"
  | "run.cancelled"
  | "run.interrupted"
  | "member.joined"
  | "member.left"
  | "member.changed"
  | "room.updated"
  | "room.deleted"
  | "document.added"
  | "document.updated"
  | "document.removed"
  | "collection.updated"
  | "collection.deleted"
  | "task.updated"
  | "feedback.set";

/** What the server can be asked: by method, its parameters and its result. */
export interface Methods {
  /** List the tools that one has approved in a conversation, or in all. */
  "approvals.list": {
    params: Record<string, never>;
    result: ApprovalsListed;
  };
  /** Revoke an approval: calls of the tool need approval again. */
  "approvals.revoke": {
    params: { approval_id: string };
    result: ApprovalRevoked;
  };
  /** Open a citation of an answer. */
  "citations.get": {
    params: { message_id: string; index: number };
    result: CitationShown;
  };
  /** Create a collection of which one is the owner. */
  "collections.create": {
    params: { name: string; description?: string };
    result: CollectionShown;
  };
  /** Delete a collection with all its documents. */
  "collections.delete": {
    params: { collection_id: string };
    result: CollectionDeleted;
  };
  /** Get a collection; its owners also learn with whom it is shared. */
  "collections.get": {
    params: { collection_id: string };
    result: CollectionShown;
  };
  /** List the collections that one may see. */
  "collections.list": {
    params: { room_id?: string };
    result: CollectionsListed;
  };
  /** Share a collection with a user, a group or a room, or change their role. */
  "collections.share": {
    params: { collection_id: string; role: "editor" | "owner" | "viewer"; user_id?: string; group?: string; room_id?: string };
    result: CollectionShown;
  };
  /** End a share; owners end any, others only their own. */
  "collections.unshare": {
    params: { collection_id: string; user_id?: string; group?: string; room_id?: string };
    result: Unshared;
  };
  /** Rename a collection, or describe it. */
  "collections.update": {
    params: { collection_id: string; name?: string; description?: string };
    result: CollectionShown;
  };
  /** List the set-up of common MCP clients. Only owners of the server see the program's path. */
  "connectors.list": {
    params: { url: string };
    result: ConnectorsListed;
  };
  /** Add a document; its task completes when the document can be searched. */
  "documents.add": {
    params: { name: string; text?: string; data?: string; media_type?: string; collection_id?: string };
    result: Arrival;
  };
  /** Delete a document, its original, its text and its passages. */
  "documents.delete": {
    params: { document_id: string };
    result: DocumentRemoved;
  };
  /** List the file extensions of documents that can be added. */
  "documents.formats": {
    params: Record<string, never>;
    result: FormatsListed;
  };
  /** Get a document; with a range, also up to 20,000 characters of its text. */
  "documents.get": {
    params: { document_id: string; start?: number; end?: number; first_page?: number; last_page?: number };
    result: DocumentView;
  };
  /** List the documents that one may see, newest first. */
  "documents.list": {
    params: { limit?: number; after?: string; collection_id?: string };
    result: DocumentsListed;
  };
  /** Read a document again that could not be read; any other stays as it is. */
  "documents.retry": {
    params: { document_id: string };
    result: Document;
  };
  /** Search the documents that one may see; if no word of the query occurs, for similar words. */
  "documents.search": {
    params: { query: string; k?: number; document_ids?: string[]; collection_ids?: string[]; own_documents?: boolean };
    result: Hits;
  };
  /** Change a document's title or tags, or move it to another collection. */
  "documents.update": {
    params: { document_id: string; title?: string; collection_id?: string; tags?: string[] };
    result: Document;
  };
  /** Store a draft for a room, and show it on one's other devices. */
  "drafts.set": {
    params: { room_id: string; text: string };
    result: DraftKept;
  };
  /** Rate a message, visibly for all members of the room; null clears the rating. */
  "feedback.set": {
    params: { message_id: string; value: "down" | "up" | null; comment?: string; client_msg_id?: string };
    result: FeedbackSet;
  };
  /** List one's connected apps. */
  "grants.list": {
    params: Record<string, never>;
    result: GrantsListed;
  };
  /** Disconnect an app at once; runs and tasks that it started are cancelled. */
  "grants.revoke": {
    params: { grant_id: string };
    result: GrantRevoked;
  };
  /** Invite by link: members invite guests into rooms that they own, administrators anybody. */
  "invitations.create": {
    params: { role?: "admin" | "guest" | "member" | "owner"; room_id?: string; room_role?: "member" | "viewer"; uses?: number; hours?: number };
    result: InvitationCreated;
  };
  /** List one's invitations; administrators see everybody's. */
  "invitations.list": {
    params: Record<string, never>;
    result: InvitationsListed;
  };
  /** Revoke an invitation: the link stops working; people who joined with it stay. */
  "invitations.revoke": {
    params: { invitation_id: string };
    result: InvitationRevoked;
  };
  /** Create an API key; it may do what its user may, within its scopes. */
  "keys.create": {
    params: { label: string; scopes?: ("admin" | "read" | "write")[]; days?: number; user_id?: string };
    result: KeyCreated;
  };
  /** List one's keys, or another user's. */
  "keys.list": {
    params: { user_id?: string };
    result: KeysListed;
  };
  /** Revoke a key at once; runs and tasks that were started with it are cancelled. */
  "keys.revoke": {
    params: { key_id: string };
    result: KeyRevoked;
  };
  /** Delete a message: one's own, the answer to one's own, or, as an owner of the room, any. */
  "messages.delete": {
    params: { message_id: string; client_msg_id?: string };
    result: Message;
  };
  /** Edit one's own message. The answer stays; `messages.regenerate` writes another. */
  "messages.edit": {
    params: { message_id: string; text: string; client_msg_id?: string };
    result: Message;
  };
  /** Page back through a room's messages. */
  "messages.list": {
    params: { room_id: string; before?: number; limit?: number };
    result: MessagesListed;
  };
  /** Post a message that the assistant does not answer. */
  "messages.post": {
    params: { room_id: string; text: string; client_msg_id?: string };
    result: Started;
  };
  /** Answer again; the new answer has the same `parent_id` as the old. */
  "messages.regenerate": {
    params: { message_id: string; client_msg_id?: string; document_ids?: string[]; collection_ids?: string[]; own_documents?: boolean; can_approve?: boolean };
    result: Started;
  };
  /** Search one's rooms for messages with all of these words; the last may be a prefix. */
  "messages.search": {
    params: { query: string; room_id?: string; before?: number; limit?: number };
    result: MessagesFound;
  };
  /** List the models of the provider in use. */
  "models.list": {
    params: Record<string, never>;
    result: ModelsListed;
  };
  /** List the ways of answering. */
  "modes.list": {
    params: Record<string, never>;
    result: ModesListed;
  };
  /** Set one's status for this session; others see the most available one of all sessions. */
  "presence.set": {
    params: { status: "away" | "online" };
    result: PresenceNoted;
  };
  /** Ask, and wait for the finished answer; subscribers also get events and deltas meanwhile. */
  "query": {
    params: { query: string; reasoning_mode?: string; room_id?: string; client_msg_id?: string; document_ids?: string[]; model?: string; edits?: string; after?: string; collection_ids?: string[]; own_documents?: boolean; can_approve?: boolean; fresh?: boolean };
    result: FinishedTurn;
  };
  /** Start a conversation. */
  "rooms.create": {
    params: { name?: string };
    result: Room;
  };
  /** Delete a room with its messages; runs in it are cancelled. */
  "rooms.delete": {
    params: { room_id: string };
    result: RoomDeleted;
  };
  /** Add a user to a room, or change a member's role. */
  "rooms.invite": {
    params: { room_id: string; user_id?: string; name?: string; role?: "member" | "owner" | "viewer" };
    result: Room;
  };
  /** Get a snapshot of a room, and follow the room from there without a gap. */
  "rooms.join": {
    params: { room_id: string };
    result: RoomSnapshot;
  };
  /** Stop following a room; membership is not affected. */
  "rooms.leave": {
    params: { room_id: string };
    result: Left;
  };
  /** List one's conversations. */
  "rooms.list": {
    params: { after?: string; limit?: number };
    result: RoomsListed;
  };
  /** Mark a room as read up to an event; the position never moves back. */
  "rooms.read": {
    params: { room_id: string; seq: number };
    result: HasRead;
  };
  /** Remove a member; owners remove anyone, others only themselves. Delivery ends at once. */
  "rooms.remove": {
    params: { room_id: string; user_id: string };
    result: Removed;
  };
  /** Rename a room, or choose the collections from which the assistant answers in it. */
  "rooms.update": {
    params: { room_id: string; name?: string; collection_ids?: string[] };
    result: Room;
  };
  /** Decide on a tool call that waits for approval; only the user who asked may. */
  "runs.approve": {
    params: { run_id: string; call_id: string; decision: "always" | "conversation" | "deny" | "once" };
    result: DecidedRun;
  };
  /** Stop a run: its connection to the model closes at once, and its text so far is kept. */
  "runs.cancel": {
    params: { run_id: string };
    result: CancelledRun;
  };
  /** Continue an interrupted answer; the new message also holds the text so far. */
  "runs.continue": {
    params: { run_id: string; client_msg_id?: string };
    result: Started;
  };
  /** Get a run with the text of each part so far. */
  "runs.get": {
    params: { run_id: string };
    result: Run;
  };
  /** End the session: it cannot be resumed. */
  "session.close": {
    params: Record<string, never>;
    result: Closed;
  };
  /** Open or resume a session, and follow one's own stream and all resumed streams. */
  "session.hello": {
    params: { token?: string; client?: ClientInfo; resume?: Resume };
    result: Welcome;
  };
  /** Invalidate all tokens and sessions of oneself or another user; sockets close with 4401. */
  "session.logout_everywhere": {
    params: { user_id?: string };
    result: LoggedOut;
  };
  /** Get the server's time, with the least possible work. */
  "session.ping": {
    params: Record<string, never>;
    result: Pong;
  };
  /** Ask; the answer arrives as events and deltas after the position in the reply. */
  "stream_request": {
    params: { query: string; reasoning_mode?: string; room_id?: string; client_msg_id?: string; document_ids?: string[]; model?: string; edits?: string; after?: string; collection_ids?: string[]; own_documents?: boolean; can_approve?: boolean; fresh?: boolean };
    result: Started;
  };
  /** Cancel a task that has not ended. */
  "tasks.cancel": {
    params: { task_id: string };
    result: Task;
  };
  /** Get a task. */
  "tasks.get": {
    params: { task_id: string };
    result: Task;
  };
  /** List one's tasks. */
  "tasks.list": {
    params: { limit?: number };
    result: TasksListed;
  };
  /** Run a tool. If the tool fails, the result has `is_error`; that is not an error reply. */
  "tool_execution": {
    params: { name: string; arguments?: Record<string, unknown>; client_msg_id?: string };
    result: ToolOutput;
  };
  /** List the tools that one may run. */
  "tools.list": {
    params: Record<string, never>;
    result: ToolsListed;
  };
  /** Show the room that one is typing; expires after 6 seconds unless repeated. */
  "typing.set": {
    params: { room_id: string; typing: boolean };
    result: TypingNoted;
  };
  /** Add a user; only owners add administrators and owners. */
  "users.create": {
    params: { name: string; role?: "admin" | "guest" | "member" | "owner"; password?: string };
    result: UserCreated;
  };
  /** Delete a user with their documents and the rooms without other members. */
  "users.delete": {
    params: { user_id: string };
    result: UserDeleted;
  };
  /** List the users: administrators see all, others the active ones. */
  "users.list": {
    params: Record<string, never>;
    result: UsersListed;
  };
  /** Change a user's name, role, status or password; lost rights end at once. */
  "users.update": {
    params: { user_id: string; name?: string; role?: "admin" | "guest" | "member" | "owner"; status?: "active" | "suspended"; password?: string };
    result: UserInfo;
  };
}
