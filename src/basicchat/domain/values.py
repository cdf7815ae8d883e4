"""The domain values: users, rooms, messages, runs, documents, hits, tasks.

Field names equal the names on the wire, so that one encoding serves the event log and every
client. Fields without a default are always present in JSON; the others are omitted while they
have their default.
"""

from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

PartKind = Literal["answer", "reasoning"]
RunStatus = Literal["running", "completed", "failed", "cancelled", "interrupted"]
TaskStatus = Literal["pending", "running", "completed", "failed", "cancelled"]
DocumentStatus = Literal["queued", "indexing", "ready", "failed"]
ServerRole = Literal["owner", "admin", "member", "guest"]
UserStatus = Literal["active", "suspended", "deleted"]
RoomRole = Literal["owner", "member", "viewer"]
FeedbackValue = Literal["up", "down"]
# Larger rooms do not show how far each member has read.
SMALL_ROOM = 50


class Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of all domain values: defaults are left out of JSON.

    Subclasses repeat `frozen=True, kw_only=True`: msgspec does not inherit `kw_only`, and type
    checkers do not see that `frozen` is inherited.
    """


class User(Value, frozen=True, kw_only=True):
    """A person with an account."""

    id: str
    name: str
    role: ServerRole
    status: UserStatus = "active"


class Author(Value, frozen=True, kw_only=True):
    """Who wrote a message."""

    id: str
    name: str
    kind: Literal["user", "assistant"]


class Member(Value, frozen=True, kw_only=True):
    """A user's place in a room.

    `read_seq` is the seq, in the room's stream, up to which they have read. It is sent only on that
    stream and in its snapshots, and only in rooms of 2 to 50 members. A member's own message counts
    as read by them.
    """

    id: str
    name: str
    role: RoomRole
    read_seq: int = 0


class RoomMembership(Value, frozen=True, kw_only=True):
    """A member's role in a room; `shared` is true if the room has other members."""

    role: RoomRole
    shared: bool


class Room(Value, frozen=True, kw_only=True):
    """A conversation as one of its members sees it; `unread` counts messages, not events."""

    room_id: str
    name: str
    role: RoomRole
    members: tuple[Member, ...]
    last_seq: int
    unread: int
    created_at: datetime


class Citation(Value, frozen=True, kw_only=True):
    """A quotation that is in its source verbatim.

    `n` is the number used in the answer's `[n]`; `start` and `end` are code-point offsets of
    `quote` in the document's extracted text; lines are counted from 1.
    """

    n: int
    document_id: str
    title: str
    quote: str
    score: float
    start: int
    end: int
    page: int | None = None
    line_start: int | None = None
    line_end: int | None = None


class RunError(Value, frozen=True, kw_only=True):
    """Why a run failed: code, message and data of the error that the requester gets."""

    code: int
    kind: str
    message: str
    hint: str | None = None
    retryable: bool | None = None
    incident: str | None = None
    reason: str | None = None
    params: dict[str, Any] = {}


class ErrorDetail(Value, frozen=True, kw_only=True):
    """An error without its English message, for clients that show it in another language."""

    kind: str
    reason: str | None = None
    params: dict[str, Any] = {}
    hint: str | None = None


class Feedback(Value, frozen=True, kw_only=True):
    """One member's rating of a message."""

    value: FeedbackValue
    comment: str | None = None


class FeedbackSet(Value, frozen=True, kw_only=True):
    """A member's feedback to a message after a change; `value` is null once it is cleared."""

    message_id: str
    room_id: str
    user_id: str
    value: FeedbackValue | None
    comment: str | None = None


class Message(Value, frozen=True, kw_only=True):
    """One message of a room; an assistant's message has its run and the run's status.

    A deleted message (`deleted_at`) keeps its position, but no text and no citations. `feedback` is
    by user id.
    """

    message_id: str
    room_id: str
    seq: int
    author: Author
    text: str
    created_at: datetime
    edited_at: datetime | None = None
    run_id: str | None = None
    parent_id: str | None = None
    citations: tuple[Citation, ...] = ()
    run_status: RunStatus | None = None
    error: RunError | None = None
    model: str | None = None
    provider: str | None = None
    deleted_at: datetime | None = None
    feedback: dict[str, Feedback] = {}


class RunPart(Value, frozen=True, kw_only=True):
    """One text that a run writes; `off` is its length in code points."""

    part: int
    kind: PartKind
    text: str
    off: int


class Step(Value, frozen=True, kw_only=True):
    """A step of a run, for display: a search, a model call, a tool call."""

    step: int
    name: str
    detail: str
    ms: float | None = None


class Usage(Value, frozen=True, kw_only=True):
    """Tokens counted by the provider, or estimated where it does not count them."""

    input_tokens: int
    output_tokens: int
    estimated: bool = False


class Run(Value, frozen=True, kw_only=True):
    """One turn of the assistant. `message_id` names the assistant's message it will write.

    `continues` is the id of the interrupted run that this one continues; `task_id` is the task of a
    background run.
    """

    run_id: str
    room_id: str
    message_id: str
    status: RunStatus
    reasoning_mode: str
    model: str
    provider: str
    parts: tuple[RunPart, ...]
    steps: tuple[Step, ...]
    started_at: datetime
    user_id: str
    parent_id: str
    ended_at: datetime | None = None
    citations: tuple[Citation, ...] = ()
    citations_dropped: int = 0
    usage: Usage | None = None
    timings: dict[str, float] = {}
    error: RunError | None = None
    continues: str | None = None
    task_id: str | None = None

    @property
    def answer_text(self) -> str:
        """The texts of the answer's parts, separated by empty lines."""
        return "\n\n".join(each.text for each in self.parts if each.kind == "answer" and each.text)


class Document(Value, frozen=True, kw_only=True):
    """A document in someone's library.

    `bytes` is the size of the original file, `text_bytes` that of its extracted text in UTF-8,
    `name` the file's name, and `source` the path of a document that was added from a folder.
    """

    document_id: str
    title: str
    media_type: str
    bytes: int
    status: DocumentStatus
    created_at: datetime
    owner_id: str
    sha256: str
    pages: int | None = None
    chunks: int | None = None
    characters: int | None = None
    text_bytes: int | None = None
    name: str | None = None
    source: str | None = None
    error: str | None = None
    error_detail: ErrorDetail | None = None
    task_id: str | None = None


class Page(Value, frozen=True, kw_only=True):
    """A page of a document's extracted text. `start` is its code-point offset in the whole text.

    `number` is the number of the page, slide or sheet, from 1. A format without pages has a single
    Page whose number is None.
    """

    number: int | None
    start: int
    text: str


class Chunk(Value, frozen=True, kw_only=True):
    """A passage to index: `text` is the document's text[start:end]."""

    start: int
    end: int
    text: str
    line_start: int
    line_end: int
    page: int | None = None


class Extracted(Value, frozen=True, kw_only=True):
    """The content of a document: text by page, and the passages to index."""

    title: str | None
    pages: tuple[Page, ...]
    chunks: tuple[Chunk, ...]
    page_count: int | None = None


class Hit(Value, frozen=True, kw_only=True):
    """A passage that matches a query. Offsets are code points in the document's text."""

    document_id: str
    title: str
    text: str
    score: float
    start: int
    end: int
    page: int | None = None
    line_start: int | None = None
    line_end: int | None = None


# Minimum retention of ended tasks.
TASKS_KEPT = timedelta(days=7)


class Task(Value, frozen=True, kw_only=True):
    """Background work; `progress` is from 0 to 1."""

    task_id: str
    kind: str
    status: TaskStatus
    progress: float
    message: str
    user_id: str
    created_at: datetime
    updated_at: datetime | None = None
    result: dict[str, Any] | None = None
    error: str | None = None
    error_detail: ErrorDetail | None = None


class Scope(Value, frozen=True, kw_only=True):
    """The documents that a search may see: a user's own, and those of collections.

    Args:
        user_id: the owner of the documents; None leaves out all personal documents, as for answers
            in a room whose members share only collections.
        collection_ids: collections that every reader of the answer may see.
        document_ids: only these of the documents above; None for all of them.
    """

    user_id: str | None
    collection_ids: tuple[str, ...] = ()
    document_ids: tuple[str, ...] | None = None


class Actor(Value, frozen=True, kw_only=True):
    """The authenticated user of a request, and the session it came through.

    `key_id` is the id of the API key, or of an app's grant together with its `client_id`. `scopes`
    limit what the key or app may do; None allows all that the user may do.
    """

    user: User
    session_id: str
    key_id: str | None = None
    client_id: str | None = None
    scopes: tuple[str, ...] | None = None


class DocumentRemoved(Value, frozen=True, kw_only=True):
    """The id of a deleted document, so that clients can remove it."""

    document_id: str


class RoomDeleted(Value, frozen=True, kw_only=True):
    """The id of a deleted room."""

    room_id: str
