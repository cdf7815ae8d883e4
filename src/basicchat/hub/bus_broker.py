"""The bus between the workers of one machine, through the broker in their supervisor.

Every worker knows which topics the others subscribe to, and sends nothing for the rest. A
subscription has taken effect, so that `missed` is called, once all the others know of it.
"""

import asyncio
from collections.abc import Callable

import msgspec

from basicchat.broker.link import BrokerLink
from basicchat.broker.messages import (
    BUS,
    BusToWorker,
    Demand,
    Listening,
    Noted,
    Publish,
    Subscribe,
    Unsubscribe,
)
from basicchat.domain.bus import BusItem, BusSubscriber
from basicchat.hub.bus_items import ItemSender, decode

_decode = msgspec.msgpack.Decoder(BusToWorker).decode


class BrokerBus:
    """Implements `domain.bus.Bus`."""

    def __init__(self, link: BrokerLink) -> None:
        self._link = link
        self._subscribers: dict[str, BusSubscriber] = {}
        # Topics that other workers subscribe to.
        self._wanted: set[str] = set()
        self._watches: dict[str, dict[object, Callable[[bool], None]]] = {}
        self._sending = ItemSender(self._send)
        link.handle(BUS, self._handle)

    def publish(self, topic: str, item: BusItem) -> None:
        """Send an item to the other workers that subscribe to the topic. Never waits."""
        if topic in self._wanted:
            self._sending.publish(topic, item)

    def _send(self, topic: str, kind: bytes, content: bytes) -> None:
        self._link.post(BUS, Publish(topic, kind, content))

    def subscribe(self, topic: str, subscriber: BusSubscriber) -> None:
        """Receive a topic's items; `missed` is called once none is missed any more."""
        self._subscribers[topic] = subscriber
        self._link.post(BUS, Subscribe(topic))

    def unsubscribe(self, topic: str) -> None:
        """Stop receiving a topic's items."""
        if self._subscribers.pop(topic, None) is not None:
            self._link.post(BUS, Unsubscribe(topic))

    def watch_demand(
        self,
        topic: str,
        changed: Callable[[bool], None],
        late: Callable[[], None] | None = None,
    ) -> Callable[[], None]:
        """Call `changed` when the first other worker subscribes or the last one leaves.

        `late` is never called: a worker asks for the text that it lacks after its subscription, on
        the same way, so that the watcher knows of the subscription when it answers.
        """
        watch = object()
        self._watches.setdefault(topic, {})[watch] = changed
        if topic in self._wanted:
            changed(True)
        return lambda: self._unwatch(topic, watch)

    def _unwatch(self, topic: str, watch: object) -> None:
        watches = self._watches.get(topic, {})
        watches.pop(watch, None)
        if not watches:
            self._watches.pop(topic, None)

    def _handle(self, body: msgspec.Raw) -> None:
        message = _decode(body)
        match message:
            case Publish(topic, kind, content):
                self._receive(topic, kind, content)
            case Demand(topic, wanted, number):
                self._note_demand(topic, wanted=wanted)
                self._link.post(BUS, Noted(topic, number))
            case Listening(topic):
                subscriber = self._subscribers.get(topic)
                if subscriber is not None:
                    subscriber.missed(topic)

    def _receive(self, topic: str, kind: bytes, content: bytes) -> None:
        subscriber = self._subscribers.get(topic)
        if subscriber is not None:
            for item in decode(kind, content):
                subscriber.received(topic, item)

    def _note_demand(self, topic: str, *, wanted: bool) -> None:
        if wanted == (topic in self._wanted):
            return
        (self._wanted.add if wanted else self._wanted.discard)(topic)
        for changed in tuple(self._watches.get(topic, {}).values()):
            changed(wanted)

    async def run(self) -> None:
        """Wait until cancelled, then end all subscriptions."""
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            for topic in tuple(self._subscribers):
                self.unsubscribe(topic)
