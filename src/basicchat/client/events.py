"""What a client tells its user, as typed values."""

from collections.abc import Awaitable
from typing import Any, Literal

import msgspec

from basicchat.client.errors import ChatError

Status = Literal[
    "idle",
    "connecting",
    "online",
    "reconnecting",
    "unauthenticated",
    "forbidden",
    "failed",
    "closed",
]
TransportName = Literal["websocket", "sse", "poll", "memory"]
STOPPED = frozenset({"unauthenticated", "forbidden", "failed", "closed"})
FINAL = frozenset({"run.completed", "run.failed", "run.cancelled", "run.interrupted"})


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """A turn has begun; `message_id` is that of the answer to come.

    In a shared room that does not call the assistant, `run_id` is None: nothing more comes.
    """

    run_id: str | None
    room_id: str
    message_id: str
    epoch: str
    seq: int
    type: Literal["accepted"] = "accepted"


class Delta(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a run's text, never doubled; `off` counts the code points before it."""

    run: str
    part: int
    kind: str
    off: int
    text: str
    type: Literal["delta"] = "delta"


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A durable event: something has changed, and `data` is how it is now.

    `epoch`, `seq` and `at` are None where a snapshot, not the event itself, told of the change.
    """

    stream: str
    type: str
    data: dict[str, Any]
    epoch: str | None = None
    seq: int | None = None
    at: str | None = None


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """Something passing: `type` is `typing` or `presence`."""

    stream: str
    type: str
    data: dict[str, Any]


class State(msgspec.Struct, frozen=True, kw_only=True):
    """How the connection is; `retry_in` is in seconds from when this was told."""

    status: Status
    transport: TransportName | None = None
    retry_in: float | None = None
    error: ChatError | None = None
    user: dict[str, Any] | None = None
    type: Literal["state"] = "state"


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A room as it is now; replaces what was known of it. `data` is the reply to `rooms.join`."""

    room_id: str
    data: dict[str, Any]
    type: Literal["snapshot"] = "snapshot"


class Stale(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a stream may be out of date: fetch it again."""

    stream: str
    type: Literal["stale"] = "stale"


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """A request that an earlier program could not send: it is being sent now.

    `reply` may be awaited, or not.
    """

    method: str
    params: dict[str, Any]
    reply: Awaitable[Any]
    type: Literal["restored"] = "restored"


ClientEvent = Accepted | Delta | Event | Signal | State | Snapshot | Stale | Restored
TurnEvent = Accepted | Delta | Event
NAMES: dict[type, str] = {
    Delta: "delta",
    Event: "event",
    Signal: "signal",
    State: "state",
    Snapshot: "snapshot",
    Stale: "stale",
    Restored: "restored",
}
