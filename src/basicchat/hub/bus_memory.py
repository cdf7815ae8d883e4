"""The bus within one process: for a single node, and for several hubs in tests."""

import asyncio
from collections.abc import Callable

from basicchat.domain.bus import BusItem, BusSubscriber


class MemoryBroker:
    """State shared by the nodes of one process: subscriptions to topics, and watches."""

    def __init__(self) -> None:
        self.nodes: set[MemoryBus] = set()
        self._watches: dict[str, dict[_Watch, None]] = {}

    def send(self, sender: "MemoryBus", topic: str, item: BusItem) -> None:
        """Deliver an item to the other nodes in the event loop's next iteration."""
        loop = asyncio.get_running_loop()
        for node in self.nodes:
            if node is not sender and topic in node.subscribers:
                loop.call_soon(node.receive, topic, item)

    def watch(self, watch: "_Watch") -> None:
        """Begin a watch."""
        self._watches.setdefault(watch.topic, {})[watch] = None
        watch.look(self.nodes)

    def unwatch(self, watch: "_Watch") -> None:
        """End a watch."""
        watches = self._watches.get(watch.topic, {})
        watches.pop(watch, None)
        if not watches:
            self._watches.pop(watch.topic, None)

    def demand_changed(self, topic: str) -> None:
        """Notify the watches of a topic whose demand has changed."""
        for watch in tuple(self._watches.get(topic, ())):
            watch.look(self.nodes)


class MemoryBus:
    """Implements `domain.bus.Bus` for one node of a broker, from its construction on."""

    def __init__(self, broker: MemoryBroker | None = None) -> None:
        self._broker = broker or MemoryBroker()
        self._broker.nodes.add(self)
        self.subscribers: dict[str, BusSubscriber] = {}

    def publish(self, topic: str, item: BusItem) -> None:
        """Send an item to the other nodes that subscribe to the topic."""
        if len(self._broker.nodes) > 1:
            self._broker.send(self, topic, item)

    def subscribe(self, topic: str, subscriber: BusSubscriber) -> None:
        """Receive a topic's items from now on."""
        self.subscribers[topic] = subscriber
        self._broker.demand_changed(topic)

    def unsubscribe(self, topic: str) -> None:
        """Stop receiving a topic's items."""
        self.subscribers.pop(topic, None)
        self._broker.demand_changed(topic)

    def watch_demand(
        self,
        topic: str,
        changed: Callable[[bool], None],
        late: Callable[[], None] | None = None,
    ) -> Callable[[], None]:
        """Call `changed` when the first other node subscribes to a topic or the last one leaves."""
        watch = _Watch(self, topic, changed)
        self._broker.watch(watch)
        return lambda: self._broker.unwatch(watch)

    def receive(self, topic: str, item: BusItem) -> None:
        """Take an item from the broker."""
        subscriber = self.subscribers.get(topic)
        if subscriber is not None:
            subscriber.received(topic, item)

    async def run(self) -> None:
        """Wait until cancelled, then leave the broker."""
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            topics, self.subscribers = self.subscribers, {}
            self._broker.nodes.discard(self)
            for topic in topics:
                self._broker.demand_changed(topic)


class _Watch:
    """One node's watch of other nodes' subscriptions to a topic."""

    def __init__(self, node: MemoryBus, topic: str, changed: Callable[[bool], None]) -> None:
        self.node = node
        self.topic = topic
        self._changed = changed
        self._demand = False

    def look(self, nodes: set[MemoryBus]) -> None:
        """Report the demand, if it has changed."""
        demand = any(self.topic in node.subscribers for node in nodes if node is not self.node)
        if demand is not self._demand:
            self._demand = demand
            self._changed(demand)
