"""Who listens to a stream, how far each of them has got, and how they are told.

Many small writes to many sockets are what a large room costs. So after its listeners were told of
something, it rests for a moment that grows with their number, and what happens meanwhile is told
together. A room of fifty does not rest at all, and nobody waits longer than five milliseconds.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Set
from typing import NamedTuple, Protocol

from basicchat.domain.events import Delta, Event, Events, Signal
from basicchat.hub.outbox import Broadcast

# What is less than the shortest that event loops count in is no rest.
LEAST_REST_SECONDS = 0.001
# What is told together.
MOST_EVENTS, MOST_BYTES = 50, 64 * 1024


class Rest(NamedTuple):
    """How long a stream rests for each listener who was told, and at most, in seconds."""

    each: float = 20e-6
    most: float = 0.005


REST = Rest()


class Receiver(Protocol):
    """Where a subscriber's deliveries go: the outbox of a connection, or a program."""

    def deliver(self, broadcast: Broadcast) -> None:
        """Take a delivery; never waits."""
        ...


class Subscriber:
    """A connection as the hub sees it.

    Args:
        silent_for: seconds since anything came from the other end, where that can be known.
        lingers: it is one of a series of short connections; between two its user is not gone.
        unattended: a program listens; nobody is here because of it, and nobody has read.
    """

    def __init__(
        self,
        outbox: Receiver,
        user_id: str,
        session_id: str,
        *,
        silent_for: Callable[[], float] | None = None,
        lingers: bool = False,
        unattended: bool = False,
    ) -> None:
        self.outbox = outbox
        self.user_id = user_id
        self.session_id = session_id
        self.silent_for = silent_for
        self.lingers = lingers
        self.unattended = unattended
        self.subscriptions: dict[str, Subscription] = {}


class Subscription:
    """One subscriber's place in one stream.

    It holds events back until `Hub.activate` says from which position the subscriber wants them,
    so that a snapshot, or a replay, and what follows it meet without a gap.
    """

    __slots__ = ("fanout", "held", "outbox", "seq", "subscriber")

    def __init__(self, subscriber: Subscriber, fanout: "StreamFanout") -> None:
        self.subscriber = subscriber
        self.outbox = subscriber.outbox
        self.fanout = fanout
        self.seq = 0
        self.held: list[Event] | None = []


class StreamFanout:
    """The subscriptions to one stream.

    It lives as long as anything holds it: those who listen, or a run that speaks to them.

    Args:
        rest: how long it rests after its listeners were told of events.

    Attributes:
        listening: the subscriptions, to be looped over while those who are too slow are dropped.
    """

    __slots__ = (
        "__weakref__",
        "_of",
        "_rest",
        "_rests_until",
        "_told",
        "_users",
        "_waiting",
        "_waking",
        "listening",
        "stream",
    )

    def __init__(self, stream: str, rest: Rest = REST) -> None:
        self.stream = stream
        self._rest = rest
        self.listening: tuple[Subscription, ...] = ()
        self._of: dict[Subscriber, Subscription] = {}
        self._users: set[str] | None = None
        self._waiting: list[Event] = []
        self._waking: asyncio.TimerHandle | None = None
        self._rests_until = 0.0
        # Who listens lacks nothing up to here, but what waits.
        self._told = 0

    def add(self, subscriber: Subscriber) -> Subscription:
        """Let a subscriber listen, anew if they do already."""
        subscription = self._of[subscriber] = Subscription(subscriber, self)
        self._changed()
        return subscription

    def remove(self, subscriber: Subscriber) -> None:
        """Let a subscriber listen no more."""
        self._of.pop(subscriber, None)
        self._changed()

    def _changed(self) -> None:
        self.listening = tuple(self._of.values())
        self._users = None

    @property
    def users(self) -> Set[str]:
        """Who listens, and is there to read, at this moment."""
        if self._users is None:
            self._users = {each.user_id for each in self._of if not each.unattended}
        return self._users

    def deliver(self, item: Delta | Signal) -> None:
        """Deliver something that is not kept. Never waits."""
        if not self.listening:
            return
        if self._waiting:
            self.flush()
        broadcast = Broadcast(item)
        for subscription in self.listening:
            if subscription.held is None:
                subscription.outbox.deliver(broadcast)

    def deliver_event(self, event: Event) -> None:
        """Deliver an event, now or together with what follows it within the moment of rest."""
        if not self.listening:
            return
        self._waiting.append(event)
        if self._waking is None:
            loop = asyncio.get_running_loop()
            rest = self._rests_until - loop.time()
            if rest < LEAST_REST_SECONDS:
                self.flush()
            else:
                self._waking = loop.call_later(rest, self.flush)
        elif len(self._waiting) >= MOST_EVENTS:
            self.flush()

    def flush(self) -> None:
        """Deliver what waits to those who lack it, or hold it back for them."""
        if self._waking is not None:
            self._waking.cancel()
            self._waking = None
        if not self._waiting:
            return
        events, self._waiting = self._waiting, []
        for some in _together(events):
            self._tell(some)
        rest = min(len(self.listening) * self._rest.each, self._rest.most)
        self._rests_until = asyncio.get_running_loop().time() + rest

    def _tell(self, events: list[Event]) -> None:
        broadcast = _broadcast(events)
        first, last = events[0].seq, events[-1].seq
        self._told = last
        for subscription in self.listening:
            if subscription.held is not None:
                subscription.held += events
            elif subscription.seq < first:
                subscription.seq = last
                subscription.outbox.deliver(broadcast)
            elif subscription.seq < last:
                lacking = [event for event in events if event.seq > subscription.seq]
                subscription.seq = last
                subscription.outbox.deliver(_broadcast(lacking))

    def lacks(self, seq: int) -> int | None:
        """How far the one who lacks most has got, if anybody lacks what comes up to `seq`."""
        if seq <= self._told or (self._waiting and seq <= self._waiting[-1].seq):
            return None
        if self._waiting:
            self.flush()
        active = (each.seq for each in self.listening if each.held is None)
        least = min(active, default=seq)
        return least if least < seq else None


def _together(events: Iterable[Event]) -> Iterator[list[Event]]:
    """Events of a stream, in order, in groups that are not too large to be told at once."""
    group: list[Event] = []
    size = 0
    for event in events:
        more = memoryview(event.data).nbytes
        if group and (
            len(group) == MOST_EVENTS or size + more > MOST_BYTES or event.epoch != group[0].epoch
        ):
            yield group
            group, size = [], 0
        group.append(event)
        size += more
    if group:
        yield group


def _broadcast(events: list[Event]) -> Broadcast:
    """What tells of one event, or of several at once."""
    first = events[0]
    if len(events) == 1:
        return Broadcast(first)
    return Broadcast(Events(stream=first.stream, epoch=first.epoch, events=tuple(events)))
