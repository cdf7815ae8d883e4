"""The broker's part of streams between workers: it carries their frames."""

import msgspec

from basicchat.broker.messages import FRAMES, NodeFrame
from basicchat.workers.nodes import Node, Reply

_decode = msgspec.msgpack.Decoder(NodeFrame).decode


class FramesPart:
    """Implements `workers.nodes.Part`."""

    def __init__(self) -> None:
        self._nodes: dict[str, Node] = {}

    def joined(self, node: Node) -> None:
        """Carry frames to a worker from now on."""
        self._nodes[node.name] = node

    def received(self, node: Node, body: msgspec.Raw, reply: Reply) -> None:
        """Carry a frame to its receiver."""
        other = self._nodes.get(_decode(body).node)
        if other is not None:
            other.post(FRAMES, body)
        reply(other is not None)

    def left(self, node: Node) -> None:
        """Carry no frames to a worker any more."""
        self._nodes.pop(node.name, None)
