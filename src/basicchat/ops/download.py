"""Downloads a large file of a known size, guarded like every URL, and continues a part of it."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from basicchat.domain.errors import UpstreamUnavailable
from basicchat.ops.egress import EgressGuard

MAX_REDIRECTS = 5
BLOCK_BYTES = 1 << 18
_REDIRECTS = (301, 302, 303, 307, 308)


async def download(
    guard: EgressGuard, url: str, part: Path, size: int, progress: Callable[[int], None]
) -> None:
    """Download a file to `part`; bytes that are there already are not asked for again.

    Each redirect is checked like the first URL.

    Args:
        size: of the whole file, in bytes; more are never written.
        progress: called with the number of bytes that are there.

    Raises:
        InvalidInput: the URL, or one that it leads to, may not be fetched.
        UpstreamUnavailable: the host does not answer, breaks off, or sends something else.
    """
    start = await asyncio.to_thread(_present, part)
    if start == size:
        return
    headers = {"accept": "application/octet-stream, */*"}
    if 0 < start < size:
        headers["range"] = f"bytes={start}-"
    for _ in range(MAX_REDIRECTS + 1):
        async with guard.opened(url, headers) as response:
            if response.status_code not in _REDIRECTS:
                await _receive(response, url, part, start, size, progress)
                return
            url = urljoin(url, response.headers.get("location", ""))
    raise _refused(url, "redirects too often")


async def _receive(
    response: Any, url: str, part: Path, start: int, size: int, progress: Callable[[int], None]
) -> None:
    if response.status_code == 200:
        start = 0
    elif response.status_code != 206 or not _continues(response, start):
        raise _refused(url, f"answered with the status {response.status_code}")
    with await asyncio.to_thread(part.open, "ab" if start else "wb") as file:
        written = start
        async for block in response.aiter_raw(BLOCK_BYTES):
            written += len(block)
            if written > size:
                raise _refused(url, "sent more than expected")
            await asyncio.to_thread(file.write, block)
            progress(written)
    if written < size:
        raise _refused(url, "sent less than expected")


def _present(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _continues(response: Any, start: int) -> bool:
    return str(response.headers.get("content-range", "")).startswith(f"bytes {start}-")


def _refused(url: str, what: str) -> UpstreamUnavailable:
    host = urlsplit(url).hostname or "The host"
    return UpstreamUnavailable(
        f"{host} {what}", provider=host, hint="Try again; what has arrived is not asked for again."
    )
