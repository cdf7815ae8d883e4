"""The client's transport to an app in the same process."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import msgspec

from basicchat.app import App
from basicchat.client.events import TransportName
from basicchat.client.transport import TransportClosed
from basicchat.protocol.types import Cursor
from basicchat.transports.connection import Connection
from basicchat.transports.memory import MemorySocket


class MemoryTransport:
    """Carries frames to the server code of an app, with all its limits, but without a network.

    Args:
        app: an open app; its owner is logged in.
    """

    transport: TransportName = "memory"

    def __init__(self, app: App) -> None:
        self._app = app
        self._socket = MemorySocket()
        self._connection: Connection | None = None

    async def open(self) -> None:
        """Open the transport; see `Transport`."""
        token = self._app.token(self._app.owner)
        self._connection = self._app.server_context.connect(self._socket, token)

    def send(self, frame: bytes) -> None:
        """Deliver a frame; see `Transport`."""
        if self._connection is not None:
            self._connection.received(frame)

    async def frames(self) -> AsyncIterator[Any]:
        """Yield what arrives; see `Transport`."""
        while (frame := await self._socket.frames.get()) is not None:
            yield msgspec.json.decode(frame)
        raise TransportClosed(self._socket.closed[0] if self._socket.closed else 1000)

    def follow(self, cursors: Mapping[str, Cursor]) -> None:
        """Do nothing: the app tracks what this connection follows."""

    async def close(self) -> None:
        """Close the transport; see `Transport`."""
        if self._connection is not None:
            self._connection.lost()
        self._socket.close(1000, "")
