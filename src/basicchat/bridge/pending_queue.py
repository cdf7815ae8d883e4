"""Lines of the bridge's client that wait for a connection to go over, each for so long and no
longer."""

import asyncio
from collections import deque
from collections.abc import Callable

import msgspec

from basicchat.mcp.wire.frames import Id, Message, Request

MAX_LINES = 1000
MAX_BYTES = 64 * 1024 * 1024


class PendingLine(msgspec.Struct, eq=False):
    """A message, as it came."""

    message: Message
    frame: bytes
    no_deadline: bool = False
    timer: asyncio.TimerHandle | None = None


class PendingQueue:
    """The lines.

    Args:
        seconds: that a request waits while there is no connection.
        on_expired: is handed a request that has waited for so long, and waits no more.
    """

    def __init__(self, seconds: float, on_expired: Callable[[Request], None]) -> None:
        self._seconds = seconds
        self._on_late = on_expired
        self._lines: deque[PendingLine] = deque()
        self._bytes = 0
        self._came = asyncio.Event()
        self._connected = False

    def __bool__(self) -> bool:
        return bool(self._lines)

    def put(self, message: Message, frame: bytes) -> bool:
        """Add a line; false if too many wait."""
        if len(self._lines) >= MAX_LINES or self._bytes + len(frame) > MAX_BYTES:
            return False
        self._add(PendingLine(message, frame), self._lines.append)
        return True

    def put_back(self, message: Message, frame: bytes, *, no_deadline: bool = False) -> None:
        """Add a line that was here before, to go before all others. A patient one is never
        late."""
        self._add(PendingLine(message, frame, no_deadline), self._lines.appendleft)

    def _add(self, line: PendingLine, add: Callable[[PendingLine], None]) -> None:
        add(line)
        self._bytes += len(line.frame)
        if not self._connected:
            self._time(line)
        self._came.set()

    def _time(self, line: PendingLine) -> None:
        if isinstance(line.message, Request) and line.timer is None and not line.no_deadline:
            loop = asyncio.get_running_loop()
            line.timer = loop.call_later(self._seconds, self._expired, line)

    def _expired(self, line: PendingLine) -> None:
        self._lines.remove(line)
        self._bytes -= len(line.frame)
        assert isinstance(line.message, Request)
        self._on_late(line.message)

    def connected(self, connected: bool) -> None:
        """Whether there is a connection: while there is one, nothing waits too long."""
        self._connected = connected
        for line in self._lines:
            if not connected:
                self._time(line)
            elif line.timer is not None:
                line.timer.cancel()
                line.timer = None

    async def get(self) -> PendingLine:
        """The next line."""
        while not self._lines:
            self._came.clear()
            await self._came.wait()
        return self._pop()

    def _pop(self) -> PendingLine:
        line = self._lines.popleft()
        self._bytes -= len(line.frame)
        if line.timer is not None:
            line.timer.cancel()
        return line

    def withdraw(self, request_id: Id) -> bool:
        """Take out a request; whether it was here."""
        for line in self._lines:
            if isinstance(line.message, Request) and line.message.id == request_id:
                self._lines.remove(line)
                self._bytes -= len(line.frame)
                if line.timer is not None:
                    line.timer.cancel()
                return True
        return False

    def give_up(self) -> None:
        """Nothing waits any more; requests are handed to `on_expired`."""
        while self._lines:
            line = self._pop()
            if isinstance(line.message, Request):
                self._on_late(line.message)
