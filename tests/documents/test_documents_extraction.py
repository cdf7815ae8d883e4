"""Worker processes: what they read, and what becomes of those that break down."""

import asyncio
import os
import resource
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
from reportlab.pdfgen import canvas

from basicchat.documents.chunking import ChunkSettings
from basicchat.documents.extraction import ProcessExtractor, ReadingTime
from basicchat.documents.frames import WorkerSettings
from basicchat.domain.errors import BadDocument, RateLimited
from basicchat.domain.jobs import Deferred
from basicchat.domain.passages import Extracted
from support import slow_format
from support.event_loop import LongestTurn
from support.frozen_time import frozen_time
from support.kept_workers import kept_pids

MIB = 1024**2
LIFT = "Lift grows with speed. " * 200


async def extract(extractor: ProcessExtractor, path: Path, seconds: float = 600) -> Extracted:
    # Workers have a low priority, so a busy machine makes them slow.
    async with asyncio.timeout(seconds):
        return await extractor.extract(path, name=path.name, media_type="")


def workers() -> list[psutil.Process]:
    return [
        process
        for process in psutil.Process().children()
        if process.pid not in kept_pids() and "basicchat.documents.worker" in process.cmdline()
    ]


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.md"
    path.write_text("# Wings\n\n" + LIFT)
    return path


@pytest.fixture
def endless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that takes minutes of processor time."""
    slow_format.install(tmp_path / "site", monkeypatch)
    path = tmp_path / "endless.slow"
    path.write_text("600")
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


async def test_a_document_is_returned_whole(extractor: ProcessExtractor, good: Path) -> None:
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


async def test_too_much_time(good: Path, held: Path) -> None:
    extractor = ProcessExtractor(time=ReadingTime(deadline=1.0))
    with frozen_time() as clock:
        reading = asyncio.create_task(extract(extractor, held))
        writer = await opened_by_worker(held)
        clock.advance(1.0)
        with pytest.raises(BadDocument, match="longer than 1 seconds"):
            await reading
        os.close(writer)
        assert workers() == []
        assert (await extract(extractor, good)).title == "Wings"
    await extractor.close()


async def test_too_much_work(good: Path, endless: Path) -> None:
    extractor = ProcessExtractor(time=ReadingTime(base=1, per_megabyte=0))
    with pytest.raises(BadDocument, match="more than 1 s of CPU time"):
        await extract(extractor, endless)
    assert (await extract(extractor, good)).title == "Wings"
    await extractor.close()


async def test_a_slow_file_gives_way_and_is_read_later(
    good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow_format.install(tmp_path / "site", monkeypatch)
    slow = tmp_path / "file.slow"
    slow.write_text("1")
    extractor = ProcessExtractor(time=ReadingTime(first_slice=0.3))
    with pytest.raises(Deferred, match="takes long to read"):
        await extractor.extract(slow, name="file.slow", media_type="", give_way=True)
    assert workers() == []
    assert (await extract(extractor, good)).title == "Wings"
    found = await extract(extractor, slow)
    assert [page.text for page in found.pages] == ["The slow file was read."]
    # The slice of the file before does not count.
    found = await extractor.extract(good, name="good.md", media_type="", give_way=True)
    assert found.title == "Wings"
    await extractor.close()


async def test_a_stuck_reader_gives_way(held: Path) -> None:
    extractor = ProcessExtractor(time=ReadingTime(first_deadline=0.5))
    with pytest.raises(Deferred):
        await extractor.extract(held, name="held.txt", media_type="", give_way=True)
    await extractor.close()


async def test_a_worker_out_of_time_is_not_tried_again(good: Path, endless: Path) -> None:
    extractor = ProcessExtractor(time=ReadingTime(base=1, per_megabyte=0))
    await extract(extractor, good)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with pytest.raises(BadDocument, match="more than 1 s of CPU time"):
        await extract(extractor, endless)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    await extractor.close()
    # One attempt: the processor time of the start, and of one budget.
    assert after.ru_utime - before.ru_utime < 3.5


@pytest.mark.parametrize(
    ("size", "seconds"), [(0, 20), (114_000, 21.71), (1_000_000, 35), (100_000_000, 300)]
)
def test_a_budget_grows_with_the_file(size: int, seconds: float) -> None:
    assert ReadingTime().budget(size) == pytest.approx(seconds)


# Each took minutes: the parsers' time grew with the square of what repeats.
COSTLY = {
    "nested.html": "<div>" * 250_000 + "The last word",
    "lists.html": "<ul><li>" * 120_000 + "The last word",
    "closers.html": "<div>" * 200_000 + "</p>" * 200_000 + "The last word",
    "attributes.html": "<a " + " ".join(f"a{n}=1" for n in range(150_000)) + ">The last word</a>",
    "comments.html": "<div>" * 30_000 + "<!-- no -->" * 100_000 + "The last word",
    "spaces.html": "<pre>" + " " * 400_000 + "x</pre>The last word",
    "line.txt": "漢" * 1_000_000 + "The last word",
    "quotes.md": "> " * 2_000_000 + "The last word",
}


@pytest.mark.parametrize("name", COSTLY)
async def test_repetitive_text_is_read_in_linear_time(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(COSTLY[name])
    limited = ProcessExtractor(time=ReadingTime(base=60, per_megabyte=0))
    async with asyncio.timeout(600):
        found = await limited.extract(path, name=name, media_type="")
    await limited.close()
    assert "".join(page.text for page in found.pages).strip().endswith("The last word")


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
    with LongestTurn().measure() as longest_turn:
        found = await extract(extractor, path, seconds=600)
    assert found.page_count == 1000
    assert {chunk.page for chunk in found.chunks} == set(range(1, 1001))
    (worker,) = workers()
    assert worker.memory_info().rss < 1024 * MIB
    await extractor.close()
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    assert peak < 1024 * MIB
    assert longest_turn.seconds < 0.25
