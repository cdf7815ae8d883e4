"""The hub: makes changes, and delivers their events, deltas and signals to subscribers.

Theory of operation
-------------------
Above: handlers, runs and jobs, which make changes within `change()`, and transports, which
subscribe connections to streams. Below: the store, which numbers and stores events; a
`StreamFanout` for each stream that is followed on this node; and the bus, to and from other nodes.

A committed event reaches the subscribers of a node in one of three ways: directly after its commit,
over the bus, or from the log if the bus has lost it (`log_sync.py`). The sequencer of each fan-out
merges the three into one ordered sequence. A signal is delivered to the subscribers of all nodes at
most once.
"""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from basicchat.domain.bus import Bus, StreamClosed
from basicchat.domain.errors import TooLarge
from basicchat.domain.events import Delta, Event, Position, Signal
from basicchat.domain.run_directory import Offsets, RunDirectory
from basicchat.domain.store import Store, Transaction
from basicchat.hub.bus_memory import MemoryBus
from basicchat.hub.log_sync import LiveText, LogSync
from basicchat.hub.outbox import Broadcast
from basicchat.hub.stream_fanout import (
    DEFAULT_PAUSE,
    Pause,
    Receiver,
    StreamFanout,
    Subscriber,
    Subscription,
)
from basicchat.hub.streams import ConnectionObserver, Streams


class Hub:
    """Delivers events, deltas and signals to the subscribers of their stream.

    Args:
        bus: the bus to other nodes; None if this is the only node.
        live_text: the text of this node's runs in progress, for new subscribers.
        run_directory: reaches the runs of other nodes; None if this is the only node.
        observer: notified of connections that come and go.
        max_streams: the maximum number of streams that one connection follows.

    Attributes:
        log_sync: the server runs its `run` as a task.
    """

    def __init__(
        self,
        store: Store,
        *,
        bus: Bus | None = None,
        live_text: LiveText | None = None,
        run_directory: RunDirectory | None = None,
        observer: ConnectionObserver | None = None,
        max_streams: int = 2000,
        pause: Pause = DEFAULT_PAUSE,
    ) -> None:
        self._store = store
        self._bus = bus or MemoryBus()
        self._max_streams = max_streams
        self._streams = Streams(self._bus, observer, pause)
        self._live_text = live_text
        self.log_sync = LogSync(store, self._streams, live_text, run_directory)

    @asynccontextmanager
    async def change(self) -> AsyncIterator[Transaction]:
        """Make a change. Its events are delivered once it is committed."""
        gaps: list[StreamFanout] = []

        def deliver(transaction: Transaction) -> None:
            gaps.extend(self._deliver(transaction.events))
            if not gaps:
                _follow_up(transaction)

        async with self._store.transaction(deliver) as transaction:
            yield transaction
        if gaps:
            await self._fill(gaps, transaction)

    async def _fill(self, gaps: "list[StreamFanout]", transaction: Transaction) -> None:
        """Deliver the events that precede those of a transaction."""
        try:
            while gaps:
                await self.log_sync.fill_gap(gaps[-1])
                gaps.pop()
        finally:
            # If that failed or was cancelled, `log_sync` reads them.
            for fanout in gaps:
                self._streams.missed(fanout.stream)
            _follow_up(transaction)

    def _deliver(self, events: Iterable[Event]) -> list[StreamFanout]:
        """Deliver committed events; returns the fan-outs that are missing earlier ones."""
        gaps: dict[StreamFanout, None] = {}
        for event in events:
            self._bus.publish(event.stream, event)
            fanout = self._streams.get(event.stream)
            if fanout is not None:
                self._streams.take(fanout, event)
                if fanout.sequencer.has_gap:
                    gaps[fanout] = None
        return list(gaps)

    def fanout(self, stream: str) -> StreamFanout:
        """The fan-out of a stream, which lives while the caller or a subscriber references it."""
        return self._streams.fanout(stream)

    def deliver(self, signal: Signal) -> None:
        """Deliver a signal to the stream's subscribers on all nodes. Never waits."""
        self._bus.publish(signal.stream, signal)
        self.deliver_local(signal)

    def deliver_local(self, signal: Signal) -> None:
        """Deliver a signal to the stream's subscribers on this node. Never waits."""
        fanout = self._streams.get(signal.stream)
        if fanout is not None:
            fanout.deliver(signal)

    def deliver_to(self, subscriber: Subscriber, signal: Signal) -> None:
        """Deliver a signal to one subscriber only."""
        subscriber.outbox.deliver(Broadcast(signal))

    def deliver_to_followers(self, subscribers: Iterable[Subscriber], signal: Signal) -> None:
        """Deliver a signal to the given subscribers that follow its stream, encoded once."""
        broadcast = Broadcast(signal)
        for subscriber in subscribers:
            if signal.stream in subscriber.subscriptions:
                subscriber.outbox.deliver(broadcast)

    def subscribe(self, subscriber: Subscriber, stream: str) -> Subscription:
        """Subscribe; events are held until `activate`.

        An existing subscription restarts: events from now on are held for the new position.

        Raises:
            TooLarge: the subscriber follows too many streams.
        """
        is_subscribed = stream in subscriber.subscriptions
        if not is_subscribed and len(subscriber.subscriptions) >= self._max_streams:
            raise TooLarge(
                f"This connection follows {self._max_streams} conversations already",
                hint="Leave one with rooms.leave.",
                reason="too_many_rooms",
                params={"max_rooms": self._max_streams},
            )
        return self._streams.add(subscriber, stream)

    def activate(
        self,
        subscription: Subscription,
        position: Position,
        missed: Iterable[Event] = (),
        offsets: Offsets | None = None,
    ) -> None:
        """Deliver from a position on: missed events, held events, missing text, then live ones.

        Args:
            position: the position of the subscriber's snapshot, or of the last missed event.
            missed: events before the position that the subscriber is missing.
            offsets: the length of the subscriber's live text in code points, by run and part.
        """
        self.log_sync.activate(subscription, position, missed, offsets or {})

    def unsubscribe(self, subscriber: Subscriber, stream: str) -> None:
        """End a subscription, if there is one."""
        self._streams.remove(subscriber, stream)

    def unsubscribe_all(self, subscriber: Subscriber) -> None:
        """Remove a subscriber whose connection is gone."""
        for stream in tuple(subscriber.subscriptions):
            self.unsubscribe(subscriber, stream)
        self._streams.disconnected(subscriber)

    def relay_deltas(self, fanout: StreamFanout) -> Callable[[], None]:
        """Give deltas of this node's runs to the nodes that follow their stream, until called."""

        def text() -> Iterable[Delta]:
            return self._live_text.missing_text(fanout.stream, {}) if self._live_text else ()

        return self._streams.relay_deltas(fanout, text)

    def close_stream(self, stream: str) -> None:
        """End all subscriptions to a stream that was deleted, on all nodes."""
        self._bus.publish(stream, StreamClosed())
        self._streams.remove_all(stream)

    def streams(self) -> list[str]:
        """The streams that are followed on this node."""
        return self._streams.followed()

    def followed(self, stream: str) -> bool:
        """True if a subscriber on this node follows a stream."""
        fanout = self._streams.get(stream)
        return fanout is not None and bool(fanout.subscriptions)


def _follow_up(transaction: Transaction) -> None:
    for do in transaction.after_commit:
        do()


__all__ = ["ConnectionObserver", "Hub", "Offsets", "Receiver", "Subscriber", "Subscription"]
