"""The hub: makes changes, numbers and delivers them, and knows who listens."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Set
from contextlib import asynccontextmanager
from typing import Protocol
from weakref import WeakValueDictionary

import msgspec

from basicchat.domain.errors import TooLarge
from basicchat.domain.events import Delta, Event, Position, Signal
from basicchat.domain.store import Store, Transaction
from basicchat.hub.outbox import Broadcast
from basicchat.hub.stream_fanout import (
    REST,
    Receiver,
    Rest,
    StreamFanout,
    Subscriber,
    Subscription,
)

Offsets = Mapping[str, Mapping[int, int]]


# What another process may have recorded between two looks.
MAX_GAP = 10_000


class ConnectionObserver(Protocol):
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

    def __init__(
        self,
        store: Store,
        *,
        max_streams: int = 2000,
        rest: Rest = REST,
    ) -> None:
        self._store = store
        self._rest = rest
        self._fanouts: WeakValueDictionary[str, StreamFanout] = WeakValueDictionary()
        self._order = asyncio.Lock()
        self._max_streams = max_streams
        self._watcher: ConnectionObserver | None = None
        self._missing_text: Callable[[str, Offsets], Iterable[Delta]] = lambda stream, have: ()

    def on_activate(self, missing_text: Callable[[str, Offsets], Iterable[Delta]]) -> None:
        """Say what gives the text of a stream's live runs from behind given offsets."""
        self._missing_text = missing_text

    def watch(self, watcher: ConnectionObserver) -> None:
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
            for stream in self.streams():
                position = await self._store.position(stream)
                if position is not None:
                    await self._fill_gap(stream, position.seq)

    async def _fill_gap(self, stream: str, up_to: int) -> None:
        """Deliver events that another process recorded; this one's never leave a gap."""
        fanout = self._fanouts.get(stream)
        known = None if fanout is None else fanout.lacks(up_to)
        if known is None:
            return
        position = await self._store.position(stream)
        if position is None:
            return
        cursor = Position(epoch=position.epoch, seq=known)
        replay = await self._store.replay(stream, cursor, MAX_GAP)
        for event in replay.events if replay else ():
            if event.seq <= up_to:
                self._deliver_event(event)

    def _deliver_event(self, event: Event) -> None:
        fanout = self._fanouts.get(event.stream)
        if fanout is None:
            return
        if event.type == "member.left":
            fanout.flush()
            self._expel(event.stream, msgspec.json.decode(event.data, type=_Left).id)
        fanout.deliver_event(event)

    def _expel(self, stream: str, user_id: str) -> None:
        """Who is no member any more sees nothing more, not even that."""
        for subscriber in self._subscribers(stream):
            if subscriber.user_id == user_id:
                self.leave(subscriber, stream)

    def fanout(self, stream: str) -> StreamFanout:
        """Who listens to a stream, now and as long as the answer is kept."""
        fanout = self._fanouts.get(stream)
        if fanout is None:
            fanout = self._fanouts[stream] = StreamFanout(stream, self._rest)
        return fanout

    def deliver(self, signal: Signal) -> None:
        """Deliver something that is not kept. Never waits."""
        fanout = self._fanouts.get(signal.stream)
        if fanout is not None:
            fanout.deliver(signal)

    def tell(self, subscriber: Subscriber, signal: Signal) -> None:
        """Deliver something that is not kept to one subscriber alone."""
        subscriber.outbox.deliver(Broadcast(signal))

    def tell_followers(self, subscribers: Iterable[Subscriber], signal: Signal) -> None:
        """Deliver it to those among these who follow its stream, encoded once."""
        broadcast = Broadcast(signal)
        for subscriber in subscribers:
            if signal.stream in subscriber.subscriptions:
                subscriber.outbox.deliver(broadcast)

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
        subscription = subscriber.subscriptions[stream] = self.fanout(stream).add(subscriber)
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
        outbox, stream = subscription.outbox, subscription.fanout.stream
        if subscription.subscriber.subscriptions.get(stream) is not subscription:
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
        for delta in self._missing_text(stream, offsets or {}):
            outbox.deliver(Broadcast(delta))

    def leave(self, subscriber: Subscriber, stream: str) -> None:
        """Stop listening to a stream."""
        subscription = subscriber.subscriptions.pop(stream, None)
        if subscription is not None:
            subscription.fanout.remove(subscriber)

    def drop(self, subscriber: Subscriber) -> None:
        """Forget a subscriber whose connection is gone."""
        for stream in tuple(subscriber.subscriptions):
            self.leave(subscriber, stream)
        if self._watcher is not None and not subscriber.unattended:
            self._watcher.went(subscriber)

    def close_stream(self, stream: str) -> None:
        """Nobody listens any more, since the stream is gone."""
        self.fanout(stream).flush()
        for subscriber in self._subscribers(stream):
            self.leave(subscriber, stream)

    def streams(self) -> list[str]:
        """The streams that anyone listens to."""
        return [each.stream for each in self._fanouts.values() if each.listening]

    def followed(self, stream: str) -> bool:
        """Whether anyone listens to a stream."""
        fanout = self._fanouts.get(stream)
        return fanout is not None and bool(fanout.listening)

    def listening_users(self, stream: str) -> Set[str]:
        """Who listens to a stream at this moment, and is there to read."""
        fanout = self._fanouts.get(stream)
        return frozenset() if fanout is None else fanout.users

    def _subscribers(self, stream: str) -> tuple[Subscriber, ...]:
        fanout = self._fanouts.get(stream)
        return () if fanout is None else tuple(each.subscriber for each in fanout.listening)


__all__ = ["ConnectionObserver", "Hub", "Offsets", "Receiver", "Subscriber", "Subscription"]
