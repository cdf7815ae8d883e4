"""Frames between nodes within one process, for tests; and the streams of a node that is alone."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from basicchat.domain.node_streams import Handler, NodeGone, NodeStream

Heard = Callable[[bytes], None]


class MemoryWire:
    """Implements `hub.node_streams.NodeWire`.

    Args:
        nodes: by name, what takes the frames of each node; shared by all.
    """

    def __init__(self, node: str, nodes: dict[str, Heard]) -> None:
        self.node = node
        self._nodes = nodes

    async def reach(self, node: str, frame: bytes) -> bool:
        """Send a frame; False if the node does not exist."""
        self.send(node, frame)
        return node in self._nodes

    def send(self, node: str, frame: bytes) -> None:
        """Send a frame, which arrives in the event loop's next iteration."""
        if node in self._nodes:
            asyncio.get_running_loop().call_soon(self._nodes[node], frame)

    def listen(self, heard: Heard) -> None:
        """Call a function with each frame that comes."""
        self._nodes[self.node] = heard


class NoNodeStreams:
    """Implements `domain.node_streams.NodeStreams` for a node that is the only one."""

    node = ""

    def serve(self, kind: str, handler: Handler) -> None:
        """Do nothing: nobody asks."""

    def open(self, node: str, kind: str, first: bytes) -> AbstractAsyncContextManager[NodeStream]:
        """Refuse: there is no other node."""
        raise NodeGone

    async def run(self) -> None:
        """Wait until cancelled."""
        await asyncio.get_running_loop().create_future()
