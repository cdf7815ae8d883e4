"""The interface of the bridge's transports, and the one over WebSocket."""

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
from basicchat.domain.addresses import is_loopback
from basicchat.domain.errors import BasicChatError, InvalidInput
from basicchat.mcp.wire.frames import Id, Message, Request

OPEN_SECONDS = 10.0


class ServerNotFound(Exception):
    """No BasicChat server answers; the message says why, for users.

    `retry_after` is how many seconds a stopping server asks its clients to stay away.
    """

    def __init__(self, message: str, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Refused(Exception):
    """The server denies access; `error` says why."""

    def __init__(self, error: BasicChatError) -> None:
        super().__init__(error.message)
        self.error = error


class WebSocketBlocked(Exception):
    """Something answers, but does not open a WebSocket."""


class ConnectionLost(Exception):
    """The connection has ended, with a WebSocket close code and the server's reason.

    `retry_after` is how many seconds the server asks its clients to stay away, if the reason does
    not say so.
    """

    def __init__(self, code: int = NO_CODE, reason: str = "", *, retry_after: float = 0.0) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason
        self.retry_after = retry_after


class Transport(Protocol):
    """One connection. It is opened once, and never reopened.

    Attributes:
        unsent: requests that were passed to `send` but did not reach the server.
    """

    unsent: set[Id]

    async def open(self) -> None:
        """Open the connection.

        Raises:
            ServerNotFound: no server answers.
            Refused: the server denies access.
            WebSocketBlocked: WebSocket is not possible.
        """
        ...

    async def send(self, frame: bytes, message: Message) -> None:
        """Send a frame; waits while the server reads too slowly. Raises nothing if the connection
        is lost, which `frames` reports."""
        ...

    def frames(self) -> AsyncIterator[bytes]:
        """The received frames.

        Raises:
            ConnectionLost: the connection has ended.
        """
        ...

    async def close(self) -> None:
        """Close the connection; can be repeated."""
        ...


class WebSocketTransport:
    """Relays over WebSocket, subprotocol `mcp`.

    Args:
        url: the URL of `/mcp`, `ws://…` or `wss://…`.
    """

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._token = token
        self._socket: ClientConnection | None = None
        self.unsent: set[Id] = set()

    async def open(self) -> None:
        """Open the connection; see `Transport`."""
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
            # Any other status may come from a proxy that does not support WebSocket.
            if refused.response.status_code == 401:
                raise Refused(INVALID_TOKEN) from refused
            raise WebSocketBlocked from refused
        except InvalidURI as wrong:
            raise ServerNotFound("the address is invalid") from wrong
        except (InvalidHandshake, EOFError, ConnectionClosed, TimeoutError) as strange:
            raise WebSocketBlocked from strange
        except OSError as absent:
            raise ServerNotFound(connect_failure(absent)) from absent

    async def send(self, frame: bytes, message: Message) -> None:
        """Send a frame; see `Transport`."""
        assert self._socket is not None
        if self._socket.state is not State.OPEN and isinstance(message, Request):
            self.unsent.add(message.id)
        # `frames` reports the loss, with its code.
        with suppress(ConnectionClosed):
            await self._socket.send(frame, text=True)

    async def frames(self) -> AsyncIterator[bytes]:
        """The received frames; see `Transport`."""
        assert self._socket is not None
        try:
            while True:
                yield await self._socket.recv(decode=False)
        except ConnectionClosed as ended:
            if ended.rcvd is None:
                raise ConnectionLost from ended
            raise ConnectionLost(ended.rcvd.code, ended.rcvd.reason) from ended

    async def close(self) -> None:
        """Close the connection; see `Transport`."""
        if self._socket is not None:
            await self._socket.close()


def server_url(server: str, *, socket: bool) -> str:
    """The URL of a server's MCP endpoint, for WebSocket or HTTP.

    Raises:
        InvalidInput: the address is invalid.
    """
    schemes = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
    try:
        parts = urlsplit(server)
        known = parts.scheme in schemes and parts.hostname and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise InvalidInput(
            f"--server: {server} is not an address such as http://127.0.0.1:8765",
            field="server",
            reason="address_invalid",
            params={"address": server},
        )
    scheme = schemes[parts.scheme]
    path = parts.path.rstrip("/").removesuffix("/mcp")
    return f"{scheme if socket else scheme.replace('ws', 'http')}://{parts.netloc}{path}/mcp"


def is_local(url: str) -> bool:
    """Whether an address is on this machine, which no proxy can reach."""
    host = urlsplit(url).hostname or ""
    return host == "localhost" or is_loopback(host)
