"""The streams followed on this node, with their fan-outs and their subscriptions to the bus."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol
from weakref import WeakValueDictionary

import msgspec

from basicchat.domain.bus import Bus, BusItem, StreamClosed
from basicchat.domain.events import Delta, Event, Events, Signal
from basicchat.hub.outbox import Broadcast
from basicchat.hub.stream_fanout import Pause, StreamFanout, Subscriber, Subscription


class ConnectionObserver(Protocol):
    """Notified of connections and the streams they follow; internal subscribers are excluded."""

    def connected(self, subscriber: Subscriber) -> None:
        """A connection subscribes to its first stream."""
        ...

    def followed(self, subscriber: Subscriber, stream: str) -> None:
        """A connection has subscribed to a stream."""
        ...

    def unfollowed(self, subscriber: Subscriber, stream: str) -> None:
        """A connection's subscription to a stream has ended."""
        ...

    def disconnected(self, subscriber: Subscriber) -> None:
        """A connection is gone."""
        ...


class _MemberId(msgspec.Struct):
    """The id of a member."""

    id: str


class DeltaRelay:
    """A receiver of deltas that publishes them for other nodes."""

    def __init__(self, bus: Bus, stream: str) -> None:
        self._bus = bus
        self._stream = stream

    def deliver(self, broadcast: Broadcast) -> None:
        """Publish a delta."""
        self._bus.publish(self._stream, broadcast.item)


class Streams:
    """Implements `domain.bus.BusSubscriber`: hands events to their fan-outs, in order.

    Attributes:
        behind: the streams whose log has to be read, because events were missed or arrived early.
        wake: set when a stream is added to `behind`.
    """

    def __init__(self, bus: Bus, observer: ConnectionObserver | None, pause: Pause) -> None:
        self._bus = bus
        self._observer = observer
        self._pause = pause
        self._fanouts: WeakValueDictionary[str, StreamFanout] = WeakValueDictionary()
        self.behind: dict[str, None] = {}
        self.wake = asyncio.Event()

    def get(self, stream: str) -> StreamFanout | None:
        """The fan-out of a stream, if a subscriber or a run references it."""
        return self._fanouts.get(stream)

    def followed(self) -> list[str]:
        """The streams with subscribers."""
        return [each.stream for each in self._fanouts.values() if each.subscriptions]

    def fanout(self, stream: str) -> StreamFanout:
        """The fan-out of a stream, which lives while the caller or a subscriber references it."""
        fanout = self._fanouts.get(stream)
        if fanout is None:
            fanout = self._fanouts[stream] = StreamFanout(stream, self._pause)
        return fanout

    def add(self, subscriber: Subscriber, stream: str) -> Subscription:
        """Subscribe; the stream's first subscriber also subscribes this node on the bus."""
        fanout = self.fanout(stream)
        if not fanout.subscriptions:
            self._bus.subscribe(stream, self)
        if self._observer is not None and not subscriber.unattended:
            if not subscriber.subscriptions:
                self._observer.connected(subscriber)
            if stream not in subscriber.subscriptions:
                self._observer.followed(subscriber, stream)
        subscription = subscriber.subscriptions[stream] = fanout.add(subscriber)
        return subscription

    def remove(self, subscriber: Subscriber, stream: str) -> None:
        """End a subscription, if there is one."""
        subscription = subscriber.subscriptions.pop(stream, None)
        if subscription is None:
            return
        subscription.fanout.remove(subscriber)
        if not subscription.fanout.subscriptions:
            self._bus.unsubscribe(stream)
        if self._observer is not None and not subscriber.unattended:
            self._observer.unfollowed(subscriber, stream)

    def disconnected(self, subscriber: Subscriber) -> None:
        """Notify the observer that a connection is gone."""
        if self._observer is not None and not subscriber.unattended:
            self._observer.disconnected(subscriber)

    def remove_all(self, stream: str) -> None:
        """End all subscriptions to a stream."""
        fanout = self.fanout(stream)
        fanout.flush()
        for subscription in fanout.subscriptions:
            self.remove(subscription.subscriber, stream)

    def received(self, topic: str, item: BusItem) -> None:
        """Deliver an item that another node published."""
        fanout = self._fanouts.get(topic)
        if fanout is None:
            return
        match item:
            case Event():
                self.take(fanout, item)
            case Events(events=events):
                for event in events:
                    self.take(fanout, event)
            case Delta() | Signal():
                fanout.deliver(item)
            case StreamClosed():
                self.remove_all(topic)
        if fanout.sequencer.has_gap:
            self.missed(topic)

    def missed(self, topic: str) -> None:
        """Request that a stream's log be read."""
        self.behind[topic] = None
        self.wake.set()

    def take(self, fanout: StreamFanout, event: Event) -> None:
        """Take an event from any source, and deliver the events that are now in order."""
        if fanout.subscriptions:
            self.deliver(fanout, fanout.sequencer.take(event))

    def deliver(self, fanout: StreamFanout, events: Sequence[Event]) -> None:
        """Deliver events that the sequencer released."""
        for event in events:
            if event.type == "member.left":
                fanout.flush()
                self._expel(fanout, event)
            fanout.deliver_event(event)

    def start(self, fanout: StreamFanout, seq: int) -> None:
        """Deliver events from a position on; if already begun, note that the log has reached it."""
        if fanout.sequencer.seq is not None:
            fanout.sequencer.expect(seq)
        elif fanout.subscriptions:
            for event in fanout.start(seq):
                if event.type == "member.left":
                    self._expel(fanout, event)
        if fanout.sequencer.has_gap:
            self.missed(fanout.stream)

    def relay_deltas(
        self, fanout: StreamFanout, text: Callable[[], Iterable[Delta]]
    ) -> Callable[[], None]:
        """Publish the deltas of this node's runs in a stream, while other nodes subscribe to it.

        Args:
            text: the text so far of these runs, for nodes that are found late.

        Returns:
            a function that stops it.
        """
        relay = DeltaRelay(self._bus, fanout.stream)

        def demand_changed(demand: bool) -> None:
            fanout.relay_to(relay if demand else None)

        def found_late() -> None:
            for delta in text():
                self._bus.publish(fanout.stream, delta)

        unwatch = self._bus.watch_demand(fanout.stream, demand_changed, found_late)

        def end() -> None:
            unwatch()
            fanout.relay_to(None)

        return end

    def _expel(self, fanout: StreamFanout, event: Event) -> None:
        """End the subscriptions of a former member, before this event is delivered."""
        user_id = msgspec.json.decode(event.data, type=_MemberId).id
        for subscription in fanout.subscriptions:
            if subscription.subscriber.user_id == user_id:
                self.remove(subscription.subscriber, fanout.stream)
