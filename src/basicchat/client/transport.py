"""What carries frames: one interface, whatever the way."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Protocol

from basicchat.client.events import TransportName
from basicchat.client.timing import NO_CODE
from basicchat.protocol.types import Cursor


class TransportClosed(Exception):
    """A connection could not be opened, or has ended.

    Attributes:
        code: the WebSocket close code; 1006 where there was none.
    """

    def __init__(self, code: int = NO_CODE) -> None:
        super().__init__(code)
        self.code = code


class Transport(Protocol):
    """One connection. It is opened once, and never again after it has ended."""

    transport: TransportName

    async def open(self) -> None:
        """Open it.

        Raises:
            TransportClosed: there is no way through.
        """
        ...

    def send(self, frame: bytes) -> None:
        """Send a frame, some time soon; a failure ends the link."""
        ...

    def frames(self) -> AsyncIterator[Any]:
        """What comes, decoded; None is a sign of life that says nothing.

        Raises:
            TransportClosed: the link has ended.
        """
        ...

    def follow(self, cursors: Mapping[str, Cursor]) -> None:
        """Follow exactly these streams, where the server does not know that by itself."""
        ...

    async def close(self) -> None:
        """End it; safe to repeat."""
        ...
