"""A thread that owns a database connection."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import apsw

from basicchat.domain.errors import UpstreamUnavailable

T = TypeVar("T")


class DatabaseThread:
    """Runs functions on a connection in a dedicated thread, one after another.

    Args:
        name: the thread's name.
        connect: opens the connection, in the thread and on first use.
        seconds: deadline of one function, including its wait for those before it.
    """

    def __init__(self, name: str, connect: Callable[[], apsw.Connection], seconds: float) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._connect = connect
        self._seconds = seconds
        self._connection: apsw.Connection | None = None

    async def run(self, work: Callable[[apsw.Connection], T]) -> T:
        """Run a function in the thread and return its result.

        Raises:
            UpstreamUnavailable: it missed the deadline, and was interrupted.
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
                hint="Try again in a moment. `basicchat doctor` shows whether the disk is slow.",
                reason="search_timed_out",
            ) from None

    async def close(self) -> None:
        """Close the connection and stop the thread."""
        await asyncio.get_running_loop().run_in_executor(self._executor, self._disconnect)
        self._executor.shutdown(wait=False)

    async def reset(self) -> None:
        """Close the connection; the next call of `run` opens another."""
        await asyncio.get_running_loop().run_in_executor(self._executor, self._disconnect)

    def _do(self, work: Callable[[apsw.Connection], T]) -> T:
        if self._connection is None:
            self._connection = self._connect()
        try:
            return work(self._connection)
        except StopIteration as error:
            # A future refuses this exception, so that its caller would wait in vain.
            raise RuntimeError("A query of the search index found no row") from error

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _interrupt(self) -> None:
        if self._connection is not None:
            self._connection.interrupt()
