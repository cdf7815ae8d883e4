"""Who listens to a stream, and how far each of them has got."""

from collections.abc import Callable
from typing import Protocol

from basicchat.domain.events import Delta, Event, Signal
from basicchat.hub.outbox import Broadcast


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

    __slots__ = ("audience", "held", "outbox", "seq", "subscriber")

    def __init__(self, subscriber: Subscriber, audience: "Audience") -> None:
        self.subscriber = subscriber
        self.outbox = subscriber.outbox
        self.audience = audience
        self.seq = 0
        self.held: list[Event] | None = []


class Audience:
    """The subscriptions to one stream.

    It lives as long as anything holds it: those who listen, or a run that speaks to them.

    Attributes:
        listening: the subscriptions, to be looped over while those who are too slow are dropped.
    """

    __slots__ = ("__weakref__", "_of", "listening", "stream")

    def __init__(self, stream: str) -> None:
        self.stream = stream
        self.listening: tuple[Subscription, ...] = ()
        self._of: dict[Subscriber, Subscription] = {}

    def add(self, subscriber: Subscriber) -> Subscription:
        """Let a subscriber listen, anew if they do already."""
        subscription = self._of[subscriber] = Subscription(subscriber, self)
        self.listening = tuple(self._of.values())
        return subscription

    def remove(self, subscriber: Subscriber) -> None:
        """Let a subscriber listen no more."""
        self._of.pop(subscriber, None)
        self.listening = tuple(self._of.values())

    def deliver(self, item: Delta | Signal) -> None:
        """Deliver something that is not kept. Never waits."""
        if not self.listening:
            return
        broadcast = Broadcast(item)
        for subscription in self.listening:
            if subscription.held is None:
                subscription.outbox.deliver(broadcast)

    def deliver_event(self, event: Event) -> None:
        """Deliver an event to those who lack it, or hold it back for them."""
        broadcast = Broadcast(event)
        for subscription in self.listening:
            if subscription.held is not None:
                subscription.held.append(event)
            elif event.seq > subscription.seq:
                subscription.seq = event.seq
                subscription.outbox.deliver(broadcast)

    def lacks(self, seq: int) -> int | None:
        """How far the one who lacks most has got, if anybody lacks what comes up to `seq`."""
        active = (each.seq for each in self.listening if each.held is None)
        least = min(active, default=seq)
        return least if least < seq else None
