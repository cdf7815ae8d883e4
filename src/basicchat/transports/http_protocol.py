"""uvicorn's HTTP protocol, which lets go of clients that read nothing."""

import asyncio
import socket

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from basicchat.transports.wire_protocol import SEND_BUFFER

# Sooner than those who send give up: what they would close could not be emptied first.
STUCK_SECONDS = 20.0


class HttpProtocol(HttpToolsProtocol):
    """Closing a socket waits until its buffer was read. Who never reads would keep it for ever,
    whatever sends give up, so the server looks itself whether anything goes."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Bound the kernel's buffer of a new socket, which is some 4 MB otherwise."""
        super().connection_made(transport)
        self._looking: asyncio.TimerHandle | None = None
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
        self._rest()

    def on_response_complete(self) -> None:
        """An answer is written; nobody waits until its end was read."""
        super().on_response_complete()
        if self.transport.get_write_buffer_size():
            self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """The peer is gone."""
        self._rest()
        super().connection_lost(exc)

    def _rest(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None

    def _watch(self) -> None:
        self._rest()
        left = self.transport.get_write_buffer_size()
        self._looking = self.loop.call_later(STUCK_SECONDS, self._look, left)

    def _look(self, before: int) -> None:
        """Cut the line to who has read nothing since."""
        self._looking = None
        left = self.transport.get_write_buffer_size()
        if left >= before:
            self.transport.abort()
        elif left:
            self._watch()
