"""Queues messages of the client while there is no connection; requests expire after a time."""

import asyncio
from collections import deque
from collections.abc import Callable

import msgspec

from basicchat.mcp.wire.frames import Id, Message, Request

MAX_LINES = 1000
MAX_BYTES = 64 * 1024 * 1024


class PendingLine(msgspec.Struct, eq=False):
    """A message of the client, with its line."""

    message: Message
    frame: bytes
    no_deadline: bool = False
    timer: asyncio.TimerHandle | None = None


class PendingQueue:
    """Messages that were not sent yet.

    Args:
        seconds: how long a request waits while there is no connection.
        on_expired: called with a request that is removed unsent.
    """

    def __init__(self, seconds: float, on_expired: Callable[[Request], None]) -> None:
        self._seconds = seconds
        self._on_expired = on_expired
        self._lines: deque[PendingLine] = deque()
        self._bytes = 0
        self._added = asyncio.Event()
        self._connected = False

    def __bool__(self) -> bool:
        return bool(self._lines)

    def put(self, message: Message, frame: bytes) -> bool:
        """Add a message; false if the queue is full."""
        if len(self._lines) >= MAX_LINES or self._bytes + len(frame) > MAX_BYTES:
            return False
        self._add(PendingLine(message, frame), self._lines.append)
        return True

    def put_back(self, message: Message, frame: bytes, *, no_deadline: bool = False) -> None:
        """Add a message again, before all others; with `no_deadline` it never expires."""
        self._add(PendingLine(message, frame, no_deadline), self._lines.appendleft)

    def _add(self, line: PendingLine, add: Callable[[PendingLine], None]) -> None:
        add(line)
        self._bytes += len(line.frame)
        if not self._connected:
            self._time(line)
        self._added.set()

    def _time(self, line: PendingLine) -> None:
        if isinstance(line.message, Request) and line.timer is None and not line.no_deadline:
            loop = asyncio.get_running_loop()
            line.timer = loop.call_later(self._seconds, self._expired, line)

    def _expired(self, line: PendingLine) -> None:
        self._lines.remove(line)
        self._bytes -= len(line.frame)
        assert isinstance(line.message, Request)
        self._on_expired(line.message)

    def connected(self, connected: bool) -> None:
        """Set whether there is a connection; while there is one, nothing expires."""
        self._connected = connected
        for line in self._lines:
            if not connected:
                self._time(line)
            elif line.timer is not None:
                line.timer.cancel()
                line.timer = None

    async def get(self) -> PendingLine:
        """Take the next message; waits for one."""
        while not self._lines:
            self._added.clear()
            await self._added.wait()
        return self._pop()

    def _pop(self) -> PendingLine:
        line = self._lines.popleft()
        self._bytes -= len(line.frame)
        if line.timer is not None:
            line.timer.cancel()
        return line

    def withdraw(self, request_id: Id) -> bool:
        """Remove a request; returns whether it was queued."""
        for line in self._lines:
            if isinstance(line.message, Request) and line.message.id == request_id:
                self._lines.remove(line)
                self._bytes -= len(line.frame)
                if line.timer is not None:
                    line.timer.cancel()
                return True
        return False

    def give_up(self) -> None:
        """Remove all messages; requests are passed to `on_expired`."""
        while self._lines:
            line = self._pop()
            if isinstance(line.message, Request):
                self._on_expired(line.message)
