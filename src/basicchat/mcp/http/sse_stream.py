"""The messages of one HTTP response, buffered until they are written."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable

# A sender waits while more than this is unread.
MAX_UNREAD_BYTES = 64 * 1024
# After so many notifications a handler yields, since one that only notifies would never do so.
NOTIFICATIONS_PER_YIELD = 64
PING = b": ping\r\n\r\n"
# Stores an event for clients that resume, and returns its id.
Keep = Callable[[bytes], str]


def event(frame: bytes, event_id: str = "") -> bytes:
    """A frame as a server-sent event (WHATWG HTML, 9.2)."""
    if not event_id:
        return b"event: message\r\ndata: %b\r\n\r\n" % frame
    return b"event: message\r\nid: %b\r\ndata: %b\r\n\r\n" % (event_id.encode(), frame)


def priming(event_id: str, retry_ms: int) -> bytes:
    """The event that lets a client resume before it has received a message (SEP-1699)."""
    return b"id: %b\r\nretry: %d\r\ndata: \r\n\r\n" % (event_id.encode(), retry_ms)


class SseStream:
    """The outbound messages of one response.

    Args:
        keep: stores events for clients that resume; None if they cannot.
        retry_ms: when a client should reconnect, which is sent first; None for clients that do not
            understand it.

    Attributes:
        answer: the only message, if nothing was sent before it.
        status: the HTTP status for the answer.
        streaming: other messages precede the answer, so the response is a stream of events.
        finished: nothing follows.
        attached: a response is being written.
    """

    def __init__(self, keep: Keep | None = None, retry_ms: int | None = None) -> None:
        self._keep = keep
        self._retry_ms = retry_ms
        self._events: deque[bytes] = deque()
        self._bytes = 0
        self._notified = 0
        self._changed: asyncio.Future[None] | None = None
        self._emptied: asyncio.Event | None = None
        self.answer: bytes | None = None
        self.status = 200
        self.streaming = False
        self.finished = False
        self.attached = True

    def start_streaming(self) -> None:
        """Make the response a stream of events."""
        if not self.streaming and self._keep is not None and self._retry_ms is not None:
            self._put(priming(self._keep(b""), self._retry_ms))
        self.streaming = True

    def send(self, frame: bytes) -> None:
        """Send a message; never waits. Without a response it is only stored."""
        self.start_streaming()
        event_id = self._keep(frame) if self._keep is not None else ""
        if self.attached and not self.finished:
            self._put(event(frame, event_id))

    def replay(self, missed: Iterable[tuple[str, bytes]]) -> None:
        """Send earlier events again, with the ids that they had."""
        for event_id, frame in missed:
            self._put(event(frame, event_id))

    def _put(self, encoded: bytes) -> None:
        self._events.append(encoded)
        self._bytes += len(encoded)
        self._wake()

    def finish(self, frame: bytes, status: int = 200) -> None:
        """Send the answer, unless it is empty, and finish."""
        if self.streaming and frame:
            self.send(frame)
        elif not self.finished:
            self.answer, self.status = frame, status
        self.finished = True
        self._wake()

    def close_response(self) -> None:
        """End the response after what is buffered; later messages are only stored."""
        self.start_streaming()
        self.attached = False
        self._wake()

    def detach(self) -> None:
        """Drop what is buffered, since no response is being written any more."""
        self.attached = False
        self.take()
        self._wake()

    def close(self) -> None:
        """Finish at once."""
        self.finished = True
        self.detach()

    def _wake(self) -> None:
        if self._changed is not None and not self._changed.done():
            self._changed.set_result(None)

    async def room(self) -> None:
        """Wait until enough was written."""
        self._notified += 1
        if self._notified % NOTIFICATIONS_PER_YIELD == 0:
            await asyncio.sleep(0)
        while self._bytes > MAX_UNREAD_BYTES:
            self._emptied = self._emptied or asyncio.Event()
            self._emptied.clear()
            await self._emptied.wait()

    async def changed(self, seconds: float) -> bool:
        """Wait until there is something to write, or it ends; false if that takes longer."""
        if self._events or self.finished or not self.attached:
            return True
        self._changed = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds):
                await self._changed
        except TimeoutError:
            return False
        return True

    def take(self) -> bytes:
        """Take all buffered events."""
        taken = b"".join(self._events)
        self._events.clear()
        self._bytes = 0
        if self._emptied is not None:
            self._emptied.set()
        return taken
