"""HTTP/1.1 on plain streams, for servers whose every byte a test controls."""

import asyncio
from typing import Any

import msgspec

MAX_BODY_BYTES = 8 << 20


class Received(msgspec.Struct, frozen=True):
    """A received request."""

    method: str
    path: str
    body: dict[str, Any]


async def read_request(reader: asyncio.StreamReader) -> Received | None:
    """Read a request with its body; None at the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *rest = head.decode().split("\r\n")
    method, path, _ = first.split(" ")
    headers = dict(h.lower().split(": ", 1) for h in rest if h)
    size = min(int(headers.get("content-length", 0)), MAX_BODY_BYTES)
    body = await reader.readexactly(size)
    return Received(method, path, msgspec.json.decode(body) if body else {})


async def send_json(writer: asyncio.StreamWriter, status: int, value: Any) -> None:
    """Send a complete answer."""
    body = msgspec.json.encode(value)
    writer.write(
        f"HTTP/1.1 {status} Status\r\nContent-Type: application/json; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\n\r\n".encode()
        + body
    )
    await writer.drain()


async def send_chunk(writer: asyncio.StreamWriter, data: bytes) -> None:
    """Send a piece of an answer in HTTP's chunked coding."""
    writer.write(b"%x\r\n%s\r\n" % (len(data), data))
    await writer.drain()
