"""The link over WebSocket."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.typing import Subprotocol

from basicchat.client.events import TransportName
from basicchat.client.task_group import TaskGroup
from basicchat.client.timing import NO_CODE
from basicchat.client.transport import TransportClosed
from basicchat.protocol.codec import MALFORMED, SUBPROTOCOL
from basicchat.protocol.types import Cursor

CLOSE_SECONDS = 2.0
MAX_OUTGOING = 1000


class WebSocketTransport:
    """Frames over a WebSocket with the subprotocol `basicchat.v1`.

    Args:
        url: `ws://…` or `wss://…`.
        seconds: how long opening it may take.
        options: more for `websockets.asyncio.client.connect`, such as `ssl`.
    """

    transport: TransportName = "websocket"

    def __init__(
        self, url: str, seconds: float, headers: Mapping[str, str], options: Mapping[str, Any]
    ) -> None:
        self._url = url
        self._seconds = seconds
        self._headers = headers
        self._options = options
        self._socket: ClientConnection | None = None
        self._outgoing: asyncio.Queue[bytes] = asyncio.Queue(MAX_OUTGOING)
        self._tasks = TaskGroup()

    async def open(self) -> None:
        """Open it; see `Transport`."""
        given = {
            "compression": None,
            # Whole rooms come in one frame; what the server sends is not to be refused for size.
            "max_size": None,
            # The client asks for signs of life itself, the same over every link.
            "ping_interval": None,
            "close_timeout": CLOSE_SECONDS,
        } | dict(self._options)
        try:
            self._socket = await connect(
                self._url,
                subprotocols=[Subprotocol(SUBPROTOCOL)],
                additional_headers=self._headers,
                open_timeout=self._seconds,
                **given,
            )
        except (OSError, InvalidHandshake, InvalidURI, ConnectionClosed, EOFError) as error:
            raise TransportClosed from error
        self._tasks.spawn(self._write(self._socket))

    def send(self, frame: bytes) -> None:
        """Send a frame; see `Transport`."""
        try:
            self._outgoing.put_nowait(frame)
        except asyncio.QueueFull:
            self._tasks.spawn(self.close())

    async def _write(self, socket: ClientConnection) -> None:
        try:
            while True:
                await socket.send((await self._outgoing.get()).decode())
        except ConnectionClosed:
            # The reader learns of it, and with which code.
            return

    async def frames(self) -> AsyncIterator[Any]:
        """What comes; see `Transport`."""
        if self._socket is None:
            raise TransportClosed
        try:
            while True:
                yield msgspec.json.decode(await self._socket.recv())
        except ConnectionClosed as error:
            raise TransportClosed(error.rcvd.code if error.rcvd else NO_CODE) from error
        except MALFORMED as error:
            raise TransportClosed from error

    def follow(self, cursors: Mapping[str, Cursor]) -> None:
        """The server knows what this connection follows."""

    async def close(self) -> None:
        """End it; see `Transport`."""
        if self._socket is not None:
            await self._socket.close()
        await self._tasks.end()
