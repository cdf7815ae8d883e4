"""Frames between nodes as messages of Redis' channels, one for each node."""

from collections.abc import Callable

from basicchat.redis.commands import RedisDown
from basicchat.redis.link import RedisLink
from basicchat.redis.outgoing import LOST


class RedisWire:
    """Implements `hub.node_streams.NodeWire`."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link
        self._channel = _channel(link.node)
        self._heard: Callable[[bytes], None] | None = None

    @property
    def node(self) -> str:
        """This node's name."""
        return self._link.node

    async def reach(self, node: str, frame: bytes) -> bool:
        """Send a frame; False if nobody listens to that node's channel."""
        # Otherwise the answer would be missed.
        if not await self._link.settled(self._channel):
            raise RedisDown
        return await self._link.publish_counted(_channel(node), frame) > 0

    def send(self, node: str, frame: bytes) -> None:
        """Send a frame. Never waits."""
        self._link.publish(_channel(node), frame)

    def listen(self, heard: Callable[[bytes], None]) -> None:
        """Call a function with each frame that comes."""
        self._heard = heard
        self._link.listen(self._channel, self)

    def heard(self, channel: str, payload: bytes) -> None:
        """Take a frame; that some were lost shows in their numbers."""
        if self._heard is not None and payload != LOST:
            self._heard(payload)

    def listening(self, channel: str) -> None:
        """Do nothing: lost frames are noticed stream by stream."""


def _channel(node: str) -> str:
    return f"node:{node}"
