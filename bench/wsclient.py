"""A light WebSocket client for load: thousands of connections in one uvloop process.

It implements only the part of RFC 6455 that a well-behaved server requires: the handshake, masked
text frames, whole frames from the server, pongs. Fragmented messages are refused. All messages of
a run are framed before it starts; the mask is constant, which costs the server the same.
"""

import asyncio
import base64
import os
import struct
from collections.abc import Callable, Sequence
from socket import socket as KernelSocket
from typing import Any, cast

MASK = b"\x5a\xc3\x17\x9e"
HEADERS = """\
GET {path} HTTP/1.1\r
Host: {host}:{port}\r
Upgrade: websocket\r
Connection: Upgrade\r
Sec-WebSocket-Version: 13\r
Sec-WebSocket-Key: {key}\r
Sec-WebSocket-Protocol: {protocol}\r
{more}\r
"""
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
CONNECT_SECONDS = 30.0
CONNECTS_AT_ONCE = 64

Receive = Callable[["Socket", bytes], None]


def frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """One masked frame (RFC 6455, 5.2 and 5.3)."""
    length = len(payload)
    if length < 126:
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | length)
    elif length < 1 << 16:
        head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, length)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, length)
    key = (MASK * (length // 4 + 1))[:length]
    masked = int.from_bytes(payload) ^ int.from_bytes(key)
    return head + MASK + masked.to_bytes(length)


class Socket(asyncio.Protocol):
    """One connection; `received` is called with each message.

    Attributes:
        path: the requested path.
        protocol: the subprotocol.
        more: additional header lines, each with its line end.
        tag: any value that the load attaches to it.
    """

    path = "/ws"
    protocol = "basicchat.v1"
    more = ""

    def __init__(self, received: Receive) -> None:
        self.received = received
        self.tag: Any = None
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.lost: Exception | None = None
        self.gone = asyncio.Event()
        self._transport: asyncio.Transport | None = None
        self._rest = b""
        self._shaken = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Store the transport."""
        # uvloop's transports do not derive from asyncio's.
        self._transport = cast(asyncio.Transport, transport)
        self.send: Callable[[bytes], None] = self._transport.write
        self.begin(self._transport)

    def begin(self, transport: asyncio.Transport) -> None:
        """Send the handshake."""
        host, port = transport.get_extra_info("peername")[:2]
        key = base64.b64encode(os.urandom(16)).decode()
        fields = {"path": self.path, "protocol": self.protocol, "more": self.more, "key": key}
        transport.write(HEADERS.format(host=host, port=port, **fields).encode())

    def data_received(self, data: bytes) -> None:
        """Parse bytes into messages."""
        if not self._shaken:
            self._shake(data)
            return
        # Fast path for the most frequent case: a single frame.
        if not self._rest and data[0] == 0x81:
            length, size = data[1], len(data)
            if length < 126 and length + 2 == size:
                self.received(self, data[2:])
                return
            if length == 126 and (data[2] << 8 | data[3]) + 4 == size:
                self.received(self, data[4:])
                return
        self._parse(self._rest + data)

    def _shake(self, data: bytes) -> None:
        head, end, rest = (self._rest + data).partition(b"\r\n\r\n")
        if not end:
            self._rest = head
            return
        self._rest = b""
        if not head.startswith(b"HTTP/1.1 101"):
            self.opened.set_exception(ConnectionError(head.decode("latin-1")[:200]))
            return
        self._shaken = True
        self.upgraded()
        if rest:
            self._parse(rest)

    def upgraded(self) -> None:
        """Report that the handshake is complete."""
        # Unless the waiting task was cancelled.
        if not self.opened.done():
            self.opened.set_result(None)

    def _parse(self, data: bytes) -> None:
        at, size = 0, len(data)
        while size - at >= 2:
            length, start = data[at + 1], at + 2
            if length >= 126:
                wide = 2 if length == 126 else 8
                if size - start < wide:
                    break
                length = int.from_bytes(data[start : start + wide])
                start += wide
            if size - start < length:
                break
            self._frame(data[at], data[start : start + length])
            at = start + length
        self._rest = data[at:]

    def _frame(self, head: int, payload: bytes) -> None:
        if head == 0x80 | TEXT:
            self.received(self, payload)
        elif head == 0x80 | PING:
            self.send(frame(payload, PONG))
        elif head == 0x80 | CLOSE:
            code = int.from_bytes(payload[:2])
            self.connection_lost(ConnectionError(f"closed with {code}: {payload[2:]!r}"))
        else:
            self.connection_lost(ConnectionError(f"unexpected frame 0x{head:02x}"))

    def connection_lost(self, exc: Exception | None) -> None:
        """Store the reason."""
        self.lost = self.lost or exc or ConnectionError("the server closed the connection")
        self.gone.set()
        if not self.opened.done():
            self.opened.set_exception(self.lost)

    def raw(self) -> KernelSocket:
        """The kernel's socket, for its options."""
        assert self._transport is not None
        return cast(KernelSocket, self._transport.get_extra_info("socket"))

    def stop_reading(self) -> None:
        """Stop reading from the kernel."""
        assert self._transport is not None
        cast(asyncio.ReadTransport, self._transport).pause_reading()

    def read_on(self) -> None:
        """Resume reading."""
        assert self._transport is not None
        if not self._transport.is_closing():
            cast(asyncio.ReadTransport, self._transport).resume_reading()

    def close(self) -> None:
        """Abort the connection."""
        if self._transport is not None:
            self._transport.abort()


class RawSocket(Socket):
    """A raw TCP connection whose messages have a fixed size."""

    size = 0

    def begin(self, transport: asyncio.Transport) -> None:
        """Start without a handshake."""
        self.upgraded()

    def data_received(self, data: bytes) -> None:
        """Split bytes into messages."""
        if len(data) == self.size and not self._rest:
            self.received(self, data)
            return
        data = self._rest + data
        whole = len(data) - len(data) % self.size
        for at in range(0, whole, self.size):
            self.received(self, data[at : at + self.size])
        self._rest = data[whole:]


async def connect_one(port: int, received: Receive, kind: type[Socket] = Socket) -> Socket:
    """Open a connection.

    Raises:
        ConnectionError: it was refused.
    """
    loop = asyncio.get_running_loop()
    _, socket = await loop.create_connection(lambda: kind(received), "127.0.0.1", port)
    await socket.opened
    return socket


async def connect(
    port: int, count: int, received: Receive, kind: type[Socket] = Socket
) -> list[Socket]:
    """Open connections, a few at a time.

    Raises:
        ConnectionError: one was refused.
        TimeoutError: one took too long.
    """
    places = asyncio.Semaphore(CONNECTS_AT_ONCE)

    async def one() -> Socket:
        async with places, asyncio.timeout(CONNECT_SECONDS):
            return await connect_one(port, received, kind)

    return list(await asyncio.gather(*(one() for _ in range(count))))


async def ask(socket: Socket, sent: bytes, answer: bytes = b"") -> bytes:
    """Send a frame and wait for a message.

    Args:
        answer: the prefix of the expected message.
    """
    answered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    before = socket.received

    def take(_: Socket, message: bytes) -> None:
        if message.startswith(answer) and not answered.done():
            answered.set_result(message)

    socket.received = take
    socket.send(sent)
    try:
        return await answered
    finally:
        socket.received = before


async def exchange(sockets: Sequence[Socket], frames: Sequence[bytes]) -> list[bytes]:
    """Send each connection one frame and wait for one message on each, a few at a time.

    Raises:
        TimeoutError: an answer took too long.
    """
    places = asyncio.Semaphore(CONNECTS_AT_ONCE)

    async def one(socket: Socket, sent: bytes) -> bytes:
        async with places, asyncio.timeout(CONNECT_SECONDS):
            return await ask(socket, sent)

    return list(await asyncio.gather(*map(one, sockets, frames)))


def close_all(sockets: Sequence[Socket]) -> None:
    """Abort all connections.

    Raises:
        ConnectionError: one had been lost before.
    """
    errors = [socket.lost for socket in sockets if socket.lost is not None]
    for socket in sockets:
        socket.close()
    if errors:
        raise ConnectionError(f"{len(errors)} connections were lost: {errors[0]}")
