"""Guarded downloads: continued, redirected, and of what is not what was expected."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from basicchat.domain.errors import InvalidInput, UpstreamUnavailable
from basicchat.ops.download import download
from basicchat.ops.egress import EgressGuard
from support.tls import certificate

NAME = "models.example"
DATA = bytes(range(256)) * 3000


class Files:
    """A web server over TLS with one file.

    Attributes:
        cut: it breaks off after so many bytes of a body.
        ranges: what was asked for, by Range headers; None without one.
    """

    def __init__(self) -> None:
        self.port = 0
        self.data = DATA
        self.cut: int | None = None
        self.knows_ranges = True
        self.location: str | None = None
        self.ranges: list[str | None] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            writer.write(self._response(head))
            await writer.drain()
        finally:
            writer.close()

    def _response(self, head: str) -> bytes:
        if self.location is not None and not head.startswith("get /moved"):
            return f"HTTP/1.1 302 Found\r\nlocation: {self.location}\r\n\r\n".encode()
        found = re.search(r"\r\nrange: (bytes=(\d+)-)", head)
        self.ranges.append(found[1] if found else None)
        start = int(found[2]) if found and self.knows_ranges else 0
        body = self.data[start:]
        status = "206 Partial" if found and self.knows_ranges else "200 OK"
        partial = f"content-range: bytes {start}-{len(self.data) - 1}/{len(self.data)}\r\n"
        length = f"content-length: {len(body)}\r\n\r\n"
        return f"HTTP/1.1 {status}\r\n{partial}{length}".encode() + body[: self.cut]


Fetch = Callable[[Path], Awaitable[list[int]]]


@pytest.fixture
async def files(tmp_path: Path) -> AsyncIterator[Files]:
    files = Files()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate(tmp_path, NAME))
    server = await asyncio.start_server(files.serve, "127.0.0.1", 0, ssl=context)
    files.port = server.sockets[0].getsockname()[1]
    yield files
    server.close()


@pytest.fixture
async def fetch(files: Files, tmp_path: Path) -> AsyncIterator[Fetch]:
    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1" if host == NAME else "10.0.0.1"]

    trust = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    guard = EgressGuard(["127.0.0.1"], resolve=resolve, trust=trust, seconds=30)

    async def run(part: Path) -> list[int]:
        seen: list[int] = []
        url = f"https://{NAME}:{files.port}/model"
        await download(guard, url, part, len(DATA), seen.append)
        return seen

    yield run
    guard.close()


async def test_a_file_is_downloaded_and_its_progress_told(
    files: Files, fetch: Fetch, tmp_path: Path
) -> None:
    part = tmp_path / "part"
    seen = await fetch(part)
    assert part.read_bytes() == DATA
    assert seen == sorted(seen)
    assert seen[-1] == len(DATA)
    # What is complete is not asked for again.
    assert await fetch(part) == []
    assert files.ranges == [None]


@pytest.mark.parametrize("knows_ranges", [True, False])
async def test_a_broken_download_goes_on_where_it_stopped(
    files: Files, fetch: Fetch, tmp_path: Path, knows_ranges: bool
) -> None:
    part = tmp_path / "part"
    part.write_bytes(DATA[:1000])
    files.cut, files.knows_ranges = 300_000, knows_ranges
    with pytest.raises(UpstreamUnavailable):
        await fetch(part)
    present = part.stat().st_size
    assert part.read_bytes() == DATA[:present]
    files.cut = None
    await fetch(part)
    assert part.read_bytes() == DATA
    assert files.ranges == ["bytes=1000-", f"bytes={present}-"]


async def test_redirects_are_followed_and_checked(
    files: Files, fetch: Fetch, tmp_path: Path
) -> None:
    part = tmp_path / "part"
    files.location = "/moved"
    await fetch(part)
    assert part.read_bytes() == DATA
    for location in (
        "https://inside.example/moved",
        "http://models.example/moved",
        "file:///moved",
    ):
        files.location = location
        with pytest.raises(InvalidInput):
            await fetch(tmp_path / "other")
    files.location = "/again"
    with pytest.raises(UpstreamUnavailable, match="redirects too often"):
        await fetch(tmp_path / "other")
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("change", [b"more than expected", b""])
async def test_a_file_of_another_size_is_refused(
    files: Files, fetch: Fetch, tmp_path: Path, change: bytes
) -> None:
    files.data = DATA + change if change else DATA[:-1]
    with pytest.raises(UpstreamUnavailable, match=r"than expected$"):
        await fetch(tmp_path / "part")
    assert (tmp_path / "part").stat().st_size <= len(DATA)


async def test_a_part_that_is_too_long_is_replaced(
    files: Files, fetch: Fetch, tmp_path: Path
) -> None:
    (tmp_path / "part").write_bytes(DATA + b"x")
    await fetch(tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == DATA
    assert files.ranges == [None]
