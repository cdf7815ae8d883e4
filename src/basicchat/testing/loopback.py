"""Serving TCP to tests, on a free port of this machine."""

import asyncio
import os
import random
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

# Below what systems give to those who ask for any port, and to connections (Linux from 32768; RFC
# 6335, 6 and others from 49152).
_FIRST, _PER_WORKER, _WORKERS = 20_000, 500, 25

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def own_port() -> int:
    """A port where nobody listens, and nobody will: not even while a server that had it is gone.

    Any port that the system gives may be another test's the moment that it is free. Workers that
    test side by side (pytest-xdist names them gw0, gw1, …) have ports of their own.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _WORKERS
    first = _FIRST + worker * _PER_WORKER
    for port in random.sample(range(first, first + _PER_WORKER), _PER_WORKER):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise OSError(f"All ports from {first} to {first + _PER_WORKER - 1} are taken")


@asynccontextmanager
async def listening(serve: Serve) -> AsyncIterator[int]:
    """Serve each connection until the block ends, which ends them all; gives the port."""
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
