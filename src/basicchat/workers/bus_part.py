"""The broker's part of the bus: who subscribes to what, and who knows of it."""

from itertools import count

import msgspec

from basicchat.broker.messages import (
    BUS,
    BusToBroker,
    Demand,
    Listening,
    Noted,
    Publish,
    Subscribe,
    Unsubscribe,
)
from basicchat.workers.nodes import Node, Reply

_decode = msgspec.msgpack.Decoder(BusToBroker).decode


class _Topic:
    """A topic: its subscribers, and what the workers know of them.

    Attributes:
        subscribers: each with the workers that do not know yet that somebody subscribes.
        told: the number of the latest `Demand` of each worker that has not taken note of it.
    """

    def __init__(self) -> None:
        self.subscribers: dict[Node, set[Node]] = {}
        self.told: dict[Node, int] = {}

    def wanted_by_others(self, node: Node) -> bool:
        """Whether another worker subscribes."""
        return len(self.subscribers) > (node in self.subscribers)


class BusPart:
    """Passes items on. Implements `workers.nodes.Part`."""

    def __init__(self) -> None:
        self._nodes: set[Node] = set()
        self._topics: dict[str, _Topic] = {}
        self._numbers = count(1)

    def joined(self, node: Node) -> None:
        """Tell a worker which topics the others subscribe to."""
        self._nodes.add(node)
        for name, topic in self._topics.items():
            if topic.subscribers:
                self._tell(name, topic, node, wanted=True)

    def received(self, node: Node, body: msgspec.Raw, reply: Reply) -> None:
        """Take a worker's message."""
        message = _decode(body)
        match message:
            case Publish(name):
                topic = self._topics.get(name)
                for other in topic.subscribers if topic is not None else ():
                    if other is not node:
                        other.post(BUS, body)
            case Subscribe(name):
                self._subscribe(node, name)
            case Unsubscribe(name):
                self._unsubscribe(node, name)
            case Noted(name, number):
                topic = self._topics.get(name)
                if topic is not None and topic.told.get(node) == number:
                    self._noted(node, name, topic)

    def _subscribe(self, node: Node, name: str) -> None:
        topic = self._topics.setdefault(name, _Topic())
        before = {other for other in self._nodes if topic.wanted_by_others(other)}
        topic.subscribers[node] = set()
        for other in self._nodes - before:
            if topic.wanted_by_others(other):
                self._tell(name, topic, other, wanted=True)
        waiting = topic.told.keys() - {node}
        topic.subscribers[node] = set(waiting)
        if not waiting:
            node.post(BUS, Listening(name))

    def _unsubscribe(self, node: Node, name: str) -> None:
        topic = self._topics.get(name)
        if topic is None or node not in topic.subscribers:
            return
        before = {other for other in self._nodes if topic.wanted_by_others(other)}
        del topic.subscribers[node]
        for other in before:
            if not topic.wanted_by_others(other):
                self._tell(name, topic, other, wanted=False)
        self._forget_idle(name, topic)

    def _tell(self, name: str, topic: _Topic, node: Node, *, wanted: bool) -> None:
        number = topic.told[node] = next(self._numbers)
        node.post(BUS, Demand(name, wanted, number))

    def _noted(self, node: Node, name: str, topic: _Topic) -> None:
        del topic.told[node]
        for subscriber, waiting in topic.subscribers.items():
            if node in waiting:
                waiting.discard(node)
                if not waiting:
                    subscriber.post(BUS, Listening(name))
        self._forget_idle(name, topic)

    def _forget_idle(self, name: str, topic: _Topic) -> None:
        if not topic.subscribers and not topic.told:
            del self._topics[name]

    def left(self, node: Node) -> None:
        """End a worker's subscriptions; nobody waits for it any more."""
        self._nodes.discard(node)
        for name, topic in tuple(self._topics.items()):
            self._unsubscribe(node, name)
            if node in topic.told:
                self._noted(node, name, topic)
