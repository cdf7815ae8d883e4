"""Parameters of every method. Unknown fields are ignored, so that clients may be newer."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Id = Annotated[str, Meta(min_length=1, max_length=200)]
RoomRole = Literal["owner", "member", "viewer"]
Limit = Annotated[int, Meta(ge=1, le=200)]
# What a JavaScript client can count to exactly, and any database keep.
Offset = Annotated[int, Meta(ge=0, le=2**53 - 1)]
PageNumber = Annotated[int, Meta(ge=1, le=1_000_000)]
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


class DocumentsList(Params, frozen=True, kw_only=True):
    """Page through the documents, newest first; `after` comes from the previous page."""

    limit: Limit = 100
    after: Id | None = None


class DocumentsGet(Params, frozen=True, kw_only=True):
    """Look at a document, and at its text[start:end] in code points if a range is given.

    A range may also be one of pages, counted from 1: all from `first_page` to `last_page`.
    """

    document_id: Id
    start: Offset | None = None
    end: Offset | None = None
    first_page: PageNumber | None = None
    last_page: PageNumber | None = None


class DocumentsAdd(Params, frozen=True, kw_only=True):
    """Add a document: its `text`, or the bytes of its file in base64."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    text: str | None = None
    data: bytes | None = None
    media_type: Annotated[str, Meta(max_length=200)] | None = None


class DocumentRef(Params, frozen=True, kw_only=True):
    """Name a document."""

    document_id: Id


class DocumentsSearch(Params, frozen=True, kw_only=True):
    """Find passages."""

    query: Annotated[str, Meta(min_length=1, max_length=10_000)]
    k: Annotated[int, Meta(ge=1, le=100)] = 5
    document_ids: Annotated[tuple[Id, ...], Meta(max_length=1000)] | None = None


class TaskRef(Params, frozen=True, kw_only=True):
    """Name a task."""

    task_id: Id


class TasksList(Params, frozen=True, kw_only=True):
    """Page through background work, newest first."""

    limit: Limit = 50


ServerRole = Literal["owner", "admin", "member", "guest"]
KeyScope = Literal["read", "write", "admin"]
Name = Annotated[str, Meta(min_length=1, max_length=100)]
Password = Annotated[str, Meta(min_length=8, max_length=1024)]


class UsersCreate(Params, frozen=True, kw_only=True):
    """Add a user; without a password one is made, and told once."""

    name: Name
    role: ServerRole = "member"
    password: Password | None = None


class UsersUpdate(Params, frozen=True, kw_only=True):
    """Change a user; what is left out stays."""

    user_id: Id
    name: Name | None = None
    role: ServerRole | None = None
    status: Literal["active", "suspended"] | None = None
    password: Password | None = None


class UserRef(Params, frozen=True, kw_only=True):
    """Name a user."""

    user_id: Id


class LogoutEverywhere(Params, frozen=True, kw_only=True):
    """Name a user, if not oneself."""

    user_id: Id | None = None


class KeysList(Params, frozen=True, kw_only=True):
    """Whose keys, if not one's own."""

    user_id: Id | None = None


class KeysCreate(Params, frozen=True, kw_only=True):
    """Make an API key, for another user only as who administers them."""

    label: Name
    scopes: Annotated[tuple[KeyScope, ...], Meta(max_length=3)] = ("read", "write")
    days: Annotated[float, Meta(gt=0, le=36500)] | None = None
    user_id: Id | None = None


class KeyRef(Params, frozen=True, kw_only=True):
    """Name an API key."""

    key_id: Id


class GrantRef(Params, frozen=True, kw_only=True):
    """Name a connected app's grant."""

    grant_id: Id


class InvitationsCreate(Params, frozen=True, kw_only=True):
    """Invite to the server, and into a room if one is named."""

    role: ServerRole = "guest"
    room_id: Id | None = None
    room_role: Literal["member", "viewer"] = "member"
    uses: Annotated[int, Meta(ge=1, le=1000)] = 1
    hours: Annotated[float, Meta(gt=0, le=8760)] = 72


class InvitationRef(Params, frozen=True, kw_only=True):
    """Name an invitation."""

    invitation_id: Id


class Login(Params, frozen=True, kw_only=True):
    """Log in by name and password."""

    name: Annotated[str, Meta(max_length=200)]
    password: Annotated[str, Meta(max_length=1024)]


class PasswordChange(Params, frozen=True, kw_only=True):
    """Change one's own password; who has none yet leaves `current` out."""

    password: Password
    current: Annotated[str, Meta(max_length=1024)] | None = None


class InvitationCode(Params, frozen=True, kw_only=True):
    """Show an invitation."""

    code: Annotated[str, Meta(min_length=1, max_length=200)]


class InvitationAccept(Params, frozen=True, kw_only=True):
    """Accept an invitation; with name and password it makes an account."""

    code: Annotated[str, Meta(min_length=1, max_length=200)]
    name: Name | None = None
    password: Password | None = None
