"""MCP over frames, WebSocket's or lines, as it plugs into the connection shell of `transports`."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Protocol

from basicchat.api.calls import Caller
from basicchat.mcp.wire.dispatcher import FrameDispatcher
from basicchat.mcp.wire.negotiation import ProtocolSession
from basicchat.mcp.wire.request_server import RequestServer


class Outbox(Protocol):
    """The queue of a connection."""

    def reply(self, frame: bytes) -> None:
        """Send a frame; never waits."""
        ...

    async def room(self) -> None:
        """Wait until there is room for more."""
        ...


class Shell(Protocol):
    """The connection shell, as far as MCP needs it."""

    @property
    def caller(self) -> Caller:
        """Who is there, with the rights of now."""
        ...

    @property
    def outbox(self) -> Outbox:
        """The way out."""
        ...

    @property
    def max_in_flight(self) -> int:
        """How many requests may be unanswered."""
        ...

    def begin(self) -> bool:
        """Take a place for a request in flight; false if there is none."""
        ...

    def done(self) -> None:
        """Give a place back."""
        ...

    def spawn(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Start a task that the server owns."""
        ...


class FrameSession:
    """MCP with one client. Implements the session protocol of the shell, and `FrameTransport`."""

    def __init__(self, requests: RequestServer, shell: Shell) -> None:
        self.send = shell.outbox.reply
        self.room = shell.outbox.room
        self.begin, self.done, self.spawn = shell.begin, shell.done, shell.spawn
        self.max_in_flight = shell.max_in_flight
        self._dispatcher = FrameDispatcher(self, shell.caller, "frames")
        self._session = ProtocolSession(requests, self._dispatcher)
        self.received = self._dispatcher.received

    def lost(self) -> None:
        """The connection is gone: end what was being done for it."""
        self._dispatcher.lost()
        self.spawn(self._session.close())
