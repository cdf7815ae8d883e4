"""One end of the connection between a worker and the broker."""

import asyncio
from collections.abc import Callable
from typing import Any

from basicchat.broker.frames import Frame, FrameReader, pack

# A peer that has so much to read does not read any more.
MAX_WAITING_BYTES = 64 * 1024 * 1024


class Channel(asyncio.Protocol):
    """Sends and receives frames; those of one turn of the event loop are sent together.

    Args:
        received: called with each frame, in order.
        closed: called once when the connection has ended.
    """

    def __init__(
        self,
        received: Callable[[Frame], None],
        closed: Callable[[], None],
        *,
        max_waiting_bytes: int = MAX_WAITING_BYTES,
    ) -> None:
        self._received = received
        self._closed = closed
        self._max_waiting_bytes = max_waiting_bytes
        self._reader = FrameReader()
        self._transport: asyncio.Transport | None = None
        self._ended = False
        self._pending: list[bytes] = []

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin: the connection is open."""
        self._transport = transport
        self._flush()

    def data_received(self, data: bytes) -> None:
        """Take the frames that have become complete."""
        for frame in self._reader.feed(data):
            self._received(frame)

    def connection_lost(self, exc: Exception | None) -> None:
        """End: nothing more can be sent or received."""
        self._transport, self._ended = None, True
        self._pending.clear()
        self._closed()

    def send(self, part: str, number: int, message: Any) -> None:
        """Send a frame. Never waits; after the end of the connection it is dropped."""
        if self._ended:
            return
        if not self._pending and self._transport is not None:
            asyncio.get_running_loop().call_soon(self._flush)
        self._pending.append(pack(part, number, message))

    def _flush(self) -> None:
        if self._transport is None or not self._pending:
            return
        pending, self._pending = self._pending, []
        self._transport.write(b"".join(pending))
        if self._transport.get_write_buffer_size() > self._max_waiting_bytes:
            self._transport.abort()

    def close(self) -> None:
        """Send what is pending, and end the connection."""
        self._flush()
        self._ended = True
        if self._transport is not None:
            self._transport.close()
