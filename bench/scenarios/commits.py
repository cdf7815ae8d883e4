"""Messages posted to PostgreSQL, beside bare asyncpg that executes the same statements."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from statistics import median
from time import perf_counter
from typing import Any

import asyncpg

from basicchat.domain.events import room_stream
from basicchat.domain.rooms import Message
from basicchat.domain.store import Receipt
from basicchat.domain.values import Author, User
from basicchat.hub import members
from basicchat.ops.clock import SystemClock
from basicchat.storage.postgres.connection import PostgresConnection
from basicchat.storage.postgres.store import open_postgres_store
from basicchat.storage.postgres.url import connect_arguments
from basicchat.storage.store import SqlStore
from bench.postgres import postgres
from bench.table import Check, Table

NAME = "commits"
SECONDS, ROUNDS = 2.0, 3
WORKERS = (1, 8)
START = datetime(2026, 11, 1, tzinfo=UTC)
# What differs between two transactions that post a message.
SAMPLE = "sample"
Post = Callable[[int, str], Awaitable[None]]
Statement = tuple[str, tuple[Any, ...]]


def room_of(worker: int) -> str:
    """A room for each worker, so that they do not wait for each other's locks."""
    return f"room{worker}"


async def prepare(store: SqlStore, people: Sequence[str]) -> None:
    """Users, and a room for each worker with all of them."""
    async with store.transaction() as change:
        for person in people:
            await change.put_user(User(id=person, name=person, role="member"), START)
        for worker in range(max(WORKERS)):
            await change.put_room(room_of(worker), "Room", START)
            for person in people:
                await change.put_member(room_of(worker), person, "owner")


async def post(store: SqlStore, worker: int, name: str) -> None:
    """What the server does in its transaction for a posted message."""
    room_id = room_of(worker)

    def made(seq: int) -> Message:
        return Message(
            message_id=f"m_{name}",
            room_id=room_id,
            seq=seq,
            author=Author(id="ann", name="ann", kind="user"),
            text="The bees in the third hive are quiet today.",
            created_at=START,
        )

    async with store.transaction() as change:
        assert await change.receipt("ann", f"c_{name}", room_id) is None
        assert await change.membership(room_id, "ann") is not None
        message = await change.record(room_stream(room_id), "message.created", f"m_{name}", made)
        await change.put_message(message)
        await members.posted(change, message, ())
        await change.put_receipt("ann", f"c_{name}", Receipt(body_hash="h", reply=b"{}"), START)


async def recorded(store: SqlStore) -> list[Statement]:
    """The statements between BEGIN and COMMIT of such a transaction, with their parameters."""
    statements: list[Statement] = []
    fetch = PostgresConnection.fetch

    async def noted(self: PostgresConnection, sql: str, *values: Any) -> Sequence[Any]:
        if type(self) is PostgresConnection or not statements:
            statements.append((sql, values))
        return await fetch(self, sql, *values)

    PostgresConnection.fetch = noted  # type: ignore[method-assign]
    try:
        await post(store, 0, SAMPLE)
    finally:
        PostgresConnection.fetch = fetch  # type: ignore[method-assign]
    return statements


def filled(value: Any, worker: int, name: str, seq: tuple[int, int]) -> Any:
    """A recorded parameter for another transaction.

    Args:
        seq: that of the recorded message, and the new one.
    """
    if isinstance(value, str):
        return value.replace(SAMPLE, name).replace(room_of(0), room_of(worker))
    if isinstance(value, bytes):
        text = value.replace(SAMPLE.encode(), name.encode())
        return text.replace(room_of(0).encode(), room_of(worker).encode())
    if isinstance(value, list):
        return [filled(each, worker, name, seq) for each in value]
    return seq[1] if type(value) is int and value == seq[0] else value


async def bare(
    pool: Any, statements: Sequence[Statement], seq: int, worker: int, name: str
) -> None:
    """The same statements by asyncpg alone."""
    now = seq
    async with pool.acquire() as connection:
        await connection.execute("BEGIN")
        for sql, values in statements:
            rows = await connection.fetch(
                sql, *(filled(value, worker, name, (seq, now)) for value in values)
            )
            if "lock_room" in sql:
                now = rows[0]["seq"] + 1
        await connection.execute("COMMIT")


async def per_second(posting: Post, workers: int, prefix: str) -> float:
    """How many transactions are committed per second."""
    until = perf_counter() + SECONDS
    done = 0

    async def work(worker: int) -> None:
        nonlocal done
        number = 0
        while perf_counter() < until:
            await posting(worker, f"{prefix}{worker}x{number}")
            number += 1
            done += 1

    began = perf_counter()
    await asyncio.gather(*map(work, range(workers)))
    return done / (perf_counter() - began)


async def compared(url: str, people: Sequence[str]) -> list[tuple[int, float, float]]:
    """For each number of workers, the commits per second of the store and of asyncpg alone."""
    store = await open_postgres_store(url, SystemClock())
    arguments = connect_arguments(url)
    settings = arguments["server_settings"] | {"plan_cache_mode": "force_generic_plan"}
    pool = await asyncpg.create_pool(
        **arguments | {"server_settings": settings}, min_size=0, max_size=max(WORKERS), reset=_keep
    )
    await prepare(store, people)
    statements = await recorded(store)
    position = await store.position(room_stream(room_of(0)))
    assert position is not None
    figures = []
    for workers in WORKERS:
        ours, theirs = [], []
        for turn in range(ROUNDS):
            prefix = f"{len(people)}_{workers}_{turn}_"

            async def by_store(worker: int, name: str) -> None:
                await post(store, worker, name)

            async def by_asyncpg(worker: int, name: str) -> None:
                await bare(pool, statements, position.seq, worker, name)

            ours.append(await per_second(by_store, workers, f"o{prefix}"))
            theirs.append(await per_second(by_asyncpg, workers, f"t{prefix}"))
        figures.append((workers, median(ours), median(theirs)))
    await pool.close()
    await store.close()
    return figures


async def _keep(connection: Any) -> None:
    """Leave a released connection as it is, as the store does."""


def run() -> Table:
    """Run the scenario."""
    rows, checks = [], []
    for title, settings in (("yes", ()), ("no", ("synchronous_commit = off",))):
        for people in (["ann"], ["ann", "ben"]):
            with postgres(*settings) as url:
                figures = asyncio.run(compared(url, people))
            for workers, ours, theirs in figures:
                share = f"{ours / theirs:.0%}"
                rows.append([title, f"{len(people)}", f"{workers}", f"{ours:,.0f}",
                             f"{theirs:,.0f}", share])  # fmt: skip
                if title == "yes":
                    what = f"commits/s, {len(people)} member(s), {workers} at once"
                    checks.append(
                        Check(what, "≥ 80 % of bare asyncpg", share, ours >= 0.8 * theirs)
                    )
    head = [
        "waits for the disk", "members", "at once", "BasicChat's store, commits/s",
        "bare asyncpg, commits/s", "share",
    ]  # fmt: skip
    note = (
        "One transaction posts a message: it takes the request's id, locks the room, checks the "
        "membership, numbers and stores the message with its words, its event, the read position "
        "and the receipt, and in a room of two the other member's unread count. Bare asyncpg "
        "executes the same statements with recorded parameters, which it does not have to make. "
        f"PostgreSQL runs on one core and the client on another ({os.cpu_count()} in all); median "
        f"of {ROUNDS} rounds of {SECONDS:.0f} s."
    )
    return Table("Messages posted to PostgreSQL", head, rows, checks, [note])
