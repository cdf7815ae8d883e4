"""An MCP session over frames (WebSocket or stdio), which plugs into the shell of `transports`."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Protocol

from basicchat.api.calls import Caller
from basicchat.mcp.wire.dispatcher import FrameDispatcher
from basicchat.mcp.wire.negotiation import ProtocolSession
from basicchat.mcp.wire.request_server import RequestServer


class Outbox(Protocol):
    """The outbound queue of a connection."""

    def reply(self, frame: bytes) -> None:
        """Send a frame; never waits."""
        ...

    async def room(self) -> None:
        """Wait until the queue has room."""
        ...


class Shell(Protocol):
    """What MCP needs of the connection shell."""

    @property
    def caller(self) -> Caller:
        """The caller, with their current rights."""
        ...

    @property
    def outbox(self) -> Outbox:
        """The outbound queue."""
        ...

    @property
    def max_in_flight(self) -> int:
        """How many requests may be in flight."""
        ...

    def begin(self) -> bool:
        """Reserve a place for a request in flight; false if none is free."""
        ...

    def done(self) -> None:
        """Release a place."""
        ...

    def spawn(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Start a task that the server owns."""
        ...


class FrameSession:
    """One client's session. Implements the shell's session protocol, and `FrameTransport`."""

    def __init__(self, requests: RequestServer, shell: Shell) -> None:
        self.send = shell.outbox.reply
        self.room = shell.outbox.room
        self.begin, self.done, self.spawn = shell.begin, shell.done, shell.spawn
        self.max_in_flight = shell.max_in_flight
        self._dispatcher = FrameDispatcher(self, shell.caller, "frames")
        self._session = ProtocolSession(requests, self._dispatcher)
        self.received = self._dispatcher.received

    def lost(self) -> None:
        """End everything, since the connection is lost."""
        self._dispatcher.lost()
        self.spawn(self._session.close())
