"""TCP servers for tests, on a free port of this machine."""

import asyncio
import os
import random
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

# Below the ephemeral ports, which systems assign to any-port requests and connections (Linux from
# 32768; RFC 6335, 6 and others from 49152).
_FIRST, _PER_WORKER, _WORKERS = 20_000, 500, 25

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def own_port() -> int:
    """A port that stays reserved for this test, even while the server that used it is stopped.

    The system may assign an ephemeral port to another test as soon as it is free. Therefore each
    parallel test worker (pytest-xdist names them gw0, gw1, …) has a range of ports of its own.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _WORKERS
    first = _FIRST + worker * _PER_WORKER
    for port in random.sample(range(first, first + _PER_WORKER), _PER_WORKER):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise OSError(f"All ports from {first} to {first + _PER_WORKER - 1} are taken")


@asynccontextmanager
async def listening(serve: Serve) -> AsyncIterator[int]:
    """Serve connections until the block ends, which cancels them all; yields the port."""
    connections: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        task.add_done_callback(connections.discard)
        await serve(reader, writer)

    listener = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield listener.sockets[0].getsockname()[1]
    finally:
        listener.close()
        for task in tuple(connections):
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
