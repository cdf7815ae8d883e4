"""The hub: makes changes, numbers and delivers them, and knows who listens."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Protocol

import msgspec

from basicchat.domain.errors import TooLarge
from basicchat.domain.events import Delta, Event, Position, Signal
from basicchat.domain.store import Store, Transaction
from basicchat.hub.outbox import Broadcast

Offsets = Mapping[str, Mapping[int, int]]


# What another process may have recorded between two looks.
MAX_GAP = 10_000


class Subscription:
    """One subscriber's place in one stream.

    It holds events back until `Hub.activate` says from which position the subscriber wants them,
    so that a snapshot, or a replay, and what follows it meet without a gap.
    """

    __slots__ = ("held", "seq", "stream", "subscriber")

    def __init__(self, subscriber: "Subscriber", stream: str) -> None:
        self.subscriber = subscriber
        self.stream = stream
        self.seq = 0
        self.held: list[Event] | None = []


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


class Watcher(Protocol):
    """Who wants to know of connections."""

    def came(self, subscriber: Subscriber) -> None:
        """It follows its first stream."""
        ...

    def went(self, subscriber: Subscriber) -> None:
        """It is gone."""
        ...


class _Left(msgspec.Struct):
    """The part of a member that tells who it is."""

    id: str


class Hub:
    """Delivers events, deltas and signals to the subscribers of their stream."""

    def __init__(self, store: Store, *, max_streams: int = 2000) -> None:
        self._store = store
        self._listeners: dict[str, dict[Subscriber, Subscription]] = {}
        self._order = asyncio.Lock()
        self._max_streams = max_streams
        self._watcher: Watcher | None = None
        self._missing_text: Callable[[str, Offsets], Iterable[Delta]] = lambda stream, have: ()

    def on_activate(self, missing_text: Callable[[str, Offsets], Iterable[Delta]]) -> None:
        """Say what gives the text of a stream's live runs from behind given offsets."""
        self._missing_text = missing_text

    def watch(self, watcher: Watcher) -> None:
        """Say who is told of connections that come and go."""
        self._watcher = watcher

    @asynccontextmanager
    async def change(self) -> AsyncIterator[Transaction]:
        """Change something. Its events go out, in order, once it is committed."""
        async with self._order:
            async with self._store.transaction() as transaction:
                yield transaction
            for event in transaction.events:
                await self._fill_gap(event.stream, event.seq - 1)
                self._deliver_event(event)

    async def catch_up(self) -> None:
        """Deliver what another process has changed in the same store, if any has."""
        if not await self._store.changed_elsewhere():
            return
        async with self._order:
            for stream in tuple(self._listeners):
                position = await self._store.position(stream)
                if position is not None:
                    await self._fill_gap(stream, position.seq)

    async def _fill_gap(self, stream: str, up_to: int) -> None:
        """Deliver events that another process recorded; this one's never leave a gap."""
        active = [s.seq for s in self._listeners.get(stream, {}).values() if s.held is None]
        if not active or min(active) >= up_to:
            return
        position = await self._store.position(stream)
        if position is None:
            return
        cursor = Position(epoch=position.epoch, seq=min(active))
        replay = await self._store.replay(stream, cursor, MAX_GAP)
        for event in replay.events if replay else ():
            if event.seq <= up_to:
                self._deliver_event(event)

    def _deliver_event(self, event: Event) -> None:
        if event.type == "member.left":
            self._expel(event.stream, msgspec.json.decode(event.data, type=_Left).id)
        listeners = self._listeners.get(event.stream)
        if not listeners:
            return
        broadcast = Broadcast(event)
        for subscription in tuple(listeners.values()):
            if subscription.held is not None:
                subscription.held.append(event)
            elif event.seq > subscription.seq:
                subscription.seq = event.seq
                subscription.subscriber.outbox.deliver(broadcast)

    def _expel(self, stream: str, user_id: str) -> None:
        """Who is no member any more sees nothing more, not even that."""
        for subscriber in tuple(self._listeners.get(stream, ())):
            if subscriber.user_id == user_id:
                self.leave(subscriber, stream)

    def deliver(self, item: Delta | Signal) -> None:
        """Deliver something that is not kept. Never waits."""
        listeners = self._listeners.get(item.stream)
        if not listeners:
            return
        broadcast = Broadcast(item)
        # A copy, since a subscriber that turns out to be too slow is dropped meanwhile.
        for subscription in tuple(listeners.values()):
            if subscription.held is None:
                subscription.subscriber.outbox.deliver(broadcast)

    def listen(self, subscriber: Subscriber, stream: str) -> Subscription:
        """Begin to listen; events are held back until `activate`.

        Who already listens begins anew: what comes from now on is held for the new position.

        Raises:
            TooLarge: the subscriber listens to too many streams.
        """
        known = stream in subscriber.subscriptions
        if not known and len(subscriber.subscriptions) >= self._max_streams:
            raise TooLarge(
                f"This connection follows {self._max_streams} conversations already",
                hint="Leave one with rooms.leave.",
            )
        if not subscriber.subscriptions and not subscriber.unattended and self._watcher is not None:
            self._watcher.came(subscriber)
        subscription = Subscription(subscriber, stream)
        subscriber.subscriptions[stream] = subscription
        self._listeners.setdefault(stream, {})[subscriber] = subscription
        return subscription

    def activate(
        self,
        subscription: Subscription,
        position: Position,
        missed: Iterable[Event] = (),
        offsets: Offsets | None = None,
    ) -> None:
        """Deliver from a position on: missed events, those held back, missing text, then live.

        Args:
            position: where the subscriber's snapshot stands, or the missed events end.
            missed: events before the position that the subscriber lacks.
            offsets: by run and part, how many code points of live text the subscriber has.
        """
        outbox = subscription.subscriber.outbox
        if subscription.subscriber.subscriptions.get(subscription.stream) is not subscription:
            # Left, or begun anew, in the meantime.
            return
        held, subscription.held = subscription.held or [], None
        for event in missed:
            outbox.deliver(Broadcast(event))
        subscription.seq = position.seq
        for event in held:
            if event.seq > subscription.seq:
                subscription.seq = event.seq
                outbox.deliver(Broadcast(event))
        for delta in self._missing_text(subscription.stream, offsets or {}):
            outbox.deliver(Broadcast(delta))

    def leave(self, subscriber: Subscriber, stream: str) -> None:
        """Stop listening to a stream."""
        subscriber.subscriptions.pop(stream, None)
        listeners = self._listeners.get(stream)
        if listeners is not None:
            listeners.pop(subscriber, None)
            if not listeners:
                del self._listeners[stream]

    def drop(self, subscriber: Subscriber) -> None:
        """Forget a subscriber whose connection is gone."""
        for stream in tuple(subscriber.subscriptions):
            self.leave(subscriber, stream)
        if self._watcher is not None and not subscriber.unattended:
            self._watcher.went(subscriber)

    def close_stream(self, stream: str) -> None:
        """Nobody listens any more, since the stream is gone."""
        for subscriber in tuple(self._listeners.get(stream, ())):
            self.leave(subscriber, stream)

    def followed(self, stream: str) -> bool:
        """Whether anyone listens to a stream."""
        return stream in self._listeners

    def listening_users(self, stream: str) -> set[str]:
        """Who listens to a stream at this moment, and is there to read."""
        listening = self._listeners.get(stream, ())
        return {each.user_id for each in listening if not each.unattended}
