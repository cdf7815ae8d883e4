"""The event vocabulary: what the hub delivers."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from basicchat.domain.values import PartKind, Value

EventType = Literal[
    "message.created",
    "message.updated",
    "message.deleted",
    "run.started",
    "run.step",
    "run.completed",
    "run.failed",
    "run.cancelled",
    "run.interrupted",
    "member.joined",
    "member.left",
    "member.changed",
    "room.updated",
    "room.deleted",
    "document.added",
    "document.updated",
    "document.removed",
    "task.updated",
    "feedback.set",
]


class Event(Value, frozen=True, kw_only=True):
    """A durable event: `seq` grows by one per stream and was given in the change's transaction.

    `data` is the JSON of the whole value after the change.
    """

    stream: str
    epoch: str
    seq: int
    type: EventType
    at: datetime
    data: msgspec.Raw


class Events(Value, frozen=True, kw_only=True):
    """Events of one stream that follow each other, told at once."""

    stream: str
    epoch: str
    events: tuple[Event, ...]


class Delta(Value, frozen=True, kw_only=True, gc=False):
    """A piece of a run's text; `off` is the number of code points of that part before it.

    It is as it goes over the wire (PROTOCOL 4.2), so it does not say which stream it belongs to.
    """

    run: str
    part: int
    kind: PartKind
    off: int
    text: str


class Signal(Value, frozen=True, kw_only=True):
    """An ephemeral: the latest wins, none is kept."""

    stream: str
    type: Literal["typing", "presence", "draft"]
    data: dict[str, Any]


# Whatever the hub delivers to a subscriber.
Delivery = Event | Events | Delta | Signal


class Position(Value, frozen=True, kw_only=True):
    """A place in a stream."""

    epoch: str
    seq: int


def user_stream(user_id: str) -> str:
    """The stream of one user: rooms list, documents, tasks, notifications."""
    return f"user:{user_id}"


def room_stream(room_id: str) -> str:
    """The stream of one room: messages, membership, runs."""
    return f"room:{room_id}"
