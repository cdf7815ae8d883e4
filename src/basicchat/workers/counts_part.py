"""The broker's part of numbers that workers tell each other."""

import msgspec

from basicchat.broker.messages import COUNTS, Counts, PeerCounts
from basicchat.workers.nodes import Node, Reply

_decode = msgspec.msgpack.Decoder(Counts).decode


class CountsPart:
    """Passes numbers on, and keeps them for workers that start later.

    Implements `workers.nodes.Part`.
    """

    def __init__(self) -> None:
        self._counts: dict[Node, dict[str, dict[str, int]]] = {}

    def joined(self, node: Node) -> None:
        """Tell a worker the numbers of the others."""
        for other, names in self._counts.items():
            for name, counts in names.items():
                node.post(COUNTS, PeerCounts(other.name, name, counts))
        self._counts[node] = {}

    def received(self, node: Node, body: msgspec.Raw, reply: Reply) -> None:
        """Take a worker's numbers."""
        message = _decode(body)
        known = self._counts[node].setdefault(message.name, {})
        for key, count in message.counts.items():
            if count:
                known[key] = count
            else:
                known.pop(key, None)
        self._tell(node, PeerCounts(node.name, message.name, message.counts))

    def _tell(self, node: Node, message: PeerCounts) -> None:
        for other in self._counts:
            if other is not node:
                other.post(COUNTS, message)

    def left(self, node: Node) -> None:
        """Forget a worker's numbers."""
        del self._counts[node]
        self._tell(node, PeerCounts(node.name, "", None))
