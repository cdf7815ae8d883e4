"""Reads documents in worker processes, so that no file can harm or delay the server.

A file first gets a small slice of processor time, which is enough for nearly all. One that needs
more gives way to the others (`Deferred`), and is read again later with a budget that depends on its
size. So a slow file holds up no others, and a small file never works for minutes.
"""

import asyncio
import logging
import signal
from collections.abc import Callable
from pathlib import Path

import msgspec

from basicchat.documents import frames
from basicchat.documents.frames import WorkerSettings
from basicchat.documents.received_document import ReceivedDocument
from basicchat.documents.worker_process import WORKER_ERRORS, WorkerProcess
from basicchat.domain.errors import BadDocument, RateLimited
from basicchat.domain.jobs import Deferred
from basicchat.domain.passages import Extracted

_log = logging.getLogger(__name__)


class ReadingTime(msgspec.Struct, frozen=True, kw_only=True):
    """How long one document may take, in seconds of processor time unless stated otherwise.

    Attributes:
        first_slice: the time after which a file gives way to others.
        first_deadline: the same in seconds of real time, for a reader that is stuck.
        base: the time that a file of any size gets.
        per_megabyte: further time for each megabyte of the file.
        most: the most time that any file gets.
        deadline: how long reading may take, in seconds of real time.
    """

    first_slice: float = 1.5
    first_deadline: float = 5.0
    base: float = 20.0
    per_megabyte: float = 15.0
    most: float = 300.0
    deadline: float = 600.0

    def budget(self, size: int) -> float:
        """The processor time for a file of `size` bytes."""
        return min(self.base + self.per_megabyte * size / 1e6, self.most)


class ProcessExtractor:
    """A pool of long-lived worker processes, started on demand.

    A worker that crashes, hangs or takes too much memory is replaced; only its document fails.

    Args:
        settings: the resource limits of each worker.
        workers: how many documents are read in parallel.
        time: how long one document may take.
        queue_seconds: how long a document may wait for a free worker.
        worker: creates a worker, which starts its process on demand.
    """

    def __init__(
        self,
        settings: WorkerSettings | None = None,
        *,
        workers: int = 1,
        time: ReadingTime | None = None,
        queue_seconds: float = 3600.0,
        worker: Callable[[WorkerSettings], WorkerProcess] = WorkerProcess,
    ) -> None:
        self._time = time or ReadingTime()
        self._queue_seconds = queue_seconds
        self._idle: asyncio.Queue[WorkerProcess] = asyncio.Queue()
        self._workers = tuple(worker(settings or WorkerSettings()) for _ in range(workers))
        for each in self._workers:
            self._idle.put_nowait(each)

    async def extract(
        self, path: Path, *, name: str, media_type: str, give_way: bool = False
    ) -> Extracted:
        """Read the file at `path`.

        Args:
            name: the user's name for it.
            give_way: stop after a small slice of processor time.

        Raises:
            BadDocument: the file cannot be read; the message tells the user why.
            Deferred: it needs more than the slice.
            RateLimited: no worker became free in time.
        """
        worker = await self._free_worker()
        try:
            received = await self._read(worker, path, name, media_type, give_way=give_way)
        finally:
            self._idle.put_nowait(worker)
        return await asyncio.to_thread(received.extracted)

    async def _read(
        self, worker: WorkerProcess, path: Path, name: str, media_type: str, *, give_way: bool
    ) -> ReceivedDocument:
        time, budget = self._time, self._time.budget((await asyncio.to_thread(path.stat)).st_size)
        order = frames.Order(
            path=str(path),
            name=name,
            media_type=media_type,
            cpu_seconds=budget,
            slice_seconds=time.first_slice if give_way else None,
        )
        is_whole = False
        try:
            async with asyncio.timeout(time.first_deadline if give_way else time.deadline):
                received = await _attempt(worker, order)
            is_whole = True
        except TimeoutError:
            raise _deferred() if give_way else _too_slow(time.deadline) from None
        except WORKER_ERRORS:
            if await worker.exit_code() == -signal.SIGPROF:
                raise _deferred() from None
            raise worker.cause_of_death(budget) from None
        except BadDocument:
            is_whole = True
            raise
        finally:
            if not is_whole:
                await worker.stop()
        return received

    async def close(self) -> None:
        """Stop the workers."""
        await asyncio.gather(*(worker.stop() for worker in self._workers))

    async def _free_worker(self) -> WorkerProcess:
        try:
            async with asyncio.timeout(self._queue_seconds):
                return await self._idle.get()
        except TimeoutError:
            raise RateLimited(
                "Too many documents are waiting to be read.",
                retry_after_ms=60_000,
                reason="too_many_documents",
            ) from None


async def _attempt(worker: WorkerProcess, order: frames.Order) -> ReceivedDocument:
    """Read a document; retry once if the worker died while it was idle."""
    if worker.running:
        try:
            return await worker.read(order)
        except WORKER_ERRORS:
            if await worker.exit_code() in frames.USED_UP:
                raise
            _log.warning("document worker died, retrying with a new one")
            await worker.stop()
    return await worker.read(order)


def _deferred() -> Deferred:
    return Deferred("Waiting again, because the file takes long to read")


def _too_slow(seconds: float) -> BadDocument:
    return BadDocument(
        f"Reading the file took longer than {seconds:.0f} seconds.",
        hint="Split it into several files, or save it again in a simpler form.",
        reason="reader_timed_out",
        params={"seconds": seconds},
    )
