"""Parameters of methods, what all of them share, and those of conversations.

Unknown fields are ignored, so that clients may be newer.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Id = Annotated[str, Meta(min_length=1, max_length=200)]
RoomRole = Literal["owner", "member", "viewer"]
Limit = Annotated[int, Meta(ge=1, le=200)]
# What a JavaScript client can count to exactly, and any database keep.
Offset = Annotated[int, Meta(ge=0, le=2**53 - 1)]
# Which there are, `modes.list` says: a mode may come from a third party.
ModeName = Annotated[str, Meta(min_length=1, max_length=100)]


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all parameter objects."""


class NoParams(Params, frozen=True, kw_only=True):
    """For methods that need to be told nothing."""


class Cursor(msgspec.Struct, frozen=True):
    """How far a client has got in a stream."""

    epoch: str
    seq: Offset


class ClientInfo(msgspec.Struct, frozen=True):
    """What a client calls itself."""

    name: Annotated[str, Meta(max_length=100)]
    version: Annotated[str, Meta(max_length=100)] = ""


class Resume(msgspec.Struct, frozen=True):
    """What a returning client still has: cursors by stream, code points by run and part."""

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
    """Ask the assistant."""

    query: Annotated[str, Meta(min_length=1, max_length=200_000)]
    reasoning_mode: ModeName = "auto"
    room_id: Id | None = None
    client_msg_id: Id | None = None
    document_ids: Annotated[tuple[Id, ...], Meta(max_length=1000)] | None = None
    model: Id | None = None


class ToolExecution(Params, frozen=True, kw_only=True):
    """Run a tool."""

    name: Id
    arguments: dict[str, Any] = {}
    client_msg_id: Id | None = None


class ConnectorsList(Params, frozen=True, kw_only=True):
    """Ask how clients are told of this server, which the caller reaches at a URL."""

    url: Annotated[str, Meta(pattern='^https?://[^/?#\\s"]+/?$', max_length=300)]


class RunRef(Params, frozen=True, kw_only=True):
    """Name a run."""

    run_id: Id


class RunContinue(Params, frozen=True, kw_only=True):
    """Name a run to go on with."""

    run_id: Id
    client_msg_id: Id | None = None


class RoomRef(Params, frozen=True, kw_only=True):
    """Name a room."""

    room_id: Id


class RoomsCreate(Params, frozen=True, kw_only=True):
    """Start a conversation."""

    name: Annotated[str, Meta(min_length=1, max_length=200)] | None = None


class RoomsUpdate(Params, frozen=True, kw_only=True):
    """Rename a room."""

    room_id: Id
    name: Annotated[str, Meta(min_length=1, max_length=200)]


class RoomsInvite(Params, frozen=True, kw_only=True):
    """Make someone a member, or change their role; named by id or by name."""

    room_id: Id
    user_id: Id | None = None
    name: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    role: RoomRole = "member"


class RoomsRemove(Params, frozen=True, kw_only=True):
    """Name a member."""

    room_id: Id
    user_id: Id


class RoomsRead(Params, frozen=True, kw_only=True):
    """Say how far one has read."""

    room_id: Id
    seq: Offset


class TypingSet(Params, frozen=True, kw_only=True):
    """Say whether one is writing."""

    room_id: Id
    typing: bool


class PresenceSet(Params, frozen=True, kw_only=True):
    """Say whether one is at one's device."""

    status: Literal["online", "away"]


class DraftsSet(Params, frozen=True, kw_only=True):
    """Keep what one has begun to write; nothing, to have it forgotten."""

    room_id: Id
    text: Annotated[str, Meta(max_length=20_000)]


class MessagesEdit(Params, frozen=True, kw_only=True):
    """Give a message another text."""

    message_id: Id
    text: Annotated[str, Meta(min_length=1, max_length=200_000)]
    client_msg_id: Id | None = None


class MessagesSearch(Params, frozen=True, kw_only=True):
    """Find messages that have all these words; `before` comes from the previous page.

    In one room it is a message's seq, as in `messages.list`.
    """

    query: Annotated[str, Meta(min_length=1, max_length=1000)]
    room_id: Id | None = None
    before: Offset | None = None
    limit: Limit = 20


class FeedbackGiven(Params, frozen=True, kw_only=True):
    """Say what one thinks of a message; null takes it back."""

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
    """Say something to the members of a room, without asking the assistant."""

    room_id: Id
    text: Annotated[str, Meta(min_length=1, max_length=200_000)]
    client_msg_id: Id | None = None


class MessageRef(Params, frozen=True, kw_only=True):
    """Name a message."""

    message_id: Id
    client_msg_id: Id | None = None
