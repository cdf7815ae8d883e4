"""The frames between a worker and the broker: a length in four bytes, then MessagePack.

Both ends are processes of one server and one version, so a frame that cannot be decoded is a fault.
"""

import socket
from typing import Any

import msgspec

LENGTH_BYTES = 4
FIRST_READ_BYTES = 4096
MAX_LISTENERS = 64


class Frame(msgspec.Struct, frozen=True, array_like=True):
    """One message.

    Attributes:
        part: what it is about, such as the bus.
        number: positive in a request, the same number negative in its answer, otherwise 0.
        body: the encoded message.
    """

    part: str
    number: int
    body: msgspec.Raw


class Welcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker is told before anything else, together with its listening sockets.

    Attributes:
        node: its name, which no other worker ever had.
        slot: its number among the workers, from 1; its replacement gets the same.
        workers: how many there are.
        port: where they listen.
        first: no other worker has been there before, so it recovers what an earlier server left.
    """

    node: str
    slot: int
    workers: int
    port: int
    first: bool


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Frame).decode


def pack(part: str, number: int, message: Any) -> bytes:
    """The bytes of a frame."""
    body = message if isinstance(message, msgspec.Raw) else msgspec.Raw(_encode(message))
    content = _encode(Frame(part, number, body))
    return len(content).to_bytes(LENGTH_BYTES, "big") + content


class FrameReader:
    """Cuts a byte stream into frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are complete with these bytes."""
        buffer = self._buffer
        buffer += data
        frames, start = [], 0
        while len(buffer) - start >= LENGTH_BYTES:
            body = start + LENGTH_BYTES
            end = body + int.from_bytes(buffer[start:body], "big")
            if len(buffer) < end:
                break
            # A copy, because the body of a frame refers to what it was decoded from.
            frames.append(_decode(bytes(buffer[body:end])))
            start = end
        del buffer[:start]
        return frames


def send_welcome(control: socket.socket, welcome: Welcome, listeners: list[int]) -> None:
    """Send a worker its name and its listening sockets, before anything else."""
    socket.send_fds(control, [_encode(welcome)], listeners)


def receive_welcome(control: socket.socket) -> tuple[Welcome, list[socket.socket]]:
    """Receive a worker's name and its listening sockets."""
    content, files, _, _ = socket.recv_fds(control, FIRST_READ_BYTES, MAX_LISTENERS)
    welcome = msgspec.msgpack.decode(content, type=Welcome)
    return welcome, [socket.socket(fileno=each) for each in files]
