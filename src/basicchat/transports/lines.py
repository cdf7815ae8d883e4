"""Line-delimited frames over pipes, as MCP's stdio transport uses them.

Source: Model Context Protocol 2026-07-28, basic/transports.
"""

import asyncio
import os
import stat
from collections.abc import Callable
from typing import BinaryIO, Protocol

READ_BYTES = 64 * 1024
HIGH_WATER = 64 * 1024


class LinesIn(asyncio.Protocol):
    """Splits incoming bytes into lines of bounded length.

    Args:
        limit_bytes: the longest line; a longer one is truncated, so that it still gets an error.
    """

    def __init__(self, on_line: Callable[[bytes], None], limit_bytes: int) -> None:
        self._on_line = on_line
        self._limit = limit_bytes
        self._rest = bytearray()
        self._skipping = False
        self.ended = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        """Split new bytes into lines."""
        self._rest += data
        if b"\n" not in data:
            self._truncate()
            return
        *lines, rest = bytes(self._rest).split(b"\n")
        self._rest = bytearray(rest)
        for line in lines:
            self._take(line)
        self._truncate()

    def _take(self, line: bytes) -> None:
        if self._skipping:
            self._skipping = False
        elif line.strip():
            self._on_line(line[: self._limit])

    def _truncate(self) -> None:
        if len(self._rest) > self._limit:
            if not self._skipping:
                self._on_line(bytes(self._rest[: self._limit]))
            self._skipping = True
            self._rest.clear()

    def connection_lost(self, error: Exception | None) -> None:
        """The input has ended; its last line may lack a line end."""
        last, self._rest = bytes(self._rest), bytearray()
        self._take(last)
        self.ended.set()


class Outlet(Protocol):
    """The destination of lines."""

    def write(self, data: bytes) -> None:
        """Write bytes; never blocks."""
        ...

    def close(self) -> None:
        """Close it after everything has been written."""
        ...


class _File:
    """An outlet for plain files, which an event loop cannot poll and which never block."""

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
    """Writes frames as lines; the connection shell's `Socket`."""

    def __init__(self) -> None:
        self._writable = asyncio.Event()
        self._writable.set()
        self._outlet: Outlet | None = None
        self._gone = asyncio.Event()
        self.ended = asyncio.Event()
        self.closed: tuple[int, str] | None = None

    def write_to(self, outlet: Outlet) -> None:
        """Set the destination."""
        self._outlet = outlet

    def pause_writing(self) -> None:
        """The reader is too slow."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """The reader has caught up."""
        self._writable.set()

    def connection_lost(self, error: Exception | None) -> None:
        """The reader is gone."""
        self._outlet = None
        self._writable.set()
        self._gone.set()
        self.ended.set()

    def ready(self) -> bool:
        """Whether the reader accepts more without delay."""
        return self._writable.is_set()

    def write(self, frame: bytes) -> None:
        """Write a frame as one line: compact JSON contains no line ends."""
        if self._outlet is not None:
            self._outlet.write(frame + b"\n")

    async def drained(self) -> None:
        """Wait until the reader has caught up."""
        await self._writable.wait()
        if self._outlet is None:
            raise ConnectionResetError

    def admit(self) -> None:
        """No limits apply before the client is authenticated."""

    def charge(self, frames: int) -> None:
        """A turn has no limit here."""

    def silent_for(self) -> float:
        """Always 0: the end of a pipe is reported, so silence need not be measured."""
        return 0.0

    def close(self, code: int, reason: str) -> None:
        """Close the connection after everything has been written."""
        if self.closed is None:
            self.closed = (code, reason)
        if self._outlet is not None:
            self._outlet.close()
            self._outlet = None
        self.ended.set()

    async def flushed(self) -> None:
        """Wait until everything has been written."""
        await self._gone.wait()


async def open_lines(
    source: BinaryIO, target: BinaryIO, lines_in: LinesIn, out: LinesOut, unread: bytes = b""
) -> None:
    """Connect the reader and the writer of lines, each to a file, a pipe or a terminal.

    Args:
        unread: what was read from the source before.
    """
    loop = asyncio.get_running_loop()
    if _is_regular_file(target):
        out.write_to(_File(target, out.connection_lost))
    else:
        transport, _ = await loop.connect_write_pipe(lambda: out, target)
        transport.set_write_buffer_limits(high=HIGH_WATER)
        out.write_to(transport)
    if unread:
        lines_in.data_received(unread)
    if _is_regular_file(source):
        while data := source.read(READ_BYTES):
            lines_in.data_received(data)
        lines_in.connection_lost(None)
    else:
        await loop.connect_read_pipe(lambda: lines_in, source)


def _is_regular_file(file: BinaryIO) -> bool:
    """Whether it is a regular file, which an event loop cannot poll and need not."""
    return stat.S_ISREG(os.fstat(file.fileno()).st_mode)
