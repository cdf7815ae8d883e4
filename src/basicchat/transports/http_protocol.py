"""uvicorn's HTTP protocol, extended to drop clients that stop reading."""

import asyncio
import socket

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from basicchat.transports.wire_protocol import SEND_BUFFER

# Shorter than the timeouts of the senders: a connection they close still has to drain its buffer.
STUCK_SECONDS = 20.0


class HttpProtocol(HttpToolsProtocol):
    """Aborts connections whose send buffer does not shrink for `STUCK_SECONDS`.

    Closing a socket waits until its buffer has been read, so a client that never reads would keep
    it open for ever, even after the sender has given up.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Limit the kernel's send buffer of a new socket, which may grow to 4 MB otherwise."""
        super().connection_made(transport)
        self._stall_timer: asyncio.TimerHandle | None = None
        raw = transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)

    def pause_writing(self) -> None:
        """The socket is full."""
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        """The socket takes more."""
        super().resume_writing()
        self._stop_watching()

    def on_response_complete(self) -> None:
        """A response has been written; nothing else waits until the client has read it."""
        super().on_response_complete()
        if self.transport.get_write_buffer_size():
            self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is lost."""
        self._stop_watching()
        super().connection_lost(exc)

    def _stop_watching(self) -> None:
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None

    def _watch(self) -> None:
        self._stop_watching()
        left = self.transport.get_write_buffer_size()
        self._stall_timer = self.loop.call_later(STUCK_SECONDS, self._check, left)

    def _check(self, before: int) -> None:
        """Abort the connection if the client has read nothing since the last check."""
        self._stall_timer = None
        left = self.transport.get_write_buffer_size()
        if left >= before:
            self.transport.abort()
        elif left:
            self._watch()
