"""Rooms with their members, messages and feedback."""

from datetime import datetime
from typing import Literal

from basicchat.domain.passages import Citation
from basicchat.domain.runs import Grounding, RunError, RunStatus
from basicchat.domain.values import Author, Value

RoomRole = Literal["owner", "member", "viewer"]
FeedbackValue = Literal["up", "down"]
# Larger rooms do not show how far each member has read.
SMALL_ROOM = 50
# Rooms in one page of a list.
MAX_ROOMS = 1000


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
    """A conversation as one of its members sees it; `unread` counts messages, not events.

    `collection_ids` are those that an owner of the room chose for the assistant; without a choice,
    those that are shared with the room.
    """

    room_id: str
    name: str
    role: RoomRole
    members: tuple[Member, ...]
    last_seq: int
    unread: int
    created_at: datetime
    collection_ids: tuple[str, ...] | None = None


class RoomPage(Value, frozen=True, kw_only=True):
    """Some rooms of a user, latest activity first; `next` is the `after` of the following page."""

    rooms: tuple[Room, ...]
    next: str | None = None


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
    by user id. `citations_dropped` counts the citations that no source supports. `citation_marks`
    has an entry for each number of the `[n]` marks at the end of the text, in their order: the
    index of its citation, or -1 - n if it was dropped. `cached_at` is the time of the earlier
    answer that was used again.

    Messages follow each other, except in branches: `edits` names the first version of a question of
    which this is another version, and `after` the question that this one follows in its branch.
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
    citations_dropped: int = 0
    citation_marks: tuple[int, ...] = ()
    grounding: Grounding | None = None
    run_status: RunStatus | None = None
    error: RunError | None = None
    model: str | None = None
    provider: str | None = None
    deleted_at: datetime | None = None
    edits: str | None = None
    after: str | None = None
    feedback: dict[str, Feedback] = {}
    cached_at: datetime | None = None


class RoomDeleted(Value, frozen=True, kw_only=True):
    """The id of a deleted room."""

    room_id: str
