"""Detects whether a model server is running on this machine, without a client library."""

import asyncio
from contextlib import suppress

PROBE_SECONDS = 0.8
MAX_ANSWER_BYTES = 64 << 10
OK = b"HTTP/1.1 200 "


async def answers(port: int, path: str, marker: bytes, host: str = "127.0.0.1") -> bool:
    """Whether `GET path` returns status 200 and a body with the marker in its first 64 KiB.

    Takes at most 0.8 s and never raises; any error means no.
    """
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            return await fetch(host, port, path, marker)
    except (OSError, TimeoutError):
        return False


async def fetch(host: str, port: int, path: str, marker: bytes) -> bool:
    """Send the request with HTTP/1.0, so that the connection closes after the response."""
    reader, writer = await asyncio.open_connection(host, port, limit=MAX_ANSWER_BYTES)
    try:
        writer.write(f"GET {path} HTTP/1.0\r\nHost: {host}:{port}\r\n\r\n".encode())
        await writer.drain()
        answer = bytearray()
        while len(answer) < MAX_ANSWER_BYTES and (data := await reader.read(MAX_ANSWER_BYTES)):
            answer += data
            if not OK.startswith(answer[: len(OK)].replace(b"1.0", b"1.1")):
                return False
            if marker in answer:
                return True
        return False
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
