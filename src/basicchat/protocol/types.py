"""Parameters of methods: shared types, and those for conversations.

Unknown fields are ignored, so that newer clients work with older servers.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

Id = Annotated[str, Meta(min_length=1, max_length=200)]
RoomRole = Literal["owner", "member", "viewer"]
Limit = Annotated[int, Meta(ge=1, le=200)]
CollectionIds = Annotated[tuple[Id, ...], Meta(max_length=100)]
# Exact as a JavaScript number, and within the integer range of any database.
Offset = Annotated[int, Meta(ge=0, le=2**53 - 1)]
# Not an enumeration, because modes may come from third parties; `modes.list` lists them.
ModeName = Annotated[str, Meta(min_length=1, max_length=100)]


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all parameter objects."""


class NoParams(Params, frozen=True, kw_only=True):
    """No parameters."""


class Cursor(msgspec.Struct, frozen=True):
    """A client's position in a stream."""

    epoch: str
    seq: Offset


class ClientInfo(msgspec.Struct, frozen=True):
    """A client's name and version."""

    name: Annotated[str, Meta(max_length=100)]
    version: Annotated[str, Meta(max_length=100)] = ""


class Resume(msgspec.Struct, frozen=True):
    """The state of a resuming client: cursors by stream, code points by run and part."""

    session_id: Id
    resume_token: Annotated[str, Meta(max_length=400)]
    cursors: Annotated[dict[str, Cursor], Meta(max_length=1000)] = {}
    runs: Annotated[dict[str, dict[str, Offset]], Meta(max_length=100)] = {}


class Hello(Params, frozen=True, kw_only=True):
    """Open or resume a session."""

    token: Annotated[str, Meta(max_length=8192)] | None = None
    client: ClientInfo | None = None
    resume: Resume | None = None


class Query(Params, frozen=True, kw_only=True):
    """Ask the assistant.

    In a chat without other members, `edits` asks a new version of one's earlier question, which
    begins a branch of the conversation: what followed the earlier version stays in the other
    branch. `after` names the last question of the branch that this question continues; without it,
    that is the latest branch.

    The answer uses one's own documents and those of all collections that one may see or, in a room
    with other members, only the room's collections and documents, as far as all members may see
    them. `collection_ids` and `document_ids` name what to use instead. `own_documents` adds one's
    own documents to what was named or, in a room with other members, to this one answer; all
    members then see what is quoted from them.

    `can_approve` says that the client shows the tool calls that wait for approval (`run.awaiting`),
    and answers them with `runs.approve`. Without it, calls that need approval are refused.

    The same question to the same documents may get the answer of an earlier run, with the time of
    that run as `cached_at`; with `fresh`, it is always answered anew.
    """

    query: Annotated[str, Meta(min_length=1, max_length=200_000)]
    reasoning_mode: ModeName = "auto"
    room_id: Id | None = None
    client_msg_id: Id | None = None
    document_ids: Annotated[tuple[Id, ...], Meta(max_length=1000)] | None = None
    model: Id | None = None
    # Unset rather than null, so that requests without them have the hash they had before.
    edits: Id | UnsetType = UNSET
    after: Id | UnsetType = UNSET
    collection_ids: CollectionIds | UnsetType = UNSET
    own_documents: bool | UnsetType = UNSET
    can_approve: bool | UnsetType = UNSET
    fresh: bool | UnsetType = UNSET


class ToolExecution(Params, frozen=True, kw_only=True):
    """Run a tool."""

    name: Id
    arguments: dict[str, Any] = {}
    client_msg_id: Id | None = None


class ConnectorsList(Params, frozen=True, kw_only=True):
    """The URL at which the caller reaches this server, for the set-up of MCP clients."""

    url: Annotated[str, Meta(pattern='^https?://[^/?#\\s"]+/?$', max_length=300)]


class RunRef(Params, frozen=True, kw_only=True):
    """Name a run."""

    run_id: Id


class RunsApprove(Params, frozen=True, kw_only=True):
    """Decide on a tool call that waits for approval.

    `once` allows this call, `conversation` all calls of the tool in this conversation, `always` all
    its calls. Each holds until the tool changes.
    """

    run_id: Id
    call_id: Id
    decision: Literal["once", "conversation", "always", "deny"]


class ApprovalRef(Params, frozen=True, kw_only=True):
    """Name an approval."""

    approval_id: Id


class RunContinue(Params, frozen=True, kw_only=True):
    """Name an interrupted run to continue."""

    run_id: Id
    client_msg_id: Id | None = None


class RoomRef(Params, frozen=True, kw_only=True):
    """Name a room."""

    room_id: Id


class RoomsCreate(Params, frozen=True, kw_only=True):
    """Start a conversation."""

    name: Annotated[str, Meta(min_length=1, max_length=200)] | None = None


class RoomsList(Params, frozen=True, kw_only=True):
    """Page through one's rooms; `after` is the `next` of the page before."""

    after: Annotated[str, Meta(min_length=1, max_length=250)] | None = None
    limit: Annotated[int, Meta(ge=1, le=1000)] = 1000


class RoomsUpdate(Params, frozen=True, kw_only=True):
    """Rename a room, or choose the collections from which the assistant answers in it.

    Without a choice (`collection_ids` is null), these are the collections shared with the room.
    Only those are used that all members may see.
    """

    room_id: Id
    name: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    collection_ids: CollectionIds | UnsetType | None = UNSET


class RoomsInvite(Params, frozen=True, kw_only=True):
    """Add a member or change their role; named by id or by name."""

    room_id: Id
    user_id: Id | None = None
    name: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    role: RoomRole = "member"


class RoomsRemove(Params, frozen=True, kw_only=True):
    """Name a member."""

    room_id: Id
    user_id: Id


class RoomsRead(Params, frozen=True, kw_only=True):
    """Mark a room as read up to an event."""

    room_id: Id
    seq: Offset


class TypingSet(Params, frozen=True, kw_only=True):
    """Set whether one is typing."""

    room_id: Id
    typing: bool


class PresenceSet(Params, frozen=True, kw_only=True):
    """Set one's presence status."""

    status: Literal["online", "away"]


class DraftsSet(Params, frozen=True, kw_only=True):
    """Store a draft; an empty text deletes it."""

    room_id: Id
    text: Annotated[str, Meta(max_length=20_000)]


class MessagesEdit(Params, frozen=True, kw_only=True):
    """Edit a message."""

    message_id: Id
    text: Annotated[str, Meta(min_length=1, max_length=200_000)]
    client_msg_id: Id | None = None


class MessagesSearch(Params, frozen=True, kw_only=True):
    """Search messages for all of these words; `before` comes from the previous page.

    In one room, `before` is a message's seq, as in `messages.list`.
    """

    query: Annotated[str, Meta(min_length=1, max_length=1000)]
    room_id: Id | None = None
    before: Offset | None = None
    limit: Limit = 20


class FeedbackGiven(Params, frozen=True, kw_only=True):
    """Rate a message; null clears the rating."""

    message_id: Id
    value: Literal["up", "down"] | None
    comment: Annotated[str, Meta(max_length=2000)] | None = None
    client_msg_id: Id | None = None


class MessagesList(Params, frozen=True, kw_only=True):
    """Page through a room's messages, newest page first; `before` is a message's seq."""

    room_id: Id
    before: Offset | None = None
    limit: Limit = 50


class MessagesPost(Params, frozen=True, kw_only=True):
    """Post a message to a room without asking the assistant."""

    room_id: Id
    text: Annotated[str, Meta(min_length=1, max_length=200_000)]
    client_msg_id: Id | None = None


class Regenerate(Params, frozen=True, kw_only=True):
    """Name a question to answer again, or an answer to it; the other fields are as in `query`.

    What they named for the question is not remembered: without them, the new answer uses what the
    conversation may use.
    """

    message_id: Id
    client_msg_id: Id | None = None
    document_ids: Annotated[tuple[Id, ...], Meta(max_length=1000)] | None = None
    collection_ids: CollectionIds | UnsetType = UNSET
    own_documents: bool | UnsetType = UNSET
    can_approve: bool | UnsetType = UNSET


class MessageRef(Params, frozen=True, kw_only=True):
    """Name a message."""

    message_id: Id
    client_msg_id: Id | None = None
