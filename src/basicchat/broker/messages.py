"""The messages between workers and the broker, one group for each part.

Names of parts come first. Unless it says otherwise, a worker sends a message and the broker takes
it; a request names the type of its answer.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

from basicchat.domain.events import Delta
from basicchat.domain.presence import Status
from basicchat.domain.rate_limits import WindowLimit

CONTROL, BUS, PRESENCE, RUNS, LIMITS, LOCKS, CACHE, FRAMES, METRICS, COUNTS = (
    "control", "bus", "presence", "runs", "limits", "locks", "cache", "frames", "metrics",
    "counts",
)  # fmt: skip


class Message(msgspec.Struct, frozen=True, array_like=True):
    """Base of all messages; a union of them tells them apart by their tag."""


# The bus.


class Subscribe(Message, frozen=True, tag="s"):
    """Receive the items of a topic; `Listening` follows once none is missed any more."""

    topic: str


class Unsubscribe(Message, frozen=True, tag="u"):
    """Stop receiving the items of a topic."""

    topic: str


class Publish(Message, frozen=True, tag="p"):
    """Send an item to the other subscribers; they receive the same message."""

    topic: str
    kind: bytes
    content: bytes


class Noted(Message, frozen=True, tag="n"):
    """A worker has taken note of a `Demand`: what it publishes from now on is sent."""

    topic: str
    number: int


class Demand(Message, frozen=True, tag="d"):
    """From the broker: whether another worker subscribes to a topic; answered by `Noted`."""

    topic: str
    wanted: bool
    number: int


class Listening(Message, frozen=True, tag="l"):
    """From the broker: no item of a topic is missed from now on."""

    topic: str


BusToBroker = Subscribe | Unsubscribe | Publish | Noted
BusToWorker = Publish | Demand | Listening

# Presence.


class PresenceChanges(Message, frozen=True, tag="c"):
    """The changes of a worker: statuses by user; users that begin or end to follow a stream."""

    statuses: Mapping[str, Status | None]
    follows: tuple[tuple[str, str, bool], ...] = ()


class PresenceLeft(Message, frozen=True, tag="l"):
    """No user is present at this worker any more."""


class PeerPresence(Message, frozen=True, tag="p"):
    """From the broker: changes of another worker; None if it is gone."""

    node: str
    changes: PresenceChanges | None


PresenceToBroker = PresenceChanges | PresenceLeft

# Live runs.


class Reserve(Message, frozen=True, tag="r"):
    """Enter a run of this worker; answered by bool."""

    run_id: str
    user_id: str
    limit: int


class Release(Message, frozen=True, tag="x"):
    """Remove a run of this worker."""

    run_id: str


class Owner(Message, frozen=True, tag="o"):
    """The worker that owns a run; answered by its name or None."""

    run_id: str


class Serves(Message, frozen=True, tag="s"):
    """Whether this worker answers requests about its runs."""

    serves: bool


class MissingText(Message, frozen=True, tag="t"):
    """The text after offsets, of the other workers' runs; answered by `Deltas`.

    The broker passes the request on to the others, and they answer it in the same way.
    """

    stream: str
    have: Mapping[str, Mapping[int, int]]


class CancelRun(Message, frozen=True, tag="c"):
    """Cancel a run on the worker that owns it; passed on, and answered by bool."""

    run_id: str


Deltas = tuple[Delta, ...]
RunsToBroker = Reserve | Release | Owner | Serves | MissingText | CancelRun
RunsToWorker = MissingText | CancelRun

# Limits.


class Hit(Message, frozen=True, tag="h"):
    """Count a hit; answered by the seconds to wait."""

    limit: WindowLimit
    key: str


class Refund(Message, frozen=True, tag="f"):
    """Undo a hit; answered by None."""

    limit: WindowLimit
    key: str


class Acquire(Message, frozen=True, tag="a"):
    """Take a slot; answered by bool."""

    name: str
    key: str
    limit: int


class ReleaseSlot(Message, frozen=True, tag="r"):
    """Give a slot back."""

    name: str
    key: str


class SlotNodes(Message, frozen=True, tag="n"):
    """Ask which other workers have slots of a key; answered by a list of their names."""

    name: str
    key: str


class Charges(Message, frozen=True, tag="c"):
    """What messages have cost, in seconds by the key of their budget; passed on to the others."""

    costs: Mapping[str, float]


LimitsToBroker = Hit | Refund | Acquire | ReleaseSlot | SlotNodes | Charges

# Locks.


class Lock(Message, frozen=True, tag="l"):
    """Take the lock of a key, and be answered by None once it is held."""

    key: str
    place: int


class Unlock(Message, frozen=True, tag="u"):
    """Leave the queue of a key, also while waiting in it."""

    key: str
    place: int


LocksToBroker = Lock | Unlock

# The cache. All are requests.


class CacheGet(Message, frozen=True, tag="g"):
    """Answered by the value or None."""

    key: str


class CacheSet(Message, frozen=True, tag="s"):
    """Keep a value; answered by whether it was kept, which it always is unless `keep`.

    Attributes:
        keep: leave an earlier value as it is.
    """

    key: str
    value: bytes
    ttl_seconds: float
    keep: bool = False


class CacheDelete(Message, frozen=True, tag="d"):
    """Answered by None."""

    key: str


CacheToBroker = CacheGet | CacheSet | CacheDelete

# Frames of streams between workers.


class NodeFrame(Message, frozen=True, tag="f"):
    """Send a frame to another worker, which receives the same message.

    As a request it is answered by whether there is such a worker.
    """

    node: str
    content: bytes


# Numbers by key.


class Counts(Message, frozen=True):
    """The numbers of a worker that have changed, by key; 0 removes a key."""

    name: str
    counts: Mapping[str, int]


class PeerCounts(Message, frozen=True):
    """From the broker: such numbers of another worker; None if it is gone."""

    node: str
    name: str
    counts: Mapping[str, int] | None


# Metrics: a worker sends its `MetricsSnapshot`; as a request, it is answered by that of all. The
# broker's requests, which are empty, are answered by the worker's own.

# Control.


class Ready(Message, frozen=True, tag="r"):
    """A worker serves; the lines are for the user who has started the server."""

    lines: tuple[str, ...]


class Failed(Message, frozen=True, tag="f"):
    """A worker cannot start, for a reason that a new attempt would not change."""

    message: str
    hint: str | None


class Stop(Message, frozen=True, tag="s"):
    """From the supervisor: let answers finish and stop (`drain`), or stop at once (`now`).

    Attributes:
        how: with `grace`, it goes on accepting connections for a while, for load balancers that
            have not noticed; with `drain`, another process has taken over its listening socket.
    """

    how: Literal["grace", "drain", "now"]


class Lead(Message, frozen=True, tag="l"):
    """From the supervisor: this worker does what one of them has to do for all.

    It is sent again whenever workers are gone.

    Attributes:
        gone: the names of workers whose runs have to be ended, and whose jobs are free.
    """

    gone: tuple[str, ...] = ()


class Ping(Message, frozen=True, tag="p"):
    """From the supervisor: a request, answered by None."""


class Count(Message, frozen=True, tag="c"):
    """How many workers serve; answered by a number."""


ControlToBroker = Ready | Failed | Count
ControlToWorker = Stop | Lead | Ping
