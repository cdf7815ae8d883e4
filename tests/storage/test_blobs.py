"""Blobs: whole or not there, named by what is in them."""

import hashlib
from pathlib import Path

import pytest

from basicchat.domain.errors import InvalidInput
from basicchat.storage.blobs import FileBlobs


def temporary(directory: Path, data: bytes) -> tuple[Path, str]:
    path = directory / "upload.part"
    path.write_bytes(data)
    return path, hashlib.sha256(data).hexdigest()


async def test_a_blob_is_taken_in_found_and_removed(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path / "blobs")
    source, digest = temporary(tmp_path, b"hello")
    await blobs.put(source, digest)
    assert blobs.path(digest).read_bytes() == b"hello"
    assert blobs.path(digest).parent.name == digest[:2]
    assert not source.exists()
    await blobs.remove(digest)
    await blobs.remove(digest)
    assert not blobs.path(digest).exists()


async def test_the_same_bytes_twice_are_one_blob(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path / "blobs")
    for _ in range(2):
        source, digest = temporary(tmp_path, b"again")
        await blobs.put(source, digest)
        assert not source.exists()
    files = [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]
    assert files == [blobs.path(digest)]


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "\n"])
def test_only_a_digest_names_a_blob(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInput):
        FileBlobs(tmp_path).path(name)


async def test_a_missing_source_leaves_nothing(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path / "blobs")
    with pytest.raises(FileNotFoundError):
        await blobs.put(tmp_path / "gone", "a" * 64)
    assert not any(path.is_file() for path in (tmp_path / "blobs").rglob("*"))
