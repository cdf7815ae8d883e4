"""The broker's part of locks: a queue for each key, whose first holds the lock."""

import msgspec

from basicchat.broker.messages import Lock, LocksToBroker
from basicchat.workers.nodes import Node, Reply

_decode = msgspec.msgpack.Decoder(LocksToBroker).decode


class LocksPart:
    """Implements `workers.nodes.Part`."""

    def __init__(self) -> None:
        # Key → who holds its lock and who waits for it, in the order they came.
        self._queues: dict[str, dict[tuple[Node, int], Reply]] = {}

    def joined(self, node: Node) -> None:
        """Do nothing: a worker holds nothing at first."""

    def received(self, node: Node, body: msgspec.Raw, reply: Reply) -> None:
        """Take a worker's message."""
        message = _decode(body)
        place = node, message.place
        if isinstance(message, Lock):
            queue = self._queues.setdefault(message.key, {})
            queue[place] = reply
            if len(queue) == 1:
                reply(None)
        else:
            self._remove(message.key, place)

    def _remove(self, key: str, place: tuple[Node, int]) -> None:
        queue = self._queues.get(key, {})
        held = next(iter(queue), None) == place
        queue.pop(place, None)
        if not queue:
            self._queues.pop(key, None)
        elif held:
            next(iter(queue.values()))(None)

    def left(self, node: Node) -> None:
        """Free a worker's locks."""
        for key, queue in tuple(self._queues.items()):
            # Those that wait before the one that holds, so that none of them is told.
            for place in reversed([place for place in queue if place[0] is node]):
                self._remove(key, place)
