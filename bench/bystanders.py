"""What others want of a server that is attacked: health checks answered, small texts found."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bench.uploads import upload

HEALTH_EVERY_SECONDS = 0.25
POLL_SECONDS = 0.05
# The attack has begun by then.
FIRST_TEXT_SECONDS = 1.0
TEXTS, TEXT_EVERY_SECONDS = 4, 3.0
ANSWER_SECONDS = 60.0


@dataclass
class Waits:
    """How long a bystander waited each time.

    Attributes:
        what: was waited for.
        samples: the waits that were met, in seconds.
        failed: how many were not.
    """

    what: str
    samples: list[float] = field(default_factory=list)
    failed: int = 0

    @property
    def longest(self) -> float:
        """The longest wait, in seconds; endless if one was in vain."""
        return float("inf") if self.failed or not self.samples else max(self.samples)

    def __str__(self) -> str:
        count = len(self.samples) + self.failed
        met = f"{len(self.samples)} of {count} {self.what}"
        return f"{met}, after {max(self.samples, default=0) * 1000:,.0f} ms at most"


Bystander = Callable[[int, str, float], Awaitable[Waits]]


async def health_checks(port: int, bearer: str, seconds: float) -> Waits:
    """Ask for the server's health on new connections, as a supervisor does."""
    waits, ends = Waits("health checks answered"), time.monotonic() + seconds
    while time.monotonic() < ends:
        began = time.monotonic()
        try:
            answer = await _exchange(port, _head("GET", "/health/live", bearer))
        except (OSError, TimeoutError):
            answer = b""
        if answer.startswith(b"HTTP/1.1 200"):
            waits.samples.append(time.monotonic() - began)
        else:
            waits.failed += 1
        await asyncio.sleep(HEALTH_EVERY_SECONDS)
    return waits


async def small_texts(port: int, bearer: str, seconds: float) -> Waits:
    """Upload small texts, and search each until it is found."""
    waits = Waits("small texts found")

    async def one(number: int) -> None:
        await asyncio.sleep(FIRST_TEXT_SECONDS + number * TEXT_EVERY_SECONDS)
        began = time.monotonic()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await _until_found(port, bearer, f"bystander{number}x")
        except (OSError, TimeoutError):
            waits.failed += 1
        else:
            waits.samples.append(time.monotonic() - began)

    await asyncio.gather(*map(one, range(TEXTS)))
    return waits


async def _until_found(port: int, bearer: str, word: str) -> None:
    uploaded = await _exchange(port, upload(f"{word}.md", f"Of {word} alone.".encode(), bearer))
    if b'"document_id"' not in uploaded:
        raise ConnectionError(uploaded.decode("latin-1")[:200])
    params = {"query": word, "k": 1}
    call = {"jsonrpc": "2.0", "id": 1, "method": "documents.search", "params": params}
    body = json.dumps(call).encode()
    search = _head("POST", "/api/rpc", bearer, body)
    # Each is an attempt, and no event tells that other connection.
    while word.encode() not in await _exchange(port, search):  # noqa: ASYNC110
        await asyncio.sleep(POLL_SECONDS)


def _head(method: str, path: str, bearer: str, body: bytes = b"") -> bytes:
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {bearer}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + body


async def _exchange(port: int, request: bytes) -> bytes:
    async with asyncio.timeout(ANSWER_SECONDS):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(request)
            return await reader.read()
        finally:
            writer.transport.abort()
