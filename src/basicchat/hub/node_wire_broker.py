"""Frames between the workers of one machine, which the broker carries."""

from collections.abc import Callable

import msgspec

from basicchat.broker.link import BrokerLink
from basicchat.broker.messages import FRAMES, NodeFrame

_decode = msgspec.msgpack.Decoder(NodeFrame).decode


class BrokerWire:
    """Implements `hub.node_streams.NodeWire`."""

    def __init__(self, link: BrokerLink) -> None:
        self._link = link

    @property
    def node(self) -> str:
        """This worker's name."""
        return self._link.node

    async def reach(self, node: str, frame: bytes) -> bool:
        """Send a frame; False if there is no such worker."""
        return bool(await self._link.ask(FRAMES, NodeFrame(node, frame), bool))

    def send(self, node: str, frame: bytes) -> None:
        """Send a frame. Never waits."""
        self._link.post(FRAMES, NodeFrame(node, frame))

    def listen(self, heard: Callable[[bytes], None]) -> None:
        """Call a function with each frame that comes."""
        self._link.handle(FRAMES, lambda body: heard(_decode(body).content))
