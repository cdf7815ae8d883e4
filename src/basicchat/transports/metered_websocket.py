"""uvicorn's WebSocket protocol, which handles a limited number of frames at a time.

Frames are cheap to send, and each costs the server some microseconds, empty and control frames too.
So a socket gets a number of frames in each turn of the event loop. The rest of its input waits for
the next turn, in which all other sockets have theirs, and the socket is not read meanwhile. Before
the connection is admitted, it gets a small number of frames and bytes in total.

The parser of `websockets` is a generator. It asks its reader for the beginning of each frame, which
is where `MeteredReader` stops it.
"""

from asyncio.transports import BaseTransport
from collections.abc import Callable, Generator

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.streams import StreamReader

from basicchat.transports.request_progress import MAX_HEAD_BYTES

FRAMES_PER_TURN = 16
FRAMES_AT_ONCE = 4
# A larger read ends the socket's turn.
BYTES_PER_TURN = 128 * 1024
# Before the connection is admitted. One session.hello is enough.
UNADMITTED_FRAMES = 64
UNADMITTED_BYTES = 64 * 1024
# Fragments of a message that are kept apart; their objects take more memory than small ones hold.
MAX_FRAGMENTS = 256


class MeteredReader(StreamReader):
    """The parser's input, of which it gets a number of frames at a time.

    Attributes:
        frames_left: how many frames the parser may still begin.
        later: input that the parser does not see yet.
    """

    def __init__(self) -> None:
        super().__init__()
        self.frames_left = 0
        self.later = b""

    def feed_later(self, data: bytes) -> None:
        """Keep input for another turn."""
        if data:
            self.later += data

    def at_eof(self) -> Generator[None, None, bool]:
        """Wait for the beginning of a frame; the parser asks before each."""
        while True:
            if self.buffer:
                if self.frames_left > 0:
                    self.frames_left -= 1
                    return False
            elif self.eof:
                return True
            yield

    def read_line(
        self, m: int, too_long_exc_type: type[Exception] = RuntimeError
    ) -> Generator[None, None, bytearray]:
        """Read a line of the handshake, whose size `HttpProtocol` has limited."""
        return super().read_line(MAX_HEAD_BYTES, too_long_exc_type)


class MeteredWebSocket(WebSocketsSansIOProtocol):
    """Meters the frames of one socket.

    Attributes:
        received_at: when anything last arrived, in the loop's time; pongs count, too.
    """

    # As in `WireProtocol`.
    __slots__ = ("_frames_allowed", "_held", "_turn_left", "reader", "received_at")

    def connection_made(self, transport: BaseTransport) -> None:
        """Replace the parser's reader."""
        super().connection_made(transport)
        self.received_at = self.loop.time()
        self.on_overrun: Callable[[], None] | None = None
        self.reader = self.conn.reader = MeteredReader()
        self.conn.parser = self.conn.parse()
        next(self.conn.parser)
        # What may still arrive before the connection is admitted; frames are None once it is.
        self._frames_allowed: int | None = UNADMITTED_FRAMES
        self._bytes_allowed = UNADMITTED_BYTES
        # Input waits for another turn, or for `admit`, and the socket is not read.
        self._held = False
        self._turn_due = False
        # Frames that may still be handled in this turn; below zero, the next turns pay for it.
        self._turn_left = 0

    def data_received(self, data: bytes) -> None:
        """Process received bytes, as far as this turn allows."""
        self.received_at = self.loop.time()
        if self._held or self._frames_allowed is not None:
            self._receive_limited(data)
            return
        reader = self.reader
        reader.frames_left = FRAMES_AT_ONCE
        self._turn_left = FRAMES_PER_TURN
        # As in the base class, without the cost of a call.
        self.conn.receive_data(data)
        if self.conn.parser_exc is not None:
            self.handle_parser_exception()
            return
        self.handle_events()
        # Nearly always, this is one message, and nothing is left.
        if not reader.frames_left or self._turn_left <= 0 or len(data) > BYTES_PER_TURN:
            self._turn_left -= FRAMES_AT_ONCE - reader.frames_left
            self._finish_turn(len(data))

    def _receive_limited(self, data: bytes) -> None:
        if self._frames_allowed is not None and self.handshake_initiated:
            # What is beyond the limit waits for `admit`.
            self.reader.feed_later(data[self._bytes_allowed :])
            data = data[: self._bytes_allowed]
            self._bytes_allowed -= len(data)
        if self._held:
            self.reader.feed_later(data)
            self._pause()
        else:
            self._take_turn(data)

    def _take_turn(self, data: bytes) -> None:
        """Process input, until the frames of this turn are used up."""
        self._turn_left = min(self._turn_left + FRAMES_PER_TURN, FRAMES_PER_TURN)
        self._parse(data)
        self._finish_turn(len(data))

    def _finish_turn(self, size: int) -> None:
        """Process input that is there already, and hold back what remains."""
        reader = self.reader
        while not reader.frames_left and reader.buffer and self._turn_left > 0 and self._allowed:
            self._parse(b"")
        if not reader.frames_left or self._turn_left <= 0 or size > BYTES_PER_TURN or reader.later:
            self._hold()

    @property
    def _allowed(self) -> int:
        """How many frames may still be parsed."""
        return FRAMES_AT_ONCE if self._frames_allowed is None else self._frames_allowed

    def _parse(self, data: bytes) -> None:
        """Parse a few frames, and handle them; they may turn out to cost more than others."""
        reader = self.reader
        frames = max(0, min(FRAMES_AT_ONCE, self._turn_left, self._allowed))
        reader.frames_left = frames
        super().data_received(data)
        used = frames - reader.frames_left
        self._turn_left -= used
        if self._frames_allowed is not None:
            self._frames_allowed -= used

    def _hold(self) -> None:
        self._held = True
        self._pause()
        if not self._overrun:
            self._plan_turn()
        elif self.on_overrun is not None:
            self.on_overrun()

    @property
    def _overrun(self) -> bool:
        """Whether more has arrived than a connection that is not admitted may send."""
        allowed = self._frames_allowed
        return allowed is not None and bool(
            self.reader.later or (allowed == 0 and self.reader.buffer)
        )

    def _pause(self) -> None:
        if not self.transport.is_closing():
            self.transport.pause_reading()

    def _plan_turn(self) -> None:
        if not self._turn_due:
            self._turn_due = True
            self.loop.call_soon(self._next_turn)

    def _next_turn(self) -> None:
        self._turn_due = self._held = False
        if self.transport.is_closing():
            return
        later, self.reader.later = self.reader.later, b""
        self._take_turn(later)
        if not self._held and not self.read_paused and not self.transport.is_closing():
            self.transport.resume_reading()

    def watch_overrun(self, on_overrun: Callable[[], None]) -> None:
        """Call this when more arrives than a connection that is not admitted may send.

        It is to admit or to close the connection.
        """
        self.on_overrun = on_overrun
        if self._overrun:
            on_overrun()

    def admit(self) -> None:
        """Lift the limits for connections that are not admitted."""
        self._frames_allowed = None
        if self._held:
            self._plan_turn()

    def limit_rest(self) -> None:
        """Take few more frames: the peer's close frame is among them, unless it floods."""
        self._frames_allowed, self._bytes_allowed = UNADMITTED_FRAMES, UNADMITTED_BYTES
        self.on_overrun = None
        if self._held:
            self._plan_turn()

    def charge(self, frames: int) -> None:
        """Count the current message as so many more frames."""
        self._turn_left -= frames

    def handle_cont(self, event: Frame) -> None:
        """Take a fragment of a message."""
        if len(self.frames) >= MAX_FRAGMENTS:
            self.frames = [b"".join(self.frames)]
        super().handle_cont(event)
