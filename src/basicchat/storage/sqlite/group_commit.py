"""Changes to an SQLite file, one after another; those that wait are committed together.

Theory of operation
-------------------
Above: `SqliteDatabase.transaction`. Below: the connection that writes.

A change that nobody waits behind is a transaction of its own. If others wait, or if several
changes ended in the turn of the event loop before, the transaction stays open for the next ones:
each begins with a savepoint, to which it returns if it fails. The transaction is committed in the
next turn of the loop, after `MAX_CHANGES` changes at most, or at the end of a change that is
suspended then.

What a change does on its commit, such as delivering its events, is done directly after the commit,
in the order of the changes, before anything else can see what was committed. If the commit fails,
all its changes fail. While a change waits for the commit, it cannot be cancelled; the cancellation
takes effect afterwards.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import perf_counter

from sqlalchemy.exc import DBAPIError

from basicchat.domain.batch_lock import BatchLock
from basicchat.domain.errors import StorageFull
from basicchat.domain.metrics import QUICK, Histogram
from basicchat.storage.sqlite.connection import SqliteConnection, is_full

# The maximum number of changes in one transaction.
MAX_CHANGES = 64


class _Group:
    """The changes of one transaction."""

    __slots__ = ("changes", "due", "ended", "error", "on_commit", "scheduled", "waiting")

    def __init__(self) -> None:
        self.changes = 0
        self.scheduled = self.due = self.ended = False
        self.error: DBAPIError | None = None
        self.on_commit: list[Callable[[], None]] = []
        self.waiting: list[asyncio.Future[None]] = []

    def add(self, on_commit: Callable[[], None] | None) -> None:
        """Add a change that has been made."""
        self.changes += 1
        if on_commit is not None:
            self.on_commit.append(on_commit)

    def end(self, error: DBAPIError | None = None) -> None:
        """Let the changes return, all with the error, if there is one."""
        self.ended, self.error = True, error
        try:
            for do in () if error else self.on_commit:
                do()
        finally:
            for waiting in self.waiting:
                if not waiting.done():
                    waiting.set_result(None)

    async def wait(self) -> None:
        """Wait for the end, even if cancelled; the cancellation takes effect at the next wait."""
        loop, cancelled = asyncio.get_running_loop(), False
        while not self.ended:
            waiting: asyncio.Future[None] = loop.create_future()
            self.waiting.append(waiting)
            try:
                await waiting
            except asyncio.CancelledError:
                cancelled = True
        task = asyncio.current_task()
        if cancelled and task is not None:
            # The same request again: it must not count twice, or timeouts would not recognise it.
            task.uncancel()
            task.cancel()


class GroupCommit:
    """Makes changes on the connection that writes.

    Args:
        begin: begins a transaction.

    Attributes:
        commit_seconds: how long commits took.
    """

    def __init__(self, writer: SqliteConnection, begin: Callable[[], Awaitable[None]]) -> None:
        self._writer = writer
        self._begin = begin
        self._turn = BatchLock()
        self._group: _Group | None = None
        # The number of changes that ended in this turn of the event loop, and in the one before it
        # in which there were any.
        self._in_turn = self._in_turn_before = 0
        self.commit_seconds = Histogram(QUICK)

    @asynccontextmanager
    async def change(
        self, on_commit: Callable[[], None] | None = None
    ) -> AsyncIterator[SqliteConnection]:
        """Make a change within a transaction; returns after its commit.

        Args:
            on_commit: called directly after the commit.

        Raises:
            StorageFull: nothing more can be written.
        """
        async with self._turn:
            group = await self._join()
            try:
                yield self._writer
                if group.changes:
                    self._writer.run("RELEASE change")
            except BaseException as error:
                self._undo(group, error)
                _raise_if_full(error)
                raise
            group.add(on_commit)
            self._count()
            self._end_turn(group)
        if not group.ended:
            # Behind those who have just been told that it is their turn.
            self._schedule(group)
            await group.wait()
        if group.error is not None:
            _raise_if_full(group.error)
            raise group.error

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Work outside of any transaction, while no change begins."""
        async with self._turn:
            if self._group is not None:
                self._commit(self._group)
            yield

    async def _join(self) -> _Group:
        """Join the open transaction, or begin one."""
        if self._group is None:
            await self._begin()
            self._group = _Group()
        elif self._group.changes:
            self._writer.run("SAVEPOINT change")
        return self._group

    def _undo(self, group: _Group, error: BaseException) -> None:
        """Undo one change, and leave the transaction to the others, if there are any."""
        if not group.changes:
            self._writer.rollback()
            self._end(group)
        elif self._writer.in_transaction:
            self._writer.run("ROLLBACK TO change")
            self._writer.run("RELEASE change")
            self._end_turn(group)
        else:
            # SQLite itself has rolled everything back, as on a full disk.
            self._end(group, error if isinstance(error, DBAPIError) else None)

    def _count(self) -> None:
        """Count a change in this turn of the loop."""
        self._in_turn += 1
        if self._in_turn == 1:
            asyncio.get_running_loop().call_soon(self._begin_turn)

    def _begin_turn(self) -> None:
        self._in_turn, self._in_turn_before = 0, self._in_turn

    def _stays_open(self, group: _Group) -> bool:
        """Whether the transaction is left to the changes that wait."""
        if group.due or group.changes >= MAX_CHANGES:
            return False
        return self._in_turn_before > 1 or self._turn.awaited

    def _end_turn(self, group: _Group) -> None:
        if not self._stays_open(group):
            self._commit(group)

    def _schedule(self, group: _Group) -> None:
        """Commit in the next turn of the loop, in case that nobody else does."""
        if not group.scheduled and not group.ended:
            group.scheduled = True
            asyncio.get_running_loop().call_soon(self._commit_scheduled, group)

    def _commit_scheduled(self, group: _Group) -> None:
        if self._turn.held:
            group.due = True
        elif not group.ended:
            self._commit(group)

    def _commit(self, group: _Group) -> None:
        began = perf_counter()
        try:
            self._writer.run("COMMIT")
        except DBAPIError as error:
            self._writer.rollback()
            self._end(group, error)
            return
        self.commit_seconds.observe(perf_counter() - began)
        self._end(group)

    def _end(self, group: _Group, error: DBAPIError | None = None) -> None:
        self._group = None
        group.end(error)


def _raise_if_full(error: BaseException) -> None:
    if isinstance(error, DBAPIError) and is_full(error):
        raise StorageFull from error
