"""What carries frames: one interface, whatever the way."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Protocol

from basicchat.client.backoff import NO_CODE
from basicchat.client.events import Transport
from basicchat.protocol.types import Cursor


class LinkLost(Exception):
    """A connection could not be opened, or has ended.

    Attributes:
        code: the WebSocket close code; 1006 where there was none.
    """

    def __init__(self, code: int = NO_CODE) -> None:
        super().__init__(code)
        self.code = code


class Link(Protocol):
    """One connection. It is opened once, and never again after it has ended."""

    transport: Transport

    async def open(self) -> None:
        """Open it.

        Raises:
            LinkLost: there is no way through.
        """
        ...

    def send(self, frame: bytes) -> None:
        """Send a frame, some time soon; a failure ends the link."""
        ...

    def frames(self) -> AsyncIterator[Any]:
        """What comes, decoded; None is a sign of life that says nothing.

        Raises:
            LinkLost: the link has ended.
        """
        ...

    def follow(self, cursors: Mapping[str, Cursor]) -> None:
        """Follow exactly these streams, where the server does not know that by itself."""
        ...

    async def close(self) -> None:
        """End it; safe to repeat."""
        ...
