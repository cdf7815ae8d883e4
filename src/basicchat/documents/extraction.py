"""Reads documents in worker processes, so that no file can harm or delay the server."""

import asyncio
import logging
import os
import signal
import sys
from pathlib import Path

import msgspec

from basicchat.documents import frames
from basicchat.documents.frames import WorkerSettings
from basicchat.domain.errors import BadDocument, RateLimited
from basicchat.domain.values import Chunk, Extracted, Page

_log = logging.getLogger(__name__)

_INHERITED_VARIABLES = (
    "PATH", "LANG", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH",
)  # fmt: skip
_STOP_SECONDS = 5.0


class ProcessExtractor:
    """A pool of long-lived worker processes, started on demand.

    A worker that crashes, hangs or takes too much memory is replaced; only its document fails.

    Args:
        settings: the resource limits of each worker.
        workers: how many documents are read in parallel.
        deadline_seconds: how long one document may take.
        queue_seconds: how long a document may wait for a free worker.
    """

    def __init__(
        self,
        settings: WorkerSettings | None = None,
        *,
        workers: int = 1,
        deadline_seconds: float = 300.0,
        queue_seconds: float = 3600.0,
    ) -> None:
        self._settings = settings or WorkerSettings()
        self._deadline = deadline_seconds
        self._queue_seconds = queue_seconds
        self._idle: asyncio.Queue[_Worker] = asyncio.Queue()
        self._workers = tuple(_Worker(self._settings) for _ in range(workers))
        for worker in self._workers:
            self._idle.put_nowait(worker)

    async def extract(self, path: Path, *, name: str, media_type: str) -> Extracted:
        """Read the file at `path`; `name` is the user's name for it.

        Raises:
            BadDocument: the file cannot be read; the message tells the user why.
            RateLimited: no worker became free in time.
        """
        worker = await self._free_worker()
        order = frames.Order(path=str(path), name=name, media_type=media_type)
        whole = False
        try:
            async with asyncio.timeout(self._deadline):
                received = await _attempt(worker, order)
            whole = True
        except TimeoutError:
            raise BadDocument(
                f"Reading the file took longer than {self._deadline:.0f} seconds.",
                hint="Split it into several files, or save it again in a simpler form.",
                reason="reader_timed_out",
                params={"seconds": self._deadline},
            ) from None
        except _WORKER_ERRORS:
            raise await worker.epitaph() from None
        except BadDocument:
            whole = True
            raise
        finally:
            if not whole:
                await worker.stop()
            self._idle.put_nowait(worker)
        return await asyncio.to_thread(received.extracted)

    async def close(self) -> None:
        """Stop the workers."""
        await asyncio.gather(*(worker.stop() for worker in self._workers))

    async def _free_worker(self) -> "_Worker":
        try:
            async with asyncio.timeout(self._queue_seconds):
                return await self._idle.get()
        except TimeoutError:
            raise RateLimited(
                "Too many documents are waiting to be read.",
                retry_after_ms=60_000,
                reason="too_many_documents",
            ) from None


_WORKER_ERRORS = (EOFError, OSError, msgspec.DecodeError)


async def _attempt(worker: "_Worker", order: frames.Order) -> "_Received":
    """Read a document; retry once if a worker died while it was idle."""
    if worker.running:
        try:
            return await worker.read(order)
        except _WORKER_ERRORS:
            _log.warning("document worker died, retrying with a new one")
            await worker.stop()
    return await worker.read(order)


class _Received:
    """Assembles a document from a worker's replies, within limits."""

    def __init__(self, max_characters: int) -> None:
        self._left = max_characters
        self._pages: list[Page] = []
        self._parts: list[str] = []
        self._start = 0
        self._passages: list[tuple[int, int, int, int, int | None]] = []
        self.title: str | None = None

    def take(self, reply: frames.Reply) -> bool:
        """Add a reply; true if it was the last one."""
        match reply:
            case frames.Fragment():
                self._take_text(reply)
            case frames.Passages():
                self._passages += reply.items
            case frames.Done():
                self.title = reply.title
                return True
            case frames.Failed():
                if reply.detail:
                    _log.warning("document could not be parsed: %s", reply.detail)
                raise BadDocument(
                    reply.message, hint=reply.hint, reason=reply.reason, params=reply.params
                )
        return False

    def _take_text(self, fragment: frames.Fragment) -> None:
        self._left -= len(fragment.text)
        if self._left < 0 or len(self._passages) > self._start + 1:
            raise EOFError
        self._parts.append(fragment.text)
        if not fragment.more:
            text = "".join(self._parts)
            self._parts.clear()
            self._pages.append(Page(number=fragment.number, start=self._start, text=text))
            self._start += len(text)

    def extracted(self) -> Extracted:
        """The complete document."""
        text = "".join(page.text for page in self._pages)
        numbered = sum(1 for page in self._pages if page.number is not None)
        return Extracted(
            title=self.title,
            pages=tuple(self._pages),
            chunks=tuple(
                Chunk(
                    start=start,
                    end=end,
                    text=text[start:end],
                    line_start=line_start,
                    line_end=line_end,
                    page=page,
                )
                for start, end, line_start, line_end, page in self._passages
            ),
            page_count=numbered or None,
        )


class _Worker:
    """One slot of the pool, with or without a running process."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._settings = settings
        self._process: asyncio.subprocess.Process | None = None
        self._decoder: msgspec.msgpack.Decoder[frames.Reply] = msgspec.msgpack.Decoder(frames.Reply)

    @property
    def running(self) -> bool:
        """Whether the process seems to be running."""
        return self._process is not None and self._process.returncode is None

    async def read(self, order: frames.Order) -> _Received:
        """Read a document in the process.

        Raises:
            BadDocument: the document cannot be read.
            EOFError, OSError, msgspec.DecodeError: the worker died.
        """
        process = await self._running()
        if process.stdin is None or process.stdout is None:
            raise EOFError
        process.stdin.write(frames.encode(order))
        await process.stdin.drain()
        received = _Received(self._settings.max_characters)
        while not received.take(await self._reply(process.stdout)):
            pass
        return received

    async def stop(self) -> None:
        """Kill the process if it is running, and wait for its end."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.kill()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            _log.warning("document worker %s does not terminate", process.pid)

    async def epitaph(self) -> BadDocument:
        """The error that tells the user why the process died; stops it if it is still running."""
        process = self._process
        if process is not None:
            try:
                async with asyncio.timeout(1.0):
                    await process.wait()
            except TimeoutError:
                await self.stop()
        code = process.returncode if process is not None else None
        _log.warning("document worker ended with %s", code)
        if code == frames.MEMORY_EXIT:
            limit = self._settings.memory_bytes // 1024**2
            return BadDocument(
                f"Reading the file requires more than {limit:,} MB of memory.",
                hint="Split it into several files, or save it again in a simpler form.",
                reason="reader_out_of_memory",
                params={"max_megabytes": limit},
            )
        if code == -signal.SIGXCPU:
            return BadDocument(
                f"Reading the file took more than {self._settings.cpu_seconds} s of CPU time.",
                hint="Split it into several files, or save it again in a simpler form.",
                reason="reader_timed_out",
                params={"seconds": self._settings.cpu_seconds},
            )
        return BadDocument(
            "The file crashed the process that reads it.",
            hint="Open it in the program that made it, save it again and upload the new file.",
            reason="reader_crashed",
        )

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is not None and self.running:
            return self._process
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "basicchat.documents.worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=_environment(),
            limit=1 << 18,
        )
        if self._process.stdin is not None:
            self._process.stdin.write(frames.encode(self._settings))
        return self._process

    async def _reply(self, stream: asyncio.StreamReader) -> frames.Reply:
        length = int.from_bytes(await stream.readexactly(frames.LENGTH), "big")
        if length > frames.MAX_FRAME:
            raise EOFError
        return self._decoder.decode(await stream.readexactly(length))


def _environment() -> dict[str, str]:
    """The server's environment, without secrets."""
    passed = {key: value for key, value in os.environ.items() if key in _INHERITED_VARIABLES}
    python = {k: v for k, v in os.environ.items() if k.startswith(("PYTHON", "LC_"))}
    return {**passed, **python}
