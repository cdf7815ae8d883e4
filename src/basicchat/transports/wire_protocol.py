"""uvicorn's WebSocket protocol with a direct way in and out.

The ASGI interface costs a queue, two task switches and a transcoding of the text for every
message, and hides whether the socket is full. Handshake, keep-alive and closing stay uvicorn's.
"""

import asyncio
import socket
import struct
from asyncio.transports import BaseTransport, Transport
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

EXTENSION = "basicchat.wire"
# Without a limit the kernel takes some 4 MB for each reader that is stuck.
SEND_BUFFER = 128 * 1024
HIGH_WATER = 64 * 1024


class WireProtocol(WebSocketsSansIOProtocol):
    """A `Socket` for the connection shell; found in the ASGI scope's extensions."""

    # In slots, not in the dictionary of some forty attributes: with thousands of connections what
    # is looked at for each frame is out of the processor's caches, and each look takes long.
    __slots__ = ("_out", "_ready", "heard_at", "on_frame")

    def connection_made(self, transport: BaseTransport) -> None:
        """Bound the buffers of a new socket."""
        super().connection_made(transport)
        self._out: Transport | None = self.transport
        self._ready = True
        self.on_frame: Callable[[bytes], None] | None = None
        self.heard_at = self.loop.time()
        self.transport.set_write_buffer_limits(high=HIGH_WATER)
        raw = transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)

    def data_received(self, data: bytes) -> None:
        """Take what came, pongs too."""
        self.heard_at = self.loop.time()
        super().data_received(data)

    def take_up_to(self, max_bytes: int) -> None:
        """Say how large a message may be; a larger one closes with 1009."""
        self.conn.max_message_size = max_bytes

    def silent_for(self) -> float:
        """Seconds since anything came."""
        return self.loop.time() - self.heard_at

    def send_keepalive_ping(self) -> None:
        """Ping who has said nothing for an interval; any traffic begins it anew (PROTOCOL 2.4)."""
        left = (self.ping_interval or 0.0) - self.silent_for()
        if left > 0:
            self.ping_timer = self.loop.call_later(left, self.send_keepalive_ping)
        else:
            super().send_keepalive_ping()

    def keepalive_timeout(self) -> None:
        """Drop who has said nothing since the ping. Who speaks is there, also without a pong."""
        if self.heard_at <= self.ping_sent_at:
            super().keepalive_timeout()
            return
        self.pong_timer = self.pending_ping_payload = None
        self.send_keepalive_ping()

    def handle_connect(self, event: Request) -> None:
        """Let the application find this protocol."""
        super().handle_connect(event)
        if hasattr(self, "scope"):
            extensions: Any = self.scope.setdefault("extensions", {})
            extensions[EXTENSION] = self

    def send_receive_event_to_app(self) -> None:
        """Hand a complete message over, past the ASGI queue."""
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

    def pause_writing(self) -> None:
        """The socket is full."""
        super().pause_writing()
        self._ready = False

    def resume_writing(self) -> None:
        """The socket takes more."""
        super().resume_writing()
        self._ready = True

    def connection_lost(self, exc: Exception | None) -> None:
        """The peer is gone."""
        self._out = None
        self._ready = True
        super().connection_lost(exc)

    def ready(self) -> bool:
        """Whether the peer takes more without delay."""
        return self._ready

    def write(self, frame: bytes) -> None:
        """Send one text message, UTF-8. Server frames are not masked (RFC 6455, 5.1)."""
        out = self._out
        if out is not None and not out.is_closing():
            out.write(_header(len(frame)) + frame)

    async def drained(self) -> None:
        """Wait until the socket takes more."""
        await self.writable.wait()
        if self.disconnected:
            raise ConnectionResetError

    def close(self, code: int, reason: str) -> None:
        """Close the WebSocket; a peer that does not read is cut off after some seconds."""
        if self.close_sent or self.disconnected or self.transport.is_closing():
            return
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self._out = None
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
