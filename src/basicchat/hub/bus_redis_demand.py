"""Finds out which topics other nodes listen to, for those that watch it.

A watcher asks on the topic's channel who listens. The listeners answer on a channel that only
watchers listen to, and tell there when they subscribe or leave. The question is repeated, so that a
node that died is forgotten.
"""

import asyncio
from collections.abc import Callable

from basicchat.redis.link import DEAD_SECONDS, RedisLink

CHANNEL = "listeners:"
REPEAT_SECONDS = 5.0
# The first byte of a message; the node's name follows.
ASKS, LISTENS, ANSWERS, LEAVES = b"?", b"+", b"=", b"-"
Changed = Callable[[bool], None]


class _Topic:
    """A watched topic: its watchers, and the nodes that listen, with the time of their answer."""

    def __init__(self) -> None:
        self.watchers: dict[object, tuple[Changed, Callable[[], None] | None]] = {}
        self.nodes: dict[bytes, float] = {}

    def report(self, demand: bool) -> None:
        """Tell the watchers that there is demand, or none."""
        for changed, _ in tuple(self.watchers.values()):
            changed(demand)

    def report_late(self) -> None:
        """Tell the watchers that a node listened before it was known."""
        for _, late in tuple(self.watchers.values()):
            if late is not None:
                late()


class Demand:
    """The demand of other nodes, and that of this one as far as others watch it.

    Args:
        ask: sends the question who listens to a topic to its listeners.
    """

    def __init__(self, link: RedisLink, ask: Callable[[str], None]) -> None:
        self._link = link
        self._node = link.node.encode()
        self._ask = ask
        self._topics: dict[str, _Topic] = {}

    def announce(self, topic: str) -> None:
        """Tell watchers that this node listens to a topic."""
        self._link.publish(CHANNEL + topic, LISTENS + self._node)

    def answer(self, topic: str) -> None:
        """Answer a watcher's question: this node listens to a topic."""
        self._link.publish(CHANNEL + topic, ANSWERS + self._node)

    def leave(self, topic: str) -> None:
        """Tell watchers that this node listens no more."""
        self._link.publish(CHANNEL + topic, LEAVES + self._node)

    def watch(
        self, topic: str, changed: Changed, late: Callable[[], None] | None
    ) -> Callable[[], None]:
        """Call a function when the first node begins to listen and when the last one leaves.

        Returns:
            a function that ends the watch.
        """
        watched = self._topics.get(topic)
        if watched is None:
            watched = self._topics[topic] = _Topic()
            self._link.listen(CHANNEL + topic, self)
        watch = object()
        watched.watchers[watch] = changed, late
        if watched.nodes:
            changed(True)
        return lambda: self._unwatch(topic, watch)

    def _unwatch(self, topic: str, watch: object) -> None:
        watched = self._topics.get(topic)
        if watched is None:
            return
        watched.watchers.pop(watch, None)
        if not watched.watchers:
            del self._topics[topic]
            self._link.unlisten(CHANNEL + topic)

    def listening(self, channel: str) -> None:
        """Ask who listens, now that the answers arrive."""
        self._ask(channel.removeprefix(CHANNEL))

    def heard(self, channel: str, payload: bytes) -> None:
        """Take what a node says about itself."""
        topic = channel.removeprefix(CHANNEL)
        watched, kind, node = self._topics.get(topic), payload[:1], payload[1:]
        if watched is None or node == self._node:
            return
        if kind in (LISTENS, ANSWERS):
            is_first, is_new = not watched.nodes, node not in watched.nodes
            watched.nodes[node] = asyncio.get_running_loop().time()
            if is_first:
                watched.report(True)
            # A node that has just subscribed asks for what it lacks itself.
            if is_new and kind == ANSWERS:
                watched.report_late()
        elif kind == LEAVES:
            self._remove(watched, node)
        else:
            # Messages were lost.
            self._ask(topic)

    def _remove(self, watched: _Topic, node: bytes) -> None:
        if watched.nodes.pop(node, None) is not None and not watched.nodes:
            watched.report(False)

    def repeat(self) -> None:
        """Ask again who listens, and forget those who have not answered for long."""
        before = asyncio.get_running_loop().time() - DEAD_SECONDS
        for topic, watched in tuple(self._topics.items()):
            for node in [node for node, answered in watched.nodes.items() if answered < before]:
                self._remove(watched, node)
            self._ask(topic)
