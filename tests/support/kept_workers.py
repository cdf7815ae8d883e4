"""Extraction workers whose processes are kept for later tests.

Most of the time of a small document is the start of its worker. The processes are real, and each
reads one document after the other, as it does within one server; only the servers change. Tests of
the workers themselves start their own.
"""

import asyncio
import atexit
import os
import subprocess
from collections import defaultdict
from typing import Any

from basicchat.documents import frames
from basicchat.documents.frames import WorkerSettings
from basicchat.documents.received_document import ReceivedDocument
from basicchat.documents.worker_process import COMMAND, WorkerProcess, environment
from basicchat.domain.errors import BadDocument

# Which processes are interchangeable: settings and environment.
_idle: dict[Any, list[subprocess.Popen[bytes]]] = defaultdict(list)
_pids: set[int] = set()


def kept_pids() -> set[int]:
    """The processes that are kept, whether a server uses them or not."""
    return _pids


class KeptWorker(WorkerProcess):
    """A worker that returns its process at the end, if the process has finished its document."""

    def __init__(self, settings: WorkerSettings) -> None:
        super().__init__(settings)
        self._is_reading = False

    async def read(self, order: frames.Order) -> ReceivedDocument:
        self._is_reading = True
        try:
            received = await super().read(order)
        except BadDocument:
            self._is_reading = False
            raise
        self._is_reading = False
        return received

    async def stop(self) -> None:
        attached: Any = self._process
        if attached is None or self._is_reading or not self.running:
            self._is_reading = False
            await super().stop()
            return
        self._process = None
        attached.detach()
        _idle[attached.key].append(attached.child)

    async def _running(self) -> Any:
        if self._process is None or not self.running:
            environ = environment()
            key = self._settings, tuple(sorted(environ.items()))
            child = _idle[key].pop() if _idle[key] else _started(self._settings, environ)
            try:
                attached: Any = await Attached.to(child, key)
            except BaseException:
                child.kill()
                child.wait()
                raise
            self._process = attached
        return self._process


class Attached:
    """A process as asyncio shows it, in the event loop of one test."""

    stdin: asyncio.StreamWriter
    stdout: asyncio.StreamReader

    def __init__(self, child: subprocess.Popen[bytes], key: Any) -> None:
        self.child, self.key, self.pid = child, key, child.pid
        self._transports: list[asyncio.BaseTransport] = []

    @classmethod
    async def to(cls, child: subprocess.Popen[bytes], key: Any) -> "Attached":
        """Attach a process to the running event loop."""
        self, loop = cls(child, key), asyncio.get_running_loop()
        assert child.stdin is not None
        assert child.stdout is not None
        self.stdout = asyncio.StreamReader(limit=1 << 18)
        protocol = asyncio.StreamReaderProtocol(self.stdout)
        output = os.fdopen(os.dup(child.stdout.fileno()), "rb", 0)
        reading, _ = await loop.connect_read_pipe(lambda: protocol, output)
        flow = asyncio.streams.FlowControlMixin
        source = os.fdopen(os.dup(child.stdin.fileno()), "wb", 0)
        writing, control = await loop.connect_write_pipe(flow, source)
        self.stdin = asyncio.StreamWriter(writing, control, None, loop)
        self._transports = [reading, writing]
        return self

    @property
    def returncode(self) -> int | None:
        return self.child.poll()

    def kill(self) -> None:
        self.child.kill()

    async def wait(self) -> int:
        code = await asyncio.to_thread(self.child.wait)
        self.detach()
        return code

    def detach(self) -> None:
        """Leave the event loop."""
        for transport in self._transports:
            transport.close()


def _started(settings: WorkerSettings, environ: dict[str, str]) -> subprocess.Popen[bytes]:
    child = subprocess.Popen(
        COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environ,
        bufsize=0,
    )
    _pids.add(child.pid)
    assert child.stdin is not None
    child.stdin.write(frames.encode(settings))
    atexit.register(child.kill)
    return child
