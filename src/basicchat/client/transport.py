"""The interface of what carries frames between client and server."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Protocol

from basicchat.client.events import TransportName
from basicchat.protocol.types import Cursor

NO_CODE = 1006  # RFC 6455, 7.1.5: the connection ended without a close frame


class TransportClosed(Exception):
    """A transport could not be opened, or has closed.

    Attributes:
        code: the WebSocket close code; 1006 if there was none.
        reason: the reason in the close frame, which may be empty.
    """

    def __init__(self, code: int = NO_CODE, reason: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.reason = reason


class Transport(Protocol):
    """Carries the frames of one connection. It is opened once; a new connection needs another."""

    transport: TransportName

    async def open(self) -> None:
        """Open the transport.

        Raises:
            TransportClosed: the server cannot be reached.
        """
        ...

    def send(self, frame: bytes) -> None:
        """Queue a frame for sending; a failure closes the transport."""
        ...

    def frames(self) -> AsyncIterator[Any]:
        """Yield decoded frames as they arrive; None stands for a heartbeat.

        Raises:
            TransportClosed: the transport has closed.
        """
        ...

    def follow(self, cursors: Mapping[str, Cursor]) -> None:
        """Follow exactly these streams, if the server does not track that itself."""
        ...

    async def close(self) -> None:
        """Close the transport; safe to repeat."""
        ...
