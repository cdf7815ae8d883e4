"""A load balancer before the nodes of a server: each request goes to another node."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from itertools import cycle

HEAD_BYTES = 256 * 1024
PIECE_BYTES = 64 * 1024
END_OF_HEAD = b"\r\n\r\n"


class Balancer:
    """Passes connections on, each to the next node, and has each carry one request.

    Args:
        ports: of the nodes, on this machine.

    Attributes:
        choose: the port for the next request; by default one after the other.
        served: how many connections each port was given.
    """

    def __init__(self, *ports: int) -> None:
        self.choose: Callable[[], int] = cycle(ports).__next__
        self.served = dict.fromkeys(ports, 0)
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    @asynccontextmanager
    async def running(self, listener: socket.socket) -> AsyncIterator["Balancer"]:
        """Listen until the block ends."""
        self.port = listener.getsockname()[1]
        server = await asyncio.start_server(self._accept, sock=listener, limit=HEAD_BYTES)
        try:
            yield self
        finally:
            server.close()
            for task in tuple(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._connect(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            try:
                head = await reader.readuntil(END_OF_HEAD)
                port = self.choose()
                self.served[port] += 1
                node_reader, node_writer = await asyncio.open_connection("127.0.0.1", port)
                try:
                    node_writer.write(for_one_request(head))
                    await _either(_pump(reader, node_writer), _pump(node_reader, writer))
                finally:
                    node_writer.close()
            finally:
                writer.close()


async def _either(*work: Coroutine[None, None, None]) -> None:
    tasks = [asyncio.create_task(each) for each in work]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(PIECE_BYTES):
        writer.write(piece)
        await writer.drain()


def for_one_request(head: bytes) -> bytes:
    """The head of a request whose connection is closed after its response."""
    lines = head.removesuffix(END_OF_HEAD).split(b"\r\n")
    if any(line.lower().startswith(b"upgrade:") for line in lines):
        return head
    kept = [line for line in lines if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([*kept, b"Connection: close"]) + END_OF_HEAD
