"""The job that brings a document from its file to the index, also when run again."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from basicchat.documents import ingestion
from basicchat.documents.chunking import ChunkSettings
from basicchat.documents.extraction import ProcessExtractor, ReadingTime
from basicchat.documents.frames import WorkerSettings
from basicchat.documents.ingestion import Ingestion
from basicchat.documents.vectors import VectorBackfill
from basicchat.domain.errors import BadDocument, NotFound, UpstreamUnavailable
from basicchat.domain.jobs import DEFERRED, Deferred
from basicchat.domain.passages import Page
from basicchat.domain.ports import Embedder
from basicchat.domain.values import Document, Scope, Task
from basicchat.storage.blobs_folder import FolderBlobs
from basicchat.storage.sqlite.search.index import SqliteSearchIndex
from support import slow_format
from support.pdf_files import PARTLY_SCANNED, pdf

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

    async def update(self, document: Document, changes: Mapping[str, Any]) -> Document:
        present = await self.get(document.document_id)
        if present.sha256 != document.sha256:
            raise NotFound("The file was replaced.")
        changed = msgspec.structs.replace(present, **changes)
        self.documents[document.document_id] = changed
        self.states.append(changed.status)
        return changed

    async def revise(self, document_id: str, revise: Callable[[Document], Document]) -> None:
        if document_id in self.documents:
            self.documents[document_id] = revise(self.documents[document_id])

    async def put_pages(self, document_id: str, pages: Sequence[Page]) -> None:
        await self.get(document_id)
        self.texts[document_id] = "".join(page.text for page in pages)


class Counted:
    """An embedder that may be away."""

    model = "letters"

    def __init__(self, *, works: bool = True, longest: int = 1000) -> None:
        self.works = works
        self.longest = longest
        self.embedded = 0

    async def embed(
        self, texts: Sequence[str], on_incomplete: Callable[[], None] | None = None
    ) -> list[list[float]]:
        if not self.works:
            raise UpstreamUnavailable("away", provider="letters")
        self.embedded += len(texts)
        for text in texts:
            if len(text) > self.longest and on_incomplete is not None:
                on_incomplete()
        return [[float(len(text)), 1.0] for text in texts]

    async def find(self) -> bool:
        return True

    async def embed_query(self, query: str) -> list[float]:
        (vector,) = await self.embed([query])
        return vector

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
            WorkerSettings(chunking=ChunkSettings(wanted=100, longest=200)),
            # A busy machine must not defer a file.
            time=ReadingTime(first_slice=60, first_deadline=60),
        )
        self.job = self.ingestion()
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
        job = self.ingestion(embedder)
        result = await job.ingest(TASK, {"document_id": "d1", "name": name}, self.report)
        await VectorBackfill(self.index, embedder).add_missing(self.records)
        return result

    def ingestion(self, embedder: Embedder | None = None) -> Ingestion:
        vectors = VectorBackfill(self.index, embedder)
        return Ingestion(self.records, self.blobs, self.extractor, self.index, vectors)

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


async def test_an_edited_file_replaces_the_old_one(bench: Bench) -> None:
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


async def test_a_document_says_what_its_vectors_lack(bench: Bench) -> None:
    await bench.upload(TEXT.encode())
    await bench.run(Counted(longest=0))
    document = bench.records.documents["d1"]
    params = {"count": document.chunks, "model": "letters"}
    assert [(note.kind, note.params) for note in document.notes] == [
        ("embedding_incomplete", params)
    ]
    await bench.run(Counted())
    assert bench.records.documents["d1"].notes == ()


async def test_a_document_says_which_pages_have_no_text(bench: Bench) -> None:
    await bench.upload(pdf(PARTLY_SCANNED))
    await bench.run(Counted(longest=0), name="notes.pdf")
    document = bench.records.documents["d1"]
    assert (document.status, document.pages) == ("ready", 3)
    kinds = ["pages_without_text", "embedding_incomplete"]
    assert [note.kind for note in document.notes] == kinds
    # Notes of an earlier file do not stay.
    await bench.upload(b"plain text")
    await bench.run(Counted())
    assert bench.records.documents["d1"].notes == ()


async def test_a_bad_document_reports_why_and_leaves_no_data(bench: Bench) -> None:
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


async def test_a_slow_file_gives_way_once(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow_format.install(tmp_path / "site", monkeypatch)
    bench.extractor = ProcessExtractor(time=ReadingTime(first_slice=0.2))
    await bench.upload(b"0.6")
    with pytest.raises(Deferred):
        await bench.run(name="notes.slow")
    document = bench.records.documents["d1"]
    assert (document.status, document.error) == ("queued", None)
    job = bench.ingestion()
    payload = {"document_id": "d1", "name": "notes.slow", DEFERRED: True}
    assert await job.ingest(TASK, payload, bench.report) is not None
    assert bench.records.texts["d1"] == "The slow file was read."


async def test_a_file_with_much_text_gives_way_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is quick to read, but its index would make others wait."""
    monkeypatch.setattr(ingestion, "MAX_QUICK_PASSAGES", 1)
    await bench.upload(b"One paragraph of many words follows another.\n\n" * 200)
    with pytest.raises(Deferred, match="much text"):
        await bench.run()
    assert bench.records.documents["d1"].status == "queued"
    assert await bench.index.count() == (0, 0)
    payload = {"document_id": "d1", "name": "notes.md", DEFERRED: True}
    assert await bench.job.ingest(TASK, payload, bench.report) is not None
    assert bench.records.documents["d1"].status == "ready"


async def test_a_deleted_document_is_not_an_error(bench: Bench) -> None:
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
