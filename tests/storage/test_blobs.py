"""The contract of blobs, as a table of checks, and what only the folder of files has.

A new implementation adds itself to the fixture `blobs`.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from basicchat.domain.errors import InvalidInput, OriginalsUnavailable, UpstreamUnavailable
from basicchat.domain.ports import Blobs
from basicchat.storage.blobs_folder import FolderBlobs
from basicchat.storage.blobs_s3 import S3Blobs, S3Place
from basicchat.transports.memory import MemoryClient
from support.quick_app import open_quick_app
from support.s3_server import S3Server
from support.servers import SECONDS, scripted, settings_for

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


async def is_stored_once_by_several_at_once(blobs: Blobs, folder: Path) -> None:
    data = bytes(range(256)) * 10_000
    sources = [folder / f"upload{number}" for number in range(4)]
    for source in sources:
        source.write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    await asyncio.gather(*(blobs.put(source, digest) for source in sources))
    assert await content(blobs, digest) == data
    assert not any(source.exists() for source in sources)


async def is_in_order_when_it_is_examined(blobs: Blobs, folder: Path) -> None:
    await blobs.check()


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
    is_stored_once_by_several_at_once,
    accepts_only_digests_as_names,
    is_in_order_when_it_is_examined,
]


@pytest.fixture(params=["folder", "postgres", "s3"])
async def blobs(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Blobs]:
    if request.param == "folder":
        yield FolderBlobs(tmp_path / "blobs")
        return
    if request.param == "s3":
        server: S3Server = request.getfixturevalue("s3")
        yield S3Blobs(S3Place("originals", "a/b", server.url), tmp_path / "temporary")
        assert files(tmp_path / "temporary") == [], "temporary files are deleted"
        assert all(name.startswith("a/b/") for name in server.names())
        return
    from basicchat.storage.postgres.blobs import PostgresBlobs  # noqa: PLC0415
    from basicchat.storage.postgres.database import PostgresDatabase  # noqa: PLC0415
    from support import postgres  # noqa: PLC0415

    url: str = request.getfixturevalue("postgres_url")
    await postgres.empty(url)
    database = await PostgresDatabase.open(url)
    yield PostgresBlobs(database, tmp_path / "temporary")
    await database.close()
    assert files(tmp_path / "temporary") == [], "temporary files are deleted"


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


# What is wrong with the environment or the place, and the message.
WRONG = {
    "unknown key": ({"AWS_ACCESS_KEY_ID": "AKIAUNKNOWN"}, "originals", "refuses the keys"),
    "wrong secret": ({"AWS_SECRET_ACCESS_KEY": "wrong"}, "originals", "refuses the keys"),
    "unknown bucket": ({}, "nowhere", "has no such bucket"),
}


@pytest.mark.parametrize("kind", WRONG)
async def test_a_store_that_refuses_says_what_to_do(
    s3: S3Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str
) -> None:
    environment, bucket, message = WRONG[kind]
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    blobs = S3Blobs(S3Place(bucket, "", s3.url), tmp_path / "temporary")
    source, digest = temporary(tmp_path, b"hello")
    for work in (blobs.check, lambda: blobs.put(source, digest), lambda: content(blobs, digest)):
        with pytest.raises(UpstreamUnavailable, match=message) as refused:
            await work()
        assert (refused.value.reason, refused.value.retryable) == ("originals_refused", False)
        assert "wrong" not in refused.value.message
    assert source.exists(), "what could not be stored is still there"


async def test_a_store_that_is_away_can_be_asked_again(s3: S3Server, tmp_path: Path) -> None:
    blobs = S3Blobs(S3Place("originals", "", s3.url), tmp_path / "temporary")
    source, digest = temporary(tmp_path, bytes(range(256)) * 50_000)
    s3.stop()
    try:
        for work in (blobs.put(source, digest), content(blobs, digest), blobs.remove(digest)):
            with pytest.raises(OriginalsUnavailable, match="cannot be reached") as away:
                await work
            assert away.value.retryable
    finally:
        s3.start()
    await blobs.put(source, digest)
    assert hashlib.sha256(await content(blobs, digest)).hexdigest() == digest
    assert s3.names() == [digest]


async def tasks_that(client: MemoryClient, count: int, holds: Callable[[Any], bool]) -> None:
    """Wait until this holds of as many tasks."""
    found: set[str] = set()
    async with asyncio.timeout(SECONDS):
        async for _, params in client.notifications:
            for event in params.get("events", ()):
                if event["type"] == "task.updated" and holds(event["data"]):
                    found.add(event["data"]["task_id"])
            if len(found) >= count:
                return


async def test_documents_wait_for_a_store_that_is_away(s3: S3Server, tmp_path: Path) -> None:
    """One is indexed and another one's original deleted, both once the store is back."""
    settings = settings_for(
        tmp_path / "data", originals="s3://originals/docs", originals_endpoint=s3.url
    )

    async def silent(name: str, progress: float, message: str) -> None:
        """Report nothing."""

    async with open_quick_app(settings, llm=scripted(asyncio.Semaphore(0))) as app:
        paths = [tmp_path / "kept.txt", tmp_path / "deleted.txt"]
        for path in paths:
            path.write_text(f"the word {path.stem}")
        indexed = await app.index_paths(paths, silent)
        documents = {document.name: document for document in indexed}
        kept, deleted = documents["kept.txt"], documents["deleted.txt"]
        assert sorted(s3.names()) == sorted(f"docs/{each.sha256}" for each in indexed)
        client = app.memory_client()
        await client.call("session.hello", {})
        s3.stop()
        try:
            checks = {check.name: check for check in await app.checks.all()}
            assert (checks["originals"].ok, checks["originals"].needed) == (False, False)
            await app.services.documents.delete(deleted)
            await app.resources.index.clear()
            assert await app.services.documents.index_missing()
            await tasks_that(client, 2, lambda task: "cannot be reached" in task["message"])
        finally:
            s3.start()
        await tasks_that(client, 2, lambda task: task["status"] == "completed")
        assert s3.names() == [f"docs/{kept.sha256}"]
        assert await app.resources.index.document_ids() == {kept.document_id}
        checks = {check.name: check for check in await app.checks.all()}
        assert checks["originals"].ok
        await client.close()
