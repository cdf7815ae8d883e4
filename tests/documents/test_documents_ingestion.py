"""The job that brings a document from its file to the index, also when run again."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from basicchat.documents.chunking import ChunkSettings
from basicchat.documents.extraction import ProcessExtractor
from basicchat.documents.frames import WorkerSettings
from basicchat.documents.ingestion import Ingestion
from basicchat.domain.errors import BadDocument, NotFound, UpstreamUnavailable
from basicchat.domain.ports import Embedder
from basicchat.domain.values import Document, Page, Scope, Task
from basicchat.storage.blobs_folder import FolderBlobs
from basicchat.storage.sqlite.search.index import SqliteSearchIndex

ANN = Scope(user_id="ann")
NOW = datetime(2026, 11, 1, tzinfo=UTC)
TASK = Task(
    task_id="t1",
    kind="ingest",
    status="running",
    progress=0.0,
    message="",
    user_id="ann",
    created_at=NOW,
)
PAYLOAD = {"document_id": "d1", "name": "notes.md"}
TEXT = "# Wings\n\n" + "\n\n".join(f"Paragraph {n} on lift and drag." for n in range(60))


class MemoryRecords:
    """Documents and their text, with every state that was stored."""

    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}
        self.texts: dict[str, str] = {}
        self.states: list[str] = []
        self.delete_when: str | None = None

    async def get(self, document_id: str) -> Document:
        if document_id not in self.documents:
            raise NotFound("There is no such document.")
        return self.documents[document_id]

    async def put(self, document: Document) -> None:
        present = await self.get(document.document_id)
        if present.sha256 != document.sha256:
            raise NotFound("The file was replaced.")
        self.documents[document.document_id] = document
        self.states.append(document.status)

    async def put_pages(self, document_id: str, pages: Sequence[Page]) -> None:
        await self.get(document_id)
        self.texts[document_id] = "".join(page.text for page in pages)


class Counted:
    """An embedder that may be away."""

    model = "letters"

    def __init__(self, *, works: bool = True) -> None:
        self.works = works
        self.embedded = 0

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        if not self.works:
            raise UpstreamUnavailable("away", provider="letters")
        self.embedded += len(texts)
        return [[float(len(text)), 1.0] for text in texts]

    async def close(self) -> None:
        return None


class Bench:
    """Real parts around the job."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.records = MemoryRecords()
        self.blobs = FolderBlobs(directory / "blobs")
        self.index = SqliteSearchIndex(directory / "index.db", embedding_model="letters")
        self.extractor = ProcessExtractor(
            WorkerSettings(chunking=ChunkSettings(wanted=100, longest=200))
        )
        self.job = Ingestion(self.records, self.blobs, self.extractor, self.index)
        self.progress: list[float] = []

    async def upload(self, data: bytes, document_id: str = "d1") -> None:
        path = self.directory / "part"
        path.write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        await self.blobs.put(path, digest)
        self.records.documents[document_id] = Document(
            document_id=document_id,
            title="notes.md",
            media_type="text/markdown",
            bytes=len(data),
            status="queued",
            created_at=NOW,
            owner_id="ann",
            sha256=digest,
        )

    async def report(self, progress: float, message: str) -> None:
        assert message
        self.progress.append(progress)
        if message == self.records.delete_when or message.startswith(
            self.records.delete_when or "-"
        ):
            self.records.documents.clear()

    async def run(self, embedder: Embedder | None = None, name: str = "notes.md") -> object:
        job = Ingestion(self.records, self.blobs, self.extractor, self.index, embedder)
        return await job.ingest(TASK, {"document_id": "d1", "name": name}, self.report)

    async def close(self) -> None:
        await self.extractor.close()
        await self.index.close()


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path)
    yield made
    await made.close()


async def test_a_document_becomes_ready(bench: Bench) -> None:
    await bench.upload(TEXT.encode())
    result = await bench.run()
    document = bench.records.documents["d1"]
    assert result == {"document_id": "d1", "pages": None, "chunks": document.chunks}
    assert (document.status, document.title, document.error) == ("ready", "Wings", None)
    assert (document.characters, document.task_id) == (len(TEXT), "t1")
    assert bench.records.texts["d1"] == TEXT
    assert bench.records.states == ["indexing", "indexing", "ready"]
    assert await bench.index.count() == (1, document.chunks)
    (hit,) = await bench.index.match(ANN, "paragraph 17", 1)
    assert hit.title == "Wings"
    assert TEXT[hit.start : hit.end] == hit.text
    assert bench.progress == sorted(bench.progress)
    assert (bench.progress[0] > 0, bench.progress[-1]) == (True, 1.0)


async def test_running_again_gives_the_same_state(bench: Bench) -> None:
    await bench.upload(TEXT.encode())
    await bench.run(Counted())
    first = (bench.records.documents["d1"], await bench.index.count())
    await bench.run(Counted())
    assert (bench.records.documents["d1"], await bench.index.count()) == first


async def test_an_edited_file_replaces_what_was_there(bench: Bench) -> None:
    await bench.upload(b"about zebras")
    await bench.run()
    await bench.upload(b"about giraffes")
    await bench.run()
    assert await bench.index.match(ANN, "zebras", 5) == ()
    assert len(await bench.index.match(ANN, "giraffes", 5)) == 1
    assert bench.records.texts["d1"] == "about giraffes"


async def test_vectors_are_stored_with_an_embedder(bench: Bench) -> None:
    await bench.upload(TEXT.encode())
    embedder = Counted()
    await bench.run(embedder)
    assert embedder.embedded == bench.records.documents["d1"].chunks
    assert await bench.index.embedding_model() == "letters"
    assert len(await bench.index.nearest(ANN, [100.0, 1.0], 3)) == 3


async def test_without_its_embedder_a_document_is_found_by_words(bench: Bench) -> None:
    await bench.upload(TEXT.encode())
    await bench.run(Counted(works=False))
    assert bench.records.documents["d1"].status == "ready"
    assert await bench.index.embedding_model() is None
    assert len(await bench.index.match(ANN, "paragraph", 3)) == 3


async def test_a_bad_document_says_why_and_leaves_nothing(bench: Bench) -> None:
    await bench.upload(b"first it was fine")
    await bench.run()
    await bench.upload(b"<html>no pdf")
    with pytest.raises(BadDocument):
        await bench.run(name="notes.pdf")
    document = bench.records.documents["d1"]
    assert document.status == "failed"
    assert "named like PDF" in (document.error or "")
    assert await bench.index.count() == (0, 0)


@pytest.mark.parametrize("when", ["Reading", "Storing", "Indexing"])
async def test_a_document_deleted_meanwhile_leaves_nothing(bench: Bench, when: str) -> None:
    await bench.upload(TEXT.encode())
    bench.records.delete_when = when
    assert await bench.run() is None
    assert await bench.index.count() == (0, 0)


async def test_a_document_that_is_gone_is_no_error(bench: Bench) -> None:
    assert await bench.run() is None


async def test_a_file_replaced_meanwhile_is_indexed_as_it_is_last(bench: Bench) -> None:
    await bench.upload(b"about zebras")
    second: list[asyncio.Task[object]] = []

    async def replace(progress: float, message: str) -> None:
        if message.startswith("Storing") and not second:
            await bench.upload(b"about giraffes")
            second.append(asyncio.create_task(bench.job.ingest(TASK, PAYLOAD, bench.report)))

    async with asyncio.timeout(60):
        assert await bench.job.ingest(TASK, PAYLOAD, replace) is None
        assert await second[0] is not None
    assert bench.records.documents["d1"].status == "ready"
    assert bench.records.texts["d1"] == "about giraffes"
    assert await bench.index.match(ANN, "zebras", 5) == ()
    assert len(await bench.index.match(ANN, "giraffes", 5)) == 1
