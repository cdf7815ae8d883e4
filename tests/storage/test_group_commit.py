"""Changes to an SQLite file: one at a time, in order; those that wait are committed together."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basicchat.domain.errors import StorageFull
from basicchat.storage.sqlite.connection import SqliteConnection, make_engine
from basicchat.storage.sqlite.group_commit import MAX_CHANGES, GroupCommit

SECONDS = 60
PAGE = "x" * 20_000


class Refused(Exception):
    """A change refuses what it is asked to do."""


@dataclass
class Numbers:
    """A table of numbers, with what its changes saw."""

    writer: SqliteConnection
    reader: sqlite3.Connection
    changes: GroupCommit = field(init=False)
    committed: list[int] = field(default_factory=list)
    returned: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.changes = GroupCommit(self.writer, self.writer.begin)

    async def add(
        self, number: int, text: str = "", turns: int = 0, *, refused: bool = False
    ) -> None:
        """Add a number. It takes some turns of the loop, and may be refused at the end."""

        def committed() -> None:
            self.committed.append(number)

        async with self.changes.change(committed) as connection:
            connection.run(f"INSERT INTO numbers VALUES ({number}, '{text}')")
            for _ in range(turns):
                await asyncio.sleep(0)
            if refused:
                raise Refused
        self.returned.append(number)

    @property
    def stored(self) -> list[int]:
        """The numbers that are committed, in the order in which they were added."""
        rows = self.reader.execute("SELECT n FROM numbers ORDER BY rowid")
        return [number for (number,) in rows]

    @property
    def commits(self) -> int:
        """How many transactions were committed."""
        return sum(self.changes.commit_seconds.counts)

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Let changes wait for a first one, which adds 0."""
        async with self.changes.change() as connection:
            connection.run("INSERT INTO numbers VALUES (0, '')")
            yield
            await asyncio.sleep(0)


def numbers_in(folder: Path) -> Numbers:
    path = folder / "numbers.db"
    writer = SqliteConnection(make_engine(path))
    writer.run("CREATE TABLE IF NOT EXISTS numbers (n INTEGER, text TEXT)")
    writer.run("DELETE FROM numbers")
    return Numbers(writer, sqlite3.connect(path))


@pytest.fixture
def numbers(tmp_path: Path) -> Numbers:
    return numbers_in(tmp_path)


async def test_changes_that_wait_are_committed_together_in_their_order(numbers: Numbers) -> None:
    count = 2 * MAX_CHANGES
    async with asyncio.timeout(SECONDS), asyncio.TaskGroup() as group, numbers.held():
        for number in range(1, count):
            group.create_task(numbers.add(number))
    assert numbers.committed == list(range(1, count))
    assert sorted(numbers.returned) == numbers.committed
    assert numbers.stored == list(range(count))
    assert numbers.commits <= 6


async def test_a_change_that_nobody_waits_behind_is_committed_at_once(numbers: Numbers) -> None:
    for number in range(3):
        await numbers.add(number)
        assert numbers.stored == list(range(number + 1))
    assert numbers.commits == 3


async def test_a_change_that_fails_takes_no_other_with_it(numbers: Numbers) -> None:
    async with asyncio.timeout(SECONDS):
        async with numbers.held():
            tasks = [
                asyncio.create_task(numbers.add(number, refused=number in (1, 4, 9)))
                for number in range(1, 10)
            ]
        results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(result, Refused) for result in results] == [
        number in (1, 4, 9) for number in range(1, 10)
    ]
    assert numbers.stored == [0, 2, 3, 5, 6, 7, 8]


async def test_if_the_file_is_full_all_that_was_not_committed_fails(numbers: Numbers) -> None:
    await numbers.add(0)
    pages = numbers.writer.number("PRAGMA page_count")
    numbers.writer.number(f"PRAGMA max_page_count={pages + 3}")
    async with asyncio.timeout(SECONDS):
        async with numbers.changes.alone():
            tasks = [
                asyncio.create_task(numbers.add(1)),
                asyncio.create_task(numbers.add(2, PAGE)),
                asyncio.create_task(numbers.add(3)),
            ]
            await asyncio.sleep(0)
        one, two, three = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(two, StorageFull)
    # SQLite rolls back either the one statement or the whole transaction.
    for number, result in ((1, one), (3, three)):
        assert (result is None) == (number in numbers.stored), result
    numbers.writer.number(f"PRAGMA max_page_count={pages + 1000}")
    await numbers.add(4, PAGE)
    assert numbers.stored[-1] == 4


async def test_a_change_that_waits_for_the_commit_is_cancelled_after_it(numbers: Numbers) -> None:
    timed_out, after = asyncio.Event(), []

    async def cancelled() -> None:
        try:
            async with asyncio.timeout(None) as deadline:
                async with numbers.changes.change() as connection:
                    connection.run("INSERT INTO numbers VALUES (1, '')")
                    deadline.reschedule(0)
                after.append(numbers.stored)
                await asyncio.Event().wait()
        except TimeoutError:
            timed_out.set()

    async with asyncio.timeout(SECONDS), asyncio.TaskGroup() as group, numbers.held():
        group.create_task(cancelled())
        # While this one is suspended, the one before it waits for the commit.
        group.create_task(numbers.add(2, turns=20))
    assert timed_out.is_set()
    assert after == [[0, 1, 2]]


async def test_work_outside_of_transactions_comes_after_the_commit(numbers: Numbers) -> None:
    seen = []

    async def work() -> None:
        async with numbers.changes.alone():
            seen.append((numbers.stored, numbers.writer.in_transaction))

    async with asyncio.timeout(SECONDS), asyncio.TaskGroup() as group, numbers.held():
        group.create_task(numbers.add(1))
        group.create_task(work())
        group.create_task(numbers.add(2))
    assert seen == [([0, 1], False)]
    assert numbers.stored == [0, 1, 2]


@dataclass(frozen=True)
class Change:
    """What one change does, and when."""

    wait: int
    turns: int
    refused: bool
    cancel: int | None


CHANGES = st.builds(
    Change,
    wait=st.integers(0, 4),
    turns=st.integers(0, 2),
    refused=st.booleans(),
    cancel=st.none() | st.integers(0, 6),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(CHANGES, min_size=1, max_size=12))
async def test_what_returned_is_stored_and_what_failed_is_not(
    tmp_path_factory: pytest.TempPathFactory, changes: list[Change]
) -> None:
    numbers = numbers_in(tmp_path_factory.getbasetemp())

    async def make(number: int, change: Change) -> None:
        for _ in range(change.wait):
            await asyncio.sleep(0)
        await numbers.add(number, turns=change.turns, refused=change.refused)

    async with asyncio.timeout(SECONDS):
        tasks = [asyncio.create_task(make(number, change)) for number, change in enumerate(changes)]
        for turn in range(7):
            for task, change in zip(tasks, changes, strict=True):
                if change.cancel == turn:
                    task.cancel()
            await asyncio.sleep(0)
        results = await asyncio.gather(*tasks, return_exceptions=True)
    assert numbers.committed == numbers.stored
    assert set(numbers.returned) <= set(numbers.stored)
    for number, result in enumerate(results):
        if not isinstance(result, asyncio.CancelledError):
            assert (number in numbers.stored) == (result is None)
    assert not numbers.writer.in_transaction
    numbers.writer.close()
    numbers.reader.close()
