"""The transport over WebSocket."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.typing import Subprotocol

from basicchat.client.events import TransportName
from basicchat.client.task_group import TaskGroup
from basicchat.client.transport import NO_CODE, TransportClosed
from basicchat.protocol.codec import SUBPROTOCOL
from basicchat.protocol.jsonrpc import MALFORMED
from basicchat.protocol.types import Cursor

CLOSE_SECONDS = 2.0
MAX_OUTGOING = 1000


class WebSocketTransport:
    """Carries frames over a WebSocket with the subprotocol `basicchat.v1`.

    Args:
        url: `ws://…` or `wss://…`.
        open_timeout: how long opening may take, in seconds.
        options: further arguments of `websockets.asyncio.client.connect`, such as `ssl`.
    """

    transport: TransportName = "websocket"

    def __init__(
        self, url: str, open_timeout: float, headers: Mapping[str, str], options: Mapping[str, Any]
    ) -> None:
        self._url = url
        self._open_timeout = open_timeout
        self._headers = headers
        self._options = options
        self._socket: ClientConnection | None = None
        self._outgoing: asyncio.Queue[bytes] = asyncio.Queue(MAX_OUTGOING)
        self._tasks = TaskGroup()

    async def open(self) -> None:
        """Open the transport; see `Transport`."""
        given = {
            "compression": None,
            # A room's snapshot is one frame: no limit on what the server may send.
            "max_size": None,
            # The client probes every transport in the same way.
            "ping_interval": None,
            "close_timeout": CLOSE_SECONDS,
        } | dict(self._options)
        try:
            self._socket = await connect(
                self._url,
                subprotocols=[Subprotocol(SUBPROTOCOL)],
                additional_headers=self._headers,
                open_timeout=self._open_timeout,
                **given,
            )
        except (OSError, InvalidHandshake, InvalidURI, ConnectionClosed, EOFError) as error:
            raise TransportClosed from error
        self._tasks.spawn(self._write(self._socket))

    def send(self, frame: bytes) -> None:
        """Queue a frame; see `Transport`."""
        try:
            self._outgoing.put_nowait(frame)
        except asyncio.QueueFull:
            self._tasks.spawn(self.close())

    async def _write(self, socket: ClientConnection) -> None:
        try:
            while True:
                await socket.send((await self._outgoing.get()).decode())
        except ConnectionClosed:
            # The reader reports it, with the close code.
            return

    async def frames(self) -> AsyncIterator[Any]:
        """Yield what arrives; see `Transport`."""
        if self._socket is None:
            raise TransportClosed
        try:
            while True:
                yield msgspec.json.decode(await self._socket.recv())
        except ConnectionClosed as error:
            received = error.rcvd
            closed = TransportClosed(received.code, received.reason) if received else None
            raise closed or TransportClosed(NO_CODE) from error
        except MALFORMED as error:
            raise TransportClosed from error

    def follow(self, cursors: Mapping[str, Cursor]) -> None:
        """Do nothing: the server tracks what a WebSocket follows."""

    async def close(self) -> None:
        """Close the transport; see `Transport`."""
        if self._socket is not None:
            await self._socket.close()
        await self._tasks.cancel()
