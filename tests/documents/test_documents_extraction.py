"""Worker processes: what they read, and what becomes of those that break down."""

import asyncio
import os
import resource
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
from reportlab.pdfgen import canvas

from basicchat.documents.chunking import ChunkSettings
from basicchat.documents.extraction import ProcessExtractor
from basicchat.documents.frames import WorkerSettings
from basicchat.domain.errors import BadDocument, RateLimited
from basicchat.domain.values import Extracted

MIB = 1024**2
LIFT = "Lift grows with speed. " * 200


async def extract(extractor: ProcessExtractor, path: Path) -> Extracted:
    async with asyncio.timeout(60):
        return await extractor.extract(path, name=path.name, media_type="")


def workers() -> list[psutil.Process]:
    return [
        process
        for process in psutil.Process().children()
        if "basicchat.documents.worker" in process.cmdline()
    ]


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.md"
    path.write_text("# Wings\n\n" + LIFT)
    return path


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    """A page that nests so deep that its parser takes minutes."""
    path = tmp_path / "endless.html"
    path.write_text("<div>" * 400_000 + "x")
    return path


@pytest.fixture
async def extractor() -> AsyncIterator[ProcessExtractor]:
    made = ProcessExtractor()
    yield made
    await made.close()


@pytest.fixture
def held(tmp_path: Path) -> Path:
    """A file whose reader waits until `opened_by_worker` has returned and something is written."""
    path = tmp_path / "held.txt"
    os.mkfifo(path)
    return path


async def opened_by_worker(held: Path) -> int:
    async with asyncio.timeout(60):
        return await asyncio.to_thread(os.open, held, os.O_WRONLY)


async def test_a_document_comes_whole(extractor: ProcessExtractor, good: Path) -> None:
    found = await extract(extractor, good)
    text = "".join(page.text for page in found.pages)
    assert text == "# Wings\n\n" + LIFT
    assert (found.title, found.page_count) == ("Wings", None)
    assert len(found.chunks) > 3
    assert all(text[chunk.start : chunk.end] == chunk.text for chunk in found.chunks)
    assert [page.text for page in (await extract(extractor, good)).pages] == [text]
    (worker,) = workers()
    assert worker.nice() == min(psutil.Process().nice() + 10, 19)


async def test_a_long_page_is_put_together_again(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text("zeile mit umläuten und 😀\n" * 40_000)
    extractor = ProcessExtractor(WorkerSettings(chunking=ChunkSettings(wanted=500, longest=700)))
    found = await extract(extractor, path)
    await extractor.close()
    assert [page.text for page in found.pages] == [path.read_text()]
    assert found.chunks[-1].line_end == 40_000


async def test_nothing_runs_before_it_is_needed_or_after_the_end(good: Path) -> None:
    extractor = ProcessExtractor(workers=2)
    assert workers() == []
    await asyncio.gather(*(extract(extractor, good) for _ in range(4)))
    assert len(workers()) == 2
    await extractor.close()
    assert workers() == []


async def test_a_bad_document_costs_no_worker(
    extractor: ProcessExtractor, good: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.pdf"
    bad.write_text("<html>")
    await extract(extractor, good)
    (before,) = workers()
    with pytest.raises(BadDocument, match="it is an HTML page"):
        await extract(extractor, bad)
    await extract(extractor, good)
    assert workers() == [before]


async def test_too_much_memory(good: Path, tmp_path: Path) -> None:
    extractor = ProcessExtractor(WorkerSettings(memory_bytes=120 * MIB))
    greedy = tmp_path / "greedy.txt"
    greedy.write_text("漢字 und Worte " * 1_500_000)
    with pytest.raises(BadDocument, match="more than 120 MB of memory"):
        await extract(extractor, greedy)
    assert (await extract(extractor, good)).title == "Wings"
    await extractor.close()


async def test_too_much_time(good: Path, endless: Path) -> None:
    extractor = ProcessExtractor(deadline_seconds=1.0)
    with pytest.raises(BadDocument, match="longer than 1 seconds"):
        await extract(extractor, endless)
    assert workers() == []
    assert (await extract(extractor, good)).title == "Wings"
    await extractor.close()


async def test_too_much_work(good: Path, endless: Path) -> None:
    extractor = ProcessExtractor(WorkerSettings(cpu_seconds=1))
    with pytest.raises(BadDocument, match="more than 1 s of CPU time"):
        await extract(extractor, endless)
    assert (await extract(extractor, good)).title == "Wings"
    await extractor.close()


async def test_a_crash_fails_one_document(
    extractor: ProcessExtractor, good: Path, held: Path
) -> None:
    reading = asyncio.create_task(extract(extractor, held))
    writer = await opened_by_worker(held)
    os.kill(workers()[0].pid, signal.SIGSEGV)
    with pytest.raises(BadDocument, match="crashed the process"):
        await reading
    os.close(writer)
    assert (await extract(extractor, good)).title == "Wings"


async def test_a_worker_that_died_while_idle_is_replaced_unseen(
    extractor: ProcessExtractor, good: Path
) -> None:
    await extract(extractor, good)
    (worker,) = workers()
    worker.kill()
    assert (await extract(extractor, good)).title == "Wings"
    assert [process.pid for process in workers()] != [worker.pid]


async def test_cancelling_frees_the_worker(
    extractor: ProcessExtractor, good: Path, held: Path
) -> None:
    reading = asyncio.create_task(extract(extractor, held))
    writer = await opened_by_worker(held)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    os.close(writer)
    assert workers() == []
    assert (await extract(extractor, good)).title == "Wings"


async def test_waiting_has_a_deadline(good: Path, held: Path) -> None:
    extractor = ProcessExtractor(queue_seconds=0.2)
    reading = asyncio.create_task(extract(extractor, held))
    writer = await opened_by_worker(held)
    with pytest.raises(RateLimited):
        await extract(extractor, good)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    os.close(writer)
    assert (await extract(extractor, good)).title == "Wings"
    await extractor.close()


async def test_too_many_characters(good: Path) -> None:
    extractor = ProcessExtractor(WorkerSettings(max_characters=100))
    with pytest.raises(BadDocument, match="more than 100 characters"):
        await extract(extractor, good)
    await extractor.close()


async def test_a_worker_knows_no_secrets(
    extractor: ProcessExtractor, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "hidden")
    await extract(extractor, good)
    (worker,) = workers()
    assert "SECRET_KEY" not in worker.environ()


@pytest.mark.slow
async def test_a_thousand_pages_stay_under_one_gib(
    extractor: ProcessExtractor, tmp_path: Path
) -> None:
    path = tmp_path / "long.pdf"
    pdf = canvas.Canvas(str(path))
    for number in range(1000):
        lines = pdf.beginText(50, 800)
        for line in range(50):
            lines.textLine(f"Page {number}, line {line}: the lift of a wing grows with its speed.")
        pdf.drawText(lines)
        pdf.showPage()
    pdf.save()
    slowest = 0.0

    async def watch() -> None:
        nonlocal slowest
        while True:
            # Of the processor, of which others take what they want of this machine's time.
            before = time.thread_time()
            await asyncio.sleep(0.005)
            slowest = max(slowest, time.thread_time() - before)

    watching = asyncio.create_task(watch())
    found = await extract(extractor, path)
    watching.cancel()
    assert found.page_count == 1000
    assert {chunk.page for chunk in found.chunks} == set(range(1, 1001))
    (worker,) = workers()
    assert worker.memory_info().rss < 1024 * MIB
    await extractor.close()
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    assert peak < 1024 * MIB
    assert slowest < 0.25
