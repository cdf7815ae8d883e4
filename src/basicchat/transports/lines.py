"""Frames as lines, one a line, over pipes: how stdio carries MCP (2026-07-28, basic/transports)."""

import asyncio
import os
import stat
from collections.abc import Callable
from typing import BinaryIO, Protocol

READ_BYTES = 64 * 1024
HIGH_WATER = 64 * 1024


class LinesIn(asyncio.Protocol):
    """Cuts what comes into lines, none of them longer than the limit.

    Args:
        limit_bytes: of a line; a longer one is passed on cut off, so that it is answered for.
    """

    def __init__(self, on_line: Callable[[bytes], None], limit_bytes: int) -> None:
        self._on_line = on_line
        self._limit = limit_bytes
        self._rest = bytearray()
        self._skipping = False
        self.ended = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        self._rest += data
        if b"\n" not in data:
            self._cut_off()
            return
        *whole, rest = bytes(self._rest).split(b"\n")
        self._rest = bytearray(rest)
        for line in whole:
            self._take(line)
        self._cut_off()

    def _take(self, line: bytes) -> None:
        if self._skipping:
            self._skipping = False
        elif line.strip():
            self._on_line(line[: self._limit])

    def _cut_off(self) -> None:
        if len(self._rest) > self._limit:
            if not self._skipping:
                self._on_line(bytes(self._rest[: self._limit]))
            self._skipping = True
            self._rest.clear()

    def connection_lost(self, error: Exception | None) -> None:
        """There is no more; a last line may lack its end."""
        last, self._rest = bytes(self._rest), bytearray()
        self._take(last)
        self.ended.set()


class Outlet(Protocol):
    """Where lines go."""

    def write(self, data: bytes) -> None:
        """Hand bytes over; never waits."""
        ...

    def close(self) -> None:
        """End it when all is written."""
        ...


class _File:
    """A file takes everything at once, and an event loop cannot wait for it."""

    def __init__(self, file: BinaryIO, on_closed: Callable[[None], None]) -> None:
        self._file = file
        self._on_closed = on_closed

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self._file.flush()

    def close(self) -> None:
        self._file.close()
        self._on_closed(None)


class LinesOut(asyncio.BaseProtocol):
    """The wire of a connection: writes frames as lines. Implements `Socket` of the shell."""

    def __init__(self) -> None:
        self._writable = asyncio.Event()
        self._writable.set()
        self._outlet: Outlet | None = None
        self._gone = asyncio.Event()
        self.ended = asyncio.Event()
        self.closed: tuple[int, str] | None = None

    def write_to(self, outlet: Outlet) -> None:
        """Say where to."""
        self._outlet = outlet

    def pause_writing(self) -> None:
        """The reader does not keep up."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """It does again."""
        self._writable.set()

    def connection_lost(self, error: Exception | None) -> None:
        """Nobody reads any more."""
        self._outlet = None
        self._writable.set()
        self._gone.set()
        self.ended.set()

    def ready(self) -> bool:
        """Whether the reader takes more without delay."""
        return self._writable.is_set()

    def write(self, frame: bytes) -> None:
        """Send a frame; JSON has no line ends but in its white space, and we write none."""
        if self._outlet is not None:
            self._outlet.write(frame + b"\n")

    async def drained(self) -> None:
        """Wait for the reader."""
        await self._writable.wait()
        if self._outlet is None:
            raise ConnectionResetError

    def silent_for(self) -> float:
        """A pipe's end is told, it need not be guessed."""
        return 0.0

    def close(self, code: int, reason: str) -> None:
        """End the connection, when all that was written is out."""
        if self.closed is None:
            self.closed = (code, reason)
        if self._outlet is not None:
            self._outlet.close()
            self._outlet = None
        self.ended.set()

    async def flushed(self) -> None:
        """Wait until nothing is left to write."""
        await self._gone.wait()


async def open_lines(source: BinaryIO, target: BinaryIO, lines_in: LinesIn, out: LinesOut) -> None:
    """Read lines from one file, pipe or terminal, and write to another, until they end."""
    loop = asyncio.get_running_loop()
    if _is_plain(target):
        out.write_to(_File(target, out.connection_lost))
    else:
        transport, _ = await loop.connect_write_pipe(lambda: out, target)
        transport.set_write_buffer_limits(high=HIGH_WATER)
        out.write_to(transport)
    if _is_plain(source):
        while data := source.read(READ_BYTES):
            lines_in.data_received(data)
        lines_in.connection_lost(None)
    else:
        await loop.connect_read_pipe(lambda: lines_in, source)


def _is_plain(file: BinaryIO) -> bool:
    """Whether an event loop cannot wait for it, which it need not either."""
    return stat.S_ISREG(os.fstat(file.fileno()).st_mode)


def claim_stdio() -> tuple[BinaryIO, BinaryIO]:
    """Take stdin and stdout for frames alone; what else is printed goes to stderr from now on."""
    source, target = os.fdopen(os.dup(0), "rb", 0), os.fdopen(os.dup(1), "wb", 0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return source, target
