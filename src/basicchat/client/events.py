"""The events of a client, as typed values."""

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
    """A turn has started; `message_id` is that of the answer to come.

    In a shared room, a message that does not address the assistant is only posted: `run_id` is
    None, and nothing follows.
    """

    run_id: str | None
    room_id: str
    message_id: str
    epoch: str
    seq: int
    type: Literal["accepted"] = "accepted"


class Delta(msgspec.Struct, frozen=True, kw_only=True):
    """The next piece of a run's text; `off` is the number of code points before it."""

    run: str
    part: int
    kind: str
    off: int
    text: str
    type: Literal["delta"] = "delta"


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A durable event: `data` is what has changed, as it is after the change.

    `epoch`, `seq` and `at` are None if the client learned of the change from a snapshot.
    """

    stream: str
    type: str
    data: dict[str, Any]
    epoch: str | None = None
    seq: int | None = None
    at: str | None = None


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """An ephemeral event: `type` is `typing`, `presence`, `draft`, `unsaved` or `service`."""

    stream: str
    type: str
    data: dict[str, Any]


class State(msgspec.Struct, frozen=True, kw_only=True):
    """The state of the connection; `retry_in` counts seconds from the time of this event."""

    status: Status
    transport: TransportName | None = None
    retry_in: float | None = None
    error: ChatError | None = None
    user: dict[str, Any] | None = None
    type: Literal["state"] = "state"


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The current state of a room, which replaces what was known. `data` is as of `rooms.join`."""

    room_id: str
    data: dict[str, Any]
    type: Literal["snapshot"] = "snapshot"


class Stale(msgspec.Struct, frozen=True, kw_only=True):
    """Events of a stream were missed: fetch the state that depends on it again."""

    stream: str
    type: Literal["stale"] = "stale"


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """A request that an earlier program could not send, and that is being sent now.

    Awaiting `reply` is optional.
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
