"""The ways from the bridge to a server: what they have in common, and the one over WebSocket."""

import ipaddress
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, Protocol
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.protocol import State
from websockets.typing import Subprotocol

from basicchat.bridge.errors import INVALID_TOKEN, connect_failure
from basicchat.client.transport import NO_CODE
from basicchat.domain.errors import BasicChatError, InvalidInput
from basicchat.mcp.wire.frames import Id, Message, Request

OPEN_SECONDS = 10.0


class ServerNotFound(Exception):
    """Nothing that is BasicChat answers; the message says how that showed, for users."""


class Refused(Exception):
    """The server answers, and does not let us in; `error` says why."""

    def __init__(self, error: BasicChatError) -> None:
        super().__init__(error.message)
        self.error = error


class WebSocketBlocked(Exception):
    """Something answers, but opens no WebSocket."""


class ConnectionLost(Exception):
    """The connection has ended, with a close code of WebSocket and the server's reason."""

    def __init__(self, code: int = NO_CODE, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


class Transport(Protocol):
    """One connection. It is opened once, and never again after it has ended.

    Attributes:
        unsent: requests that were handed over, of which nothing has reached the server.
    """

    unsent: set[Id]

    async def open(self) -> None:
        """Open it.

        Raises:
            ServerNotFound: there is no such server, or not now.
            Refused: it does not let us in.
            WebSocketBlocked: not this way.
        """
        ...

    async def send(self, frame: bytes, message: Message) -> None:
        """Send a frame; waits while the server does not keep up. That the link is lost, the
        reader learns."""
        ...

    def frames(self) -> AsyncIterator[bytes]:
        """What comes.

        Raises:
            ConnectionLost: the link has ended.
        """
        ...

    async def close(self) -> None:
        """End it; safe to repeat."""
        ...


class WebSocketTransport:
    """Over WebSocket, subprotocol `mcp`.

    Args:
        url: of `/mcp`, `ws://…` or `wss://…`.
    """

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._token = token
        self._socket: ClientConnection | None = None
        self.unsent: set[Id] = set()

    async def open(self) -> None:
        """Open it; see `Transport`."""
        options: dict[str, Any] = {"proxy": None} if is_local(self._url) else {}
        try:
            self._socket = await connect(
                self._url,
                subprotocols=[Subprotocol("mcp")],
                additional_headers={"authorization": f"Bearer {self._token}"},
                open_timeout=OPEN_SECONDS,
                compression=None,
                max_size=None,
                **options,
            )
        except InvalidStatus as refused:
            # Any other status may be of something on the way, which knows no WebSocket.
            if refused.response.status_code == 401:
                raise Refused(INVALID_TOKEN) from refused
            raise WebSocketBlocked from refused
        except InvalidURI as wrong:
            raise ServerNotFound("That is no address") from wrong
        except (InvalidHandshake, EOFError, ConnectionClosed, TimeoutError) as strange:
            raise WebSocketBlocked from strange
        except OSError as absent:
            raise ServerNotFound(connect_failure(absent)) from absent

    async def send(self, frame: bytes, message: Message) -> None:
        """Send a frame; see `Transport`."""
        assert self._socket is not None
        if self._socket.state is not State.OPEN and isinstance(message, Request):
            self.unsent.add(message.id)
        # The reader learns of it, and with which code.
        with suppress(ConnectionClosed):
            await self._socket.send(frame, text=True)

    async def frames(self) -> AsyncIterator[bytes]:
        """What comes; see `Transport`."""
        assert self._socket is not None
        try:
            while True:
                yield await self._socket.recv(decode=False)
        except ConnectionClosed as ended:
            if ended.rcvd is None:
                raise ConnectionLost from ended
            raise ConnectionLost(ended.rcvd.code, ended.rcvd.reason) from ended

    async def close(self) -> None:
        """End it; see `Transport`."""
        if self._socket is not None:
            await self._socket.close()


def server_url(server: str, *, socket: bool) -> str:
    """Where a server speaks MCP, over WebSocket or HTTP.

    Raises:
        InvalidInput: that is no address of a server.
    """
    schemes = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
    try:
        parts = urlsplit(server)
        known = parts.scheme in schemes and parts.hostname and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise InvalidInput(
            f"--server: {server} came; allowed: an address such as http://127.0.0.1:8765"
        )
    scheme = schemes[parts.scheme]
    path = parts.path.rstrip("/").removesuffix("/mcp")
    return f"{scheme if socket else scheme.replace('ws', 'http')}://{parts.netloc}{path}/mcp"


def is_local(url: str) -> bool:
    """Whether an address is this machine's, to which no proxy leads."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
