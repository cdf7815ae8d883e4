"""uvicorn's WebSocket protocol with direct access to received and sent frames.

The ASGI interface costs a queue, two task switches and a transcoding of the text per message, and
does not show whether the socket is full. Handshake, keep-alive and closing remain uvicorn's.
"""

import asyncio
import socket
import struct
from asyncio.transports import BaseTransport, Transport
from collections.abc import Callable
from typing import Any

from websockets.http11 import Request

from basicchat.transports.metered_websocket import MeteredWebSocket

EXTENSION = "basicchat.wire"
# Without a limit the kernel buffers up to 4 MB for each client that has stopped reading.
SEND_BUFFER = 128 * 1024
HIGH_WATER = 64 * 1024


class WireProtocol(MeteredWebSocket):
    """A `Socket` for the connection shell; the ASGI scope's extensions contain it."""

    # Slots keep the attributes used for each frame out of the instance dictionary of some forty
    # entries: with thousands of connections every lookup there would be a CPU cache miss.
    __slots__ = ("_ready", "_writer", "on_frame")

    def connection_made(self, transport: BaseTransport) -> None:
        """Limit the buffers of a new socket."""
        super().connection_made(transport)
        self._writer: Transport | None = self.transport
        self._ready = True
        self.on_frame: Callable[[bytes], None] | None = None
        self._late_pong = b""
        self.transport.set_write_buffer_limits(high=HIGH_WATER)
        raw = transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)

    def attach(self, on_frame: Callable[[bytes], None], on_overrun: Callable[[], None]) -> None:
        """Deliver messages directly from now on; see `MeteredWebSocket.watch_overrun`."""
        self.on_frame = on_frame
        self.watch_overrun(on_overrun)

    def limit_messages(self, max_bytes: int) -> None:
        """Set the size limit of a message; a larger one closes the socket with 1009."""
        self.conn.max_message_size = max_bytes

    def silent_for(self) -> float:
        """Seconds since the peer last sent anything."""
        return self.loop.time() - self.received_at

    def send_keepalive_ping(self) -> None:
        """Ping a peer that was silent for an interval; any traffic restarts it (PROTOCOL 2.4)."""
        remaining = (self.ping_interval or 0.0) - self.silent_for()
        if remaining > 0:
            self.ping_timer = self.loop.call_later(remaining, self.send_keepalive_ping)
        else:
            super().send_keepalive_ping()

    def keepalive_timeout(self) -> None:
        """Drop a peer that was silent since the ping; any traffic counts, not only a pong."""
        if self.received_at <= self.ping_sent_at:
            super().keepalive_timeout()
            return
        self.pong_timer = self.pending_ping_payload = None
        self.send_keepalive_ping()

    def handle_connect(self, event: Request) -> None:
        """Put this protocol into the ASGI scope, where the application finds it."""
        super().handle_connect(event)
        if hasattr(self, "scope"):
            extensions: Any = self.scope.setdefault("extensions", {})
            extensions[EXTENSION] = self

    def send_receive_event_to_app(self) -> None:
        """Deliver a complete message directly, bypassing the ASGI queue."""
        if self.on_frame is None or self.close_sent:
            super().send_receive_event_to_app()
            return
        data = self.frames[0] if len(self.frames) == 1 else b"".join(self.frames)
        self.frames = []
        if self.curr_msg_data_type == "text" and not _is_utf8(data):
            self.conn.send_close(1007)
            self.handle_parser_exception()
            return
        self.on_frame(data)

    def handle_ping(self) -> None:
        """Answer a ping; of those that arrive while the socket is full, the last (RFC 6455, 5.5.3).

        Otherwise a client that pings and reads nothing would fill the memory with pongs.
        """
        pong = b"".join(self.conn.data_to_send())
        if self._ready:
            self.transport.write(pong)
        else:
            self._late_pong = pong

    def pause_writing(self) -> None:
        """The socket is full."""
        super().pause_writing()
        self._ready = False

    def resume_writing(self) -> None:
        """The socket accepts more."""
        super().resume_writing()
        self._ready = True
        pong, self._late_pong = self._late_pong, b""
        if pong and self._writer is not None and not self.transport.is_closing():
            self._writer.write(pong)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is lost."""
        self._writer = None
        self._ready = True
        super().connection_lost(exc)

    def ready(self) -> bool:
        """Whether the peer accepts more without delay."""
        return self._ready

    def write(self, frame: bytes) -> None:
        """Send one text message, UTF-8. Server frames are not masked (RFC 6455, 5.1)."""
        writer = self._writer
        if writer is not None and not writer.is_closing():
            writer.write(_header(len(frame)) + frame)

    async def drained(self) -> None:
        """Wait until the socket accepts more."""
        await self.writable.wait()
        if self.disconnected:
            raise ConnectionResetError

    def close(self, code: int, reason: str) -> None:
        """Close the WebSocket; a peer that does not read is disconnected after 2 s."""
        if self.close_sent or self.disconnected or self.transport.is_closing():
            return
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.limit_rest()
        self._writer = None
        self.stop_keepalive()
        self.close_timer = asyncio.get_running_loop().call_later(2.0, self.transport.abort)
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _header(length: int) -> bytes:
    """The header of an unfragmented text frame (RFC 6455, 5.2)."""
    if length < 126:
        return bytes((0x81, length))
    if length < 65536:
        return struct.pack("!BBH", 0x81, 126, length)
    return struct.pack("!BBQ", 0x81, 127, length)
