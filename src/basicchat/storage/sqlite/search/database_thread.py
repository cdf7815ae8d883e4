"""One thread that owns one database connection."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import apsw

from basicchat.domain.errors import UpstreamUnavailable

T = TypeVar("T")


class DatabaseThread:
    """Runs work on a connection in a thread of its own, one piece after the other.

    Args:
        name: the thread's name.
        connect: opens the connection, at the first use and in the thread.
        seconds: deadline of one piece of work, including its wait for those before it.
    """

    def __init__(self, name: str, connect: Callable[[], apsw.Connection], seconds: float) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._connect = connect
        self._seconds = seconds
        self._connection: apsw.Connection | None = None

    async def run(self, work: Callable[[apsw.Connection], T]) -> T:
        """Have the work done and return what it returns.

        Raises:
            UpstreamUnavailable: it was not done within the deadline; it is interrupted then.
        """
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._executor, self._do, work)
        try:
            async with asyncio.timeout(self._seconds):
                return await future
        except TimeoutError:
            self._interrupt()
            raise UpstreamUnavailable(
                "The search index took too long to answer.",
                provider="search index",
                hint="Try again in a moment; `basicchat doctor` tells whether the disk is slow.",
                reason="search_timed_out",
            ) from None

    async def close(self) -> None:
        """Close the connection and end the thread."""
        await asyncio.get_running_loop().run_in_executor(self._executor, self._disconnect)
        self._executor.shutdown(wait=False)

    async def reset(self) -> None:
        """Close the connection; the next work opens another."""
        await asyncio.get_running_loop().run_in_executor(self._executor, self._disconnect)

    def _do(self, work: Callable[[apsw.Connection], T]) -> T:
        if self._connection is None:
            self._connection = self._connect()
        return work(self._connection)

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _interrupt(self) -> None:
        if self._connection is not None:
            self._connection.interrupt()
