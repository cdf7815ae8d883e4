"""What goes to a client by one response over HTTP, until somebody reads it."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable

# Who tells more than this waits until it is read.
MAX_WAITING = 64 * 1024
# A handler that only notifies would never let anybody else have the loop.
NOTES_AT_ONCE = 64
PING = b": ping\r\n\r\n"
# Gives an event that is to be had again an id.
Keep = Callable[[bytes], str]


def event(frame: bytes, event_id: str = "") -> bytes:
    """A frame as a server-sent event (WHATWG HTML, 9.2)."""
    if not event_id:
        return b"event: message\r\ndata: %b\r\n\r\n" % frame
    return b"event: message\r\nid: %b\r\ndata: %b\r\n\r\n" % (event_id.encode(), frame)


def priming(event_id: str, retry_ms: int) -> bytes:
    """The event that lets a client come again before anything else was told (SEP-1699)."""
    return b"id: %b\r\nretry: %d\r\ndata: \r\n\r\n" % (event_id.encode(), retry_ms)


class SseStream:
    """Messages on their way to one response.

    Args:
        keep: keeps them for a client whose connection breaks.
        retry_ms: after which such a client comes again; it is told first of all. None if it would
            not understand.

    Attributes:
        answer: the only message, if nothing was told before it.
        status: of HTTP, that fits the answer.
        begun: something was told before the answer, or will be: it takes a stream of events.
        over: nothing follows.
        read: somebody reads it.
    """

    def __init__(self, keep: Keep | None = None, retry_ms: int | None = None) -> None:
        self._keep = keep
        self._retry_ms = retry_ms
        self._events: deque[bytes] = deque()
        self._bytes = 0
        self._notes = 0
        self._changed: asyncio.Future[None] | None = None
        self._emptied: asyncio.Event | None = None
        self.answer: bytes | None = None
        self.status = 200
        self.begun = False
        self.over = False
        self.read = True

    def begin(self) -> None:
        """Become a stream of events."""
        if not self.begun and self._keep is not None and self._retry_ms is not None:
            self._put(priming(self._keep(b""), self._retry_ms))
        self.begun = True

    def send(self, frame: bytes) -> None:
        """Send a message; never waits. What nobody reads is only kept."""
        self.begin()
        event_id = self._keep(frame) if self._keep is not None else ""
        if self.read and not self.over:
            self._put(event(frame, event_id))

    def replay(self, missed: Iterable[tuple[str, bytes]]) -> None:
        """Send again what was sent before, by the ids that it had."""
        for event_id, frame in missed:
            self._put(event(frame, event_id))

    def _put(self, encoded: bytes) -> None:
        self._events.append(encoded)
        self._bytes += len(encoded)
        self._wake()

    def finish(self, frame: bytes, status: int = 200) -> None:
        """Send the answer, if there is one, and end."""
        if self.begun and frame:
            self.send(frame)
        elif not self.over:
            self.answer, self.status = frame, status
        self.over = True
        self._wake()

    def part(self) -> None:
        """Have the response end with what waits; what comes then is only kept."""
        self.begin()
        self.read = False
        self._wake()

    def leave(self) -> None:
        """Nobody reads it any more."""
        self.read = False
        self.take()
        self._wake()

    def close(self) -> None:
        """End it at once."""
        self.over = True
        self.leave()

    def _wake(self) -> None:
        if self._changed is not None and not self._changed.done():
            self._changed.set_result(None)

    async def room(self) -> None:
        """Wait until enough was read."""
        self._notes += 1
        if self._notes % NOTES_AT_ONCE == 0:
            await asyncio.sleep(0)
        while self._bytes > MAX_WAITING:
            self._emptied = self._emptied or asyncio.Event()
            self._emptied.clear()
            await self._emptied.wait()

    async def changed(self, seconds: float) -> bool:
        """Wait until there is something to take, or it ends; false if that takes longer."""
        if self._events or self.over or not self.read:
            return True
        self._changed = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds):
                await self._changed
        except TimeoutError:
            return False
        return True

    def take(self) -> bytes:
        """All events that wait."""
        taken = b"".join(self._events)
        self._events.clear()
        self._bytes = 0
        if self._emptied is not None:
            self._emptied.set()
        return taken
