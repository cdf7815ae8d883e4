"""Delivers events, deltas and signals of one stream to its subscribers on this node.

Theory of operation
-------------------
Above: the hub, which hands over committed events in any order, and `PartStream`, which hands over
the deltas of a run. Below: a `Receiver` for each subscriber, usually the outbox of a connection.

Events pass three stages:

1. The sequencer orders them and drops duplicates (`sequencer.py`).
2. They are *pending* while the stream pauses. Most of the cost of a large room is writing to many
   sockets, so a stream pauses after each delivery for 20 µs per subscriber, at most 5 ms, and sends
   everything committed in the meantime together. With fewer than 50 subscribers there is no pause.
3. They are sent, encoded once, to every subscription that is missing them.

A `Subscription` is *held* until the hub activates it at the position of a snapshot or of the end of
a replay. Until then it gathers events, and gets no deltas and signals.

Invariants:

- `subscription.seq` is the last event that was sent to an active subscription. It is never behind
  the first pending event, so no subscriber sees a gap or a duplicate.
- Nothing overtakes a pending event: deltas and signals flush the pending ones first.
- `subscriptions` is replaced, never mutated, so that slow subscribers can be dropped within a loop
  over it.
- The fan-out lives as long as a subscription or a run references it. The hub's own reference is
  weak.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from basicchat.domain.events import Delta, Event, Signal
from basicchat.hub.event_batches import MAX_BATCH_EVENTS, batches, broadcast_of
from basicchat.hub.outbox import Broadcast
from basicchat.hub.sequencer import StreamSequencer

# Event loops have millisecond timers, so a shorter pause is skipped.
MIN_PAUSE_SECONDS = 0.001


class Pause(NamedTuple):
    """The pause of a stream after a delivery, in seconds: per subscriber, and at most."""

    per_subscriber: float = 20e-6
    maximum: float = 0.005


DEFAULT_PAUSE = Pause()


class Receiver(Protocol):
    """Receives a subscriber's deliveries: the outbox of a connection, or code in the server."""

    def deliver(self, broadcast: Broadcast) -> None:
        """Take a delivery. Never waits."""
        ...


class Subscriber:
    """A connection, as the hub sees it.

    Args:
        silent_for: seconds since the last data from the peer; None if the transport cannot tell.
        lingers: true for polling connections; the user stays present between two polls.
        unattended: true for code in the server. It does not make its user present, and its
            deliveries do not count as read.
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

    Attributes:
        held: the events gathered until `Hub.activate`; None once active.
        seq: the seq of the last event sent.
    """

    __slots__ = ("fanout", "held", "outbox", "seq", "subscriber")

    def __init__(self, subscriber: Subscriber, fanout: "StreamFanout") -> None:
        self.subscriber = subscriber
        self.outbox = subscriber.outbox
        self.fanout = fanout
        self.seq = 0
        self.held: list[Event] | None = []

    def held_between(self, after: int, up_to: int) -> list[Event] | None:
        """The held events after one position up to another, in order; None if any is missing."""
        events = {each.seq: each for each in self.held or () if after < each.seq <= up_to}
        if len(events) < up_to - after:
            return None
        return [events[seq] for seq in sorted(events)]


class Relay:
    """Receives the deltas of this node's runs for other nodes, like an active subscription."""

    __slots__ = ("held", "outbox")

    def __init__(self, receiver: Receiver) -> None:
        self.outbox = receiver
        self.held = None


class StreamFanout:
    """The subscriptions to one stream on this node.

    Args:
        pause: the pause of the stream after a delivery of events.

    Attributes:
        subscriptions: all subscriptions, including held ones.
        sequencer: orders the events.
    """

    __slots__ = (
        "__weakref__",
        "_by_subscriber",
        "_delta_targets",
        "_flush_timer",
        "_pause",
        "_pause_ends",
        "_pending",
        "_relay",
        "sequencer",
        "stream",
        "subscriptions",
    )

    def __init__(self, stream: str, pause: Pause = DEFAULT_PAUSE) -> None:
        self.stream = stream
        self.sequencer = StreamSequencer()
        self.subscriptions: tuple[Subscription, ...] = ()
        self._by_subscriber: dict[Subscriber, Subscription] = {}
        self._relay: Relay | None = None
        self._delta_targets: tuple[Subscription | Relay, ...] = ()
        self._pause = pause
        self._pending: list[Event] = []
        self._flush_timer: asyncio.TimerHandle | None = None
        self._pause_ends = 0.0

    def add(self, subscriber: Subscriber) -> Subscription:
        """Subscribe; an existing subscription restarts."""
        if not self.subscriptions and not self.sequencer.is_new:
            self.sequencer = StreamSequencer()
        subscription = self._by_subscriber[subscriber] = Subscription(subscriber, self)
        self._replace_targets()
        return subscription

    def remove(self, subscriber: Subscriber) -> None:
        """End a subscription."""
        self._by_subscriber.pop(subscriber, None)
        self._replace_targets()

    def relay_to(self, receiver: Receiver | None) -> None:
        """Begin, or end, to give the deltas of this node's runs to other nodes, too."""
        self._relay = None if receiver is None else Relay(receiver)
        self._replace_targets()

    def _replace_targets(self) -> None:
        self.subscriptions = tuple(self._by_subscriber.values())
        self._delta_targets = self.subscriptions
        if self._relay is not None:
            self._delta_targets = (*self.subscriptions, self._relay)

    def start(self, seq: int) -> Sequence[Event]:
        """Let the sequencer begin after a position, and hold the events it had taken before.

        Returns:
            the events among them that are after the position and can be delivered now.
        """
        taken = self.sequencer.start(seq)
        for subscription in self.subscriptions:
            if subscription.held is not None:
                subscription.held += taken
        return [event for event in taken if seq < event.seq <= (self.sequencer.seq or 0)]

    @property
    def sent_seq(self) -> int:
        """The seq up to which events were sent, or held by inactive subscriptions."""
        return self._pending[0].seq - 1 if self._pending else self.sequencer.seq or 0

    def deliver_delta(self, delta: Delta) -> None:
        """Deliver a delta of a run that this node owns. Never waits."""
        if not self._delta_targets:
            return
        if self._pending:
            self.flush()
        broadcast = Broadcast(delta)
        for subscription in self._delta_targets:
            if subscription.held is None:
                subscription.outbox.deliver(broadcast)

    def deliver(self, item: Delta | Signal) -> None:
        """Deliver a delta or signal to this node's subscribers. Never waits."""
        if not self.subscriptions:
            return
        if self._pending:
            self.flush()
        broadcast = Broadcast(item)
        for subscription in self.subscriptions:
            if subscription.held is None:
                subscription.outbox.deliver(broadcast)

    def deliver_event(self, event: Event) -> None:
        """Deliver an event that the sequencer released, at once or when the pause ends."""
        if not self.subscriptions:
            return
        self._pending.append(event)
        if self._flush_timer is None:
            loop = asyncio.get_running_loop()
            pause = self._pause_ends - loop.time()
            if pause < MIN_PAUSE_SECONDS:
                self.flush()
            else:
                self._flush_timer = loop.call_later(pause, self.flush)
        elif len(self._pending) >= MAX_BATCH_EVENTS:
            self.flush()

    def flush(self) -> None:
        """Send the pending events to the subscriptions that are missing them, then pause."""
        if self._flush_timer is not None:
            self._flush_timer.cancel()
            self._flush_timer = None
        if not self._pending:
            return
        events, self._pending = self._pending, []
        for batch in batches(events):
            self._send(batch)
        pause = min(len(self.subscriptions) * self._pause.per_subscriber, self._pause.maximum)
        self._pause_ends = asyncio.get_running_loop().time() + pause

    def _send(self, events: list[Event]) -> None:
        broadcast = broadcast_of(events)
        first, last = events[0].seq, events[-1].seq
        for subscription in self.subscriptions:
            if subscription.held is not None:
                subscription.held += events
            elif subscription.seq < first:
                subscription.seq = last
                subscription.outbox.deliver(broadcast)
            elif subscription.seq < last:
                missing = [event for event in events if event.seq > subscription.seq]
                subscription.seq = last
                subscription.outbox.deliver(broadcast_of(missing))
