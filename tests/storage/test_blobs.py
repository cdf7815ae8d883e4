"""The contract of blobs, as a table of checks, and what only the folder of files has.

A new implementation adds itself to the fixture `blobs`.
"""

import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from basicchat.domain.errors import InvalidInput, UpstreamUnavailable
from basicchat.domain.ports import Blobs
from basicchat.storage.blobs_folder import FolderBlobs

Check = Callable[[Blobs, Path], Awaitable[None]]


def temporary(directory: Path, data: bytes) -> tuple[Path, str]:
    path = directory / "upload.part"
    path.write_bytes(data)
    return path, hashlib.sha256(data).hexdigest()


async def content(blobs: Blobs, digest: str) -> bytes:
    async with blobs.local(digest) as path:
        return path.read_bytes()


async def stores_finds_and_removes_a_blob(blobs: Blobs, folder: Path) -> None:
    source, digest = temporary(folder, b"hello")
    await blobs.put(source, digest)
    assert not source.exists()
    assert await content(blobs, digest) == b"hello"
    await blobs.remove(digest)
    await blobs.remove(digest)
    with pytest.raises(UpstreamUnavailable, match="missing"):
        await content(blobs, digest)


async def stores_the_same_bytes_once(blobs: Blobs, folder: Path) -> None:
    for _ in range(2):
        source, digest = temporary(folder, b"again")
        await blobs.put(source, digest)
        assert not source.exists()
    await blobs.remove(digest)
    with pytest.raises(UpstreamUnavailable):
        await content(blobs, digest)


async def keeps_large_and_empty_blobs_apart(blobs: Blobs, folder: Path) -> None:
    large, empty = bytes(range(256)) * 20_000, b""
    digests = []
    for data in (large, empty):
        source, digest = temporary(folder, data)
        await blobs.put(source, digest)
        digests.append(digest)
    assert [await content(blobs, digest) for digest in digests] == [large, empty]


async def is_read_by_several_at_once(blobs: Blobs, folder: Path) -> None:
    source, digest = temporary(folder, b"shared")
    await blobs.put(source, digest)
    async with blobs.local(digest) as one, blobs.local(digest) as other:
        assert one.read_bytes() == other.read_bytes() == b"shared"


async def stores_nothing_of_a_missing_source(blobs: Blobs, folder: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await blobs.put(folder / "missing", "a" * 64)
    with pytest.raises(UpstreamUnavailable):
        await content(blobs, "a" * 64)


async def accepts_only_digests_as_names(blobs: Blobs, folder: Path) -> None:
    for name in ("", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "\n"):
        source, _ = temporary(folder, b"x")
        with pytest.raises(InvalidInput):
            await content(blobs, name)
        with pytest.raises(InvalidInput):
            await blobs.put(source, name)
        with pytest.raises(InvalidInput):
            await blobs.remove(name)


CONTRACT: list[Check] = [
    stores_finds_and_removes_a_blob,
    stores_the_same_bytes_once,
    keeps_large_and_empty_blobs_apart,
    is_read_by_several_at_once,
    stores_nothing_of_a_missing_source,
    accepts_only_digests_as_names,
]


@pytest.fixture(params=["folder"])
def blobs(tmp_path: Path) -> Blobs:
    return FolderBlobs(tmp_path / "blobs")


@pytest.mark.parametrize("check", CONTRACT, ids=lambda check: check.__name__)
async def test_contract(check: Check, blobs: Blobs, tmp_path: Path) -> None:
    await check(blobs, tmp_path)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_a_folder_holds_the_same_bytes_in_one_file(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path / "blobs")
    for _ in range(2):
        source, digest = temporary(tmp_path, b"again")
        await blobs.put(source, digest)
    assert files(tmp_path / "blobs") == [tmp_path / "blobs" / digest[:2] / digest]


async def test_a_missing_source_leaves_nothing_in_the_folder(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path / "blobs")
    with pytest.raises(FileNotFoundError):
        await blobs.put(tmp_path / "gone", "a" * 64)
    assert files(tmp_path / "blobs") == []
