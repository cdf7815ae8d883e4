"""The bus between nodes over Redis' channels.

Items of a topic are messages of its channel, which Redis hands to the nodes that subscribed to it.
`bus_items.py` encodes them, and `bus_redis_demand.py` finds out which topics other nodes listen to.
"""

import asyncio
from collections.abc import Callable

import structlog

from basicchat.domain.bus import BusItem, BusSubscriber
from basicchat.hub.bus_items import ItemSender, decode
from basicchat.hub.bus_redis_demand import ASKS, REPEAT_SECONDS, Demand
from basicchat.redis.link import RedisLink
from basicchat.redis.outgoing import LOST

log = structlog.get_logger(__name__)
CHANNEL = "items:"


class RedisBus:
    """Implements `domain.bus.Bus`."""

    def __init__(self, link: RedisLink) -> None:
        self.link = link
        self._sender = link.node.encode().ljust(16)[:16]
        self._subscribers: dict[str, BusSubscriber] = {}
        self._demand = Demand(link, lambda topic: self._send(topic, ASKS))
        self._sending = ItemSender(self._send)

    def publish(self, topic: str, item: BusItem) -> None:
        """Send an item to the other nodes that subscribe to the topic. Never waits."""
        self._sending.publish(topic, item)

    def _send(self, topic: str, kind: bytes, content: bytes = b"") -> None:
        self.link.publish(CHANNEL + topic, kind + self._sender + content)

    def subscribe(self, topic: str, subscriber: BusSubscriber) -> None:
        """Receive a topic's items; `missed` is called once none is missed any more."""
        self._subscribers[topic] = subscriber
        self.link.listen(CHANNEL + topic, self)

    def unsubscribe(self, topic: str) -> None:
        """Stop receiving a topic's items."""
        if self._subscribers.pop(topic, None) is not None:
            self.link.unlisten(CHANNEL + topic)
            self._demand.leave(topic)

    def watch_demand(
        self,
        topic: str,
        changed: Callable[[bool], None],
        late: Callable[[], None] | None = None,
    ) -> Callable[[], None]:
        """Call `changed` when the first other node subscribes to a topic or the last one leaves."""
        return self._demand.watch(topic, changed, late)

    def listening(self, channel: str) -> None:
        """No item of a topic is missed from now on."""
        topic = channel.removeprefix(CHANNEL)
        subscriber = self._subscribers.get(topic)
        if subscriber is not None:
            self._demand.announce(topic)
            subscriber.missed(topic)

    def heard(self, channel: str, payload: bytes) -> None:
        """Take a message of another node."""
        kind, sender = payload[:1], payload[1:17]
        topic = channel.removeprefix(CHANNEL)
        subscriber = self._subscribers.get(topic)
        if subscriber is None or sender == self._sender:
            return
        if kind == LOST:
            subscriber.missed(topic)
        elif kind == ASKS:
            self._demand.answer(topic)
        else:
            self._receive(subscriber, topic, kind, payload[17:])

    def _receive(self, subscriber: BusSubscriber, topic: str, kind: bytes, content: bytes) -> None:
        try:
            items = decode(kind, content)
        # A node of another version sends what this one does not know.
        except ValueError:
            log.warning("bus_item_unknown", topic=topic, kind=kind.decode("ascii", "replace"))
            subscriber.missed(topic)
            return
        for item in items:
            subscriber.received(topic, item)

    async def run(self) -> None:
        """Ask again and again who listens, until cancelled."""
        while True:
            await asyncio.sleep(REPEAT_SECONDS)
            self._demand.repeat()
