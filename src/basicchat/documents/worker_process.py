"""One worker process that reads documents, as the server sees it."""

import asyncio
import logging
import os
import signal
import sys

import msgspec

from basicchat.documents import frames
from basicchat.documents.frames import WorkerSettings
from basicchat.documents.received_document import ReceivedDocument
from basicchat.domain.errors import BadDocument

_log = logging.getLogger(__name__)

WORKER_ERRORS = (EOFError, OSError, msgspec.DecodeError)
"""What reading from a worker raises once the process has died or sends nonsense."""

COMMAND = (sys.executable, "-m", "basicchat.documents.worker")
_INHERITED_VARIABLES = (
    "PATH", "LANG", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH",
)  # fmt: skip
_STOP_SECONDS = 5.0


class WorkerProcess:
    """One slot of the pool, with or without a running process."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._settings = settings
        self._process: asyncio.subprocess.Process | None = None
        self._decoder: msgspec.msgpack.Decoder[frames.Reply] = msgspec.msgpack.Decoder(frames.Reply)

    @property
    def running(self) -> bool:
        """Whether the process seems to be running."""
        return self._process is not None and self._process.returncode is None

    async def read(self, order: frames.Order) -> ReceivedDocument:
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
        received = ReceivedDocument(self._settings.max_characters)
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

    async def exit_code(self) -> int | None:
        """How the process ended (negative: by that signal); stops it if it is still running."""
        process = self._process
        if process is None:
            return None
        try:
            async with asyncio.timeout(1.0):
                await process.wait()
        except TimeoutError:
            await self.stop()
        return process.returncode

    def cause_of_death(self, cpu_seconds: float) -> BadDocument:
        """The error that tells the user why the process ended.

        Args:
            cpu_seconds: the processor time that the document was given.
        """
        code = self._process.returncode if self._process is not None else None
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
                f"Reading the file took more than {cpu_seconds:.0f} s of CPU time.",
                hint="Split it into several files, or save it again in a simpler form.",
                reason="reader_timed_out",
                params={"seconds": round(cpu_seconds)},
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
            *COMMAND,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment(),
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


def environment() -> dict[str, str]:
    """The server's environment, without secrets."""
    passed = {key: value for key, value in os.environ.items() if key in _INHERITED_VARIABLES}
    python = {k: v for k, v in os.environ.items() if k.startswith(("PYTHON", "LC_"))}
    return {**passed, **python}
