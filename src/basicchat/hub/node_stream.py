"""One side of a stream between two nodes: the order of its messages, and how many may be unread."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Literal

import msgspec

from basicchat.domain.node_streams import MAX_MESSAGE_BYTES, NodeGone

# A sender waits while more than this is unread.
WINDOW_BYTES = 4 * MAX_MESSAGE_BYTES
# The memory of a message besides its contents.
MESSAGE_BYTES = 64
Kind = Literal["open", "data", "read", "close", "cancel", "broken", "alive"]


class Frame(msgspec.Struct, array_like=True):
    """What goes from node to node.

    Attributes:
        opener: whether the sender has opened the stream.
        number: of the stream, among those that its opener has opened.
        seq: how many messages the sender has sent, with this one.
        read: how many bytes of messages the sender has read.
        name: the kind of a request that is opened.
    """

    sender: str
    opener: bool
    number: int
    kind: Kind
    seq: int = 0
    read: int = 0
    name: str = ""
    content: bytes = b""


class WiredNodeStream:
    """Implements `domain.node_streams.NodeStream`.

    Args:
        emit: sends a frame of a kind, with contents; never waits.

    Attributes:
        peer: the other node.
        heard_at: when the other node was heard of, in the event loop's time.
        task: the handler that serves it, on the node that did not open it.
    """

    def __init__(
        self, peer: str, emit: "Callable[[WiredNodeStream, Kind, bytes], None]", heard_at: float
    ) -> None:
        self.peer = peer
        self.heard_at = heard_at
        self.task: asyncio.Task[None] | None = None
        self.sent = self.bytes_read = 0
        self._emit = emit
        self._bytes_sent = self._bytes_unread = self._reported = 0
        self._peer_has_read = 0
        self._received = 0
        self._messages: deque[bytes] = deque()
        self._closed = self._peer_closed = self._broken = False
        self._changed = asyncio.Event()
        self._room = asyncio.Event()

    @property
    def live(self) -> bool:
        """Whether both sides have it open."""
        return not (self._closed or self._peer_closed or self._broken)

    def begin(self, first: bytes) -> None:
        """Count the first message, which opens the stream."""
        self.sent = 1
        self._bytes_sent = len(first) + MESSAGE_BYTES

    async def send(self, message: bytes) -> None:
        """Send a message; waits while the other side reads too slowly."""
        if len(message) > MAX_MESSAGE_BYTES:
            raise ValueError(f"a message of {len(message)} bytes is too large")
        while self.live and self._bytes_sent - self._peer_has_read > WINDOW_BYTES:
            self._room.clear()
            await self._room.wait()
        if not self.live:
            raise NodeGone
        self.sent += 1
        self._bytes_sent += len(message) + MESSAGE_BYTES
        self._emit(self, "data", message)

    async def receive(self) -> bytes | None:
        """The next message; None once the other side has closed the stream."""
        while not self._messages:
            if self._broken:
                raise NodeGone
            if self._peer_closed or self._closed:
                return None
            self._changed.clear()
            await self._changed.wait()
        message = self._messages.popleft()
        size = len(message) + MESSAGE_BYTES
        self._bytes_unread -= size
        self.bytes_read += size
        if self.live and self.bytes_read - self._reported > WINDOW_BYTES // 4:
            self._reported = self.bytes_read
            self._emit(self, "read", b"")
        return message

    def cancel(self) -> None:
        """Close the stream, and cancel the handler that serves it."""
        self._end("cancel")

    def close(self) -> None:
        """Close this side; what was sent still arrives."""
        self._end("close")

    def fail(self) -> None:
        """Break the stream, and tell the other node."""
        self._end("broken")
        self._break()

    def _end(self, kind: Kind) -> None:
        if self.live:
            self._emit(self, kind, b"")
        self._closed = True
        self._wake()

    def take(self, frame: Frame) -> None:
        """Take a frame of the other side."""
        self._peer_has_read = max(self._peer_has_read, frame.read)
        match frame.kind:
            case "open" | "data":
                self._take_message(frame)
            # A side that has closed the stream does not know it any more.
            case "broken" if not self._peer_closed:
                self._break()
            case "close" | "cancel":
                self._peer_closed = self._has_all(frame) or self._peer_closed
                if frame.kind == "cancel" and self.task is not None:
                    self.task.cancel()
            case _:
                self._has_all(frame)
        self._wake()

    def _take_message(self, frame: Frame) -> None:
        if frame.seq <= self._received:
            return
        size = len(frame.content) + MESSAGE_BYTES
        if frame.seq > self._received + 1 or self._bytes_unread + size > 2 * WINDOW_BYTES:
            self.fail()
            return
        self._received = frame.seq
        self._bytes_unread += size
        self._messages.append(frame.content)

    def _has_all(self, frame: Frame) -> bool:
        """Whether no message was lost; otherwise the stream breaks."""
        if frame.seq > self._received:
            self.fail()
        return not self._broken

    def _break(self) -> None:
        self._broken = True
        self._messages.clear()
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._room.set()
