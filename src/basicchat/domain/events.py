"""The deliveries of the hub: durable events, text deltas and ephemeral signals."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from basicchat.domain.runs import PartKind
from basicchat.domain.values import Value

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
    "collection.updated",
    "collection.deleted",
    "task.updated",
    "feedback.set",
]


class Event(Value, frozen=True, kw_only=True):
    """A durable event: `seq` grows by one per stream and is assigned in the transaction.

    `data` is the JSON of the whole value after the change.
    """

    stream: str
    epoch: str
    seq: int
    type: EventType
    at: datetime
    data: msgspec.Raw


class Events(Value, frozen=True, kw_only=True):
    """Consecutive events of one stream, delivered together."""

    stream: str
    epoch: str
    events: tuple[Event, ...]


class Delta(Value, frozen=True, kw_only=True, gc=False):
    """A piece of a run's text; `off` is the number of code points of that part before it.

    It has the format of the wire (docs/protocol.md), so it does not contain its stream.
    """

    run: str
    part: int
    kind: PartKind
    off: int
    text: str


class Signal(Value, frozen=True, kw_only=True):
    """An ephemeral notification: the latest one counts, and none is stored."""

    stream: str
    type: Literal["typing", "presence", "draft", "unsaved", "service"]
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
