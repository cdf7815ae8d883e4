"""The contract of the store, as a table of checks, and what is SQLite's own."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from oauth_checks import OAUTH_CHECKS
from sqlalchemy import Engine, create_engine, func, select, text
from sqlalchemy.exc import IntegrityError

from basicchat.domain.errors import NotFound, UpstreamUnavailable
from basicchat.domain.events import Event, Position, room_stream, user_stream
from basicchat.domain.room_views import OwnRoom, SharedRoom
from basicchat.domain.sessions import StoredSession
from basicchat.domain.store import Receipt, Store, Transaction
from basicchat.domain.tasks import Lease
from basicchat.domain.values import (
    Author,
    Document,
    Message,
    Page,
    Room,
    Run,
    RunPart,
    Task,
    User,
)
from basicchat.hub.hub import Hub
from basicchat.storage import tables
from basicchat.storage.rows import from_micros, to_micros
from basicchat.storage.sqlite import migrations, schema
from basicchat.storage.sqlite.connection import make_engine
from basicchat.storage.sqlite.store import open_sqlite_store
from basicchat.storage.store import SqlStore
from basicchat.testing.clock import FakeClock

ANN = User(id="ann", name="Ann", role="owner")
BEN = User(id="ben", name="Ben", role="member")
ROOM, STREAM = "c1", room_stream("c1")
START = datetime(2026, 11, 1, 12, tzinfo=UTC)
Check = Callable[[Store, FakeClock], Awaitable[None]]


class Boom(Exception):
    """What a test raises."""


def message(message_id: str, seq: int, said: str = "hello", author: str = "ann") -> Message:
    return Message(
        message_id=message_id,
        room_id=ROOM,
        seq=seq,
        author=Author(id=author, name=author.title(), kind="user"),
        text=said,
        created_at=START,
    )


def a_run(run_id: str = "r1", status: str = "running", room_id: str = ROOM) -> Run:
    return Run(
        run_id=run_id,
        room_id=room_id,
        message_id=f"{run_id}_m",
        status=status,  # type: ignore[arg-type]
        reasoning_mode="standard",
        model="m",
        provider="p",
        parts=(RunPart(part=0, kind="answer", text="é😀", off=2),),
        steps=(),
        started_at=START,
        user_id="ann",
        parent_id="m1",
    )


def document(document_id: str, sha256: str = "a" * 64, owner: str = "ann", at: int = 0) -> Document:
    return Document(
        document_id=document_id,
        title=document_id,
        media_type="text/plain",
        bytes=3,
        status="ready",
        created_at=START + timedelta(seconds=at),
        owner_id=owner,
        sha256=sha256,
        source=f"/notes/{document_id}",
    )


def task(task_id: str, status: str = "pending", at: int = 0) -> Task:
    return Task(
        task_id=task_id,
        kind="ingest",
        status=status,  # type: ignore[arg-type]
        progress=0.0,
        message="Waiting",
        user_id="ann",
        created_at=START + timedelta(seconds=at),
    )


async def say(change: Transaction, message_id: str, said: str = "hello") -> Message:
    """Record a message with its event, as the program does."""
    new = await change.record(
        STREAM, "message.created", message_id, lambda seq: message(message_id, seq, said)
    )
    await change.put_message(new)
    return new


async def populate(store: Store) -> None:
    async with store.transaction() as change:
        for user in (ANN, BEN):
            await change.put_user(user, START)
        await change.put_room(ROOM, "Room", START)
        await change.put_member(ROOM, "ann", "owner")
        await change.put_member(ROOM, "ben", "viewer")


async def begin(store: Store, stream: str = STREAM) -> Position:
    position = await store.position(stream)
    assert position is not None
    return position


async def replayed(store: Store, cursor: Position, limit: int = 100) -> list[tuple[int, str]]:
    replay = await store.replay(STREAM, cursor, limit)
    assert replay is not None
    assert replay.recovered
    return [(event.seq, msgspec.json.decode(event.data)["text"]) for event in replay.events]


async def keeps_a_change_and_its_event_together(store: Store, clock: FakeClock) -> None:
    start = await begin(store)
    async with store.transaction() as change:
        await say(change, "m1", "one")
        await say(change, "m2", "two")
        assert [event.seq for event in change.events] == [1, 2]
    assert await replayed(store, start) == [(1, "one"), (2, "two")]
    assert [m.text for m in await store.messages(ROOM, None, 10)] == ["one", "two"]
    assert await begin(store) == Position(epoch=start.epoch, seq=2)


async def leaves_nothing_of_a_change_that_failed(store: Store, clock: FakeClock) -> None:
    start = await begin(store)

    async def fail() -> None:
        async with store.transaction() as change:
            await say(change, "m1")
            raise Boom

    with pytest.raises(Boom):
        await fail()
    assert await store.message("m1") is None
    assert await begin(store) == start
    async with store.transaction() as change:
        assert (await say(change, "m2")).seq == 1


async def hides_a_change_until_it_is_committed(store: Store, clock: FakeClock) -> None:
    async with store.transaction() as change:
        new = await say(change, "m1")
        await change.put_run(a_run())
        assert await change.run("r1") == a_run()
        assert await store.message("m1") is None
    assert await store.message("m1") == new
    assert await store.run("r1") == a_run()


async def numbers_without_a_gap_when_many_write(store: Store, clock: FakeClock) -> None:
    start = await begin(store)

    async def write(n: int) -> None:
        async with store.transaction() as change:
            await say(change, f"m{n}", str(n))
            await asyncio.sleep(0)
            if n % 3 == 0:
                raise Boom

    results = await asyncio.gather(*(write(n) for n in range(30)), return_exceptions=True)
    assert sum(isinstance(result, Boom) for result in results) == 10
    events = await replayed(store, start)
    assert [seq for seq, _ in events] == list(range(1, 21))
    kept = await store.messages(ROOM, None, 100)
    assert [(m.seq, m.text) for m in kept] == events


async def has_a_gapless_log_whenever_it_is_read(store: Store, clock: FakeClock) -> None:
    start = await begin(store)
    seen = []

    async def read() -> None:
        while len(seen) < 40:
            seen.append([seq for seq, _ in await replayed(store, start)])

    reading = asyncio.gather(read())
    for n in range(20):
        async with store.transaction() as change:
            await say(change, f"m{n}")
    await reading
    assert all(seqs == list(range(1, len(seqs) + 1)) for seqs in seen)
    assert [len(seqs) for seqs in seen] == sorted(len(seqs) for seqs in seen)


async def refuses_an_event_of_no_stream(store: Store, clock: FakeClock) -> None:
    with pytest.raises(NotFound):
        async with store.transaction() as change:
            await change.record("room:none", "room.updated", "x", lambda seq: ANN)
    assert await store.position("room:none") is None
    assert await store.replay("room:none", Position(epoch="e", seq=0), 10) is None


async def replays_all_or_nothing(store: Store, clock: FakeClock) -> None:
    start = await begin(store)
    for n in range(1, 7):
        async with store.transaction() as change:
            await say(change, f"m{n}")
    await store.trim(keep_events=4, receipts_before=START)
    table = [
        # epoch, seq, limit, what comes back
        (start.epoch, 6, 10, []),
        (start.epoch, 5, 10, [6]),
        (start.epoch, 3, 3, [4, 5, 6]),
        (start.epoch, 2, 10, [3, 4, 5, 6]),
        (start.epoch, 3, 2, None),  # more than the limit
        (start.epoch, 1, 10, None),  # trimmed
        (start.epoch, 0, 10, None),
        (start.epoch, 7, 10, None),  # from the future
        ("other", 6, 10, None),
        ("", 3, 10, None),
    ]
    for epoch, seq, limit, expected in table:
        replay = await store.replay(STREAM, Position(epoch=epoch, seq=seq), limit)
        assert replay is not None
        assert replay.position == Position(epoch=start.epoch, seq=6)
        assert replay.recovered is (expected is not None), (epoch, seq, limit)
        assert [event.seq for event in replay.events] == (expected or [])


async def trims_no_more_than_asked(store: Store, clock: FakeClock) -> None:
    start = await begin(store)
    for n in range(3):
        async with store.transaction() as change:
            await say(change, f"m{n}")
    await store.trim(keep_events=3, receipts_before=START)
    assert len(await replayed(store, start)) == 3
    await store.trim(keep_events=2, receipts_before=START)
    await store.trim(keep_events=100, receipts_before=START)
    replay = await store.replay(STREAM, start, 10)
    assert replay is not None
    assert not replay.recovered
    assert len(await replayed(store, Position(epoch=start.epoch, seq=1))) == 2


async def lets_others_write_while_it_trims(store: Store, clock: FakeClock) -> None:
    start = await begin(store)
    async with store.transaction() as change:
        for n in range(1203):
            await say(change, f"m{n}")
    trimming = asyncio.ensure_future(store.trim(keep_events=2, receipts_before=START))
    await asyncio.sleep(0)
    async with store.transaction() as change:
        await say(change, "late")
    assert not trimming.done()
    await trimming
    for seq, expected in ((1200, None), (1201, [1202, 1203, 1204])):
        replay = await store.replay(STREAM, Position(epoch=start.epoch, seq=seq), 10)
        assert replay is not None
        assert replay.recovered is (expected is not None)
        assert [event.seq for event in replay.events] == (expected or [])


async def tells_many_of_one_thing(store: Store, clock: FakeClock) -> None:
    """Each stream has its own, whole, until the thing is scrubbed."""
    starts = {name: await begin(store, user_stream(name)) for name in ("ann", "ben")}

    async def tell(unread: int) -> tuple[Event, ...]:
        async with store.transaction() as change:
            views = await change.room_views(ROOM, ["ann", "ben", "carl"])
            assert views is not None
            own = {
                user_stream(name): replace(view, unread=unread) for name, view in views.own.items()
            }
            gone = {user_stream("carl"): own["user:ann"]}
            await change.record_each("room.updated", ROOM, views.shared, own | gone)
        return tuple(change.events)

    async def kept(name: str) -> list[Any]:
        replay = await store.replay(user_stream(name), starts[name], 10)
        assert replay is not None
        return [(event.seq, event.type, msgspec.json.decode(event.data)) for event in replay.events]

    told = [*await tell(1), *await tell(2)]
    assert sorted((event.stream, event.seq) for event in told) == [
        ("user:ann", 1), ("user:ann", 2), ("user:ben", 1), ("user:ben", 2),
    ]  # fmt: skip
    for name in ("ann", "ben"):
        mine = [event for event in told if event.stream == user_stream(name)]
        whole = [(event.seq, event.type, msgspec.json.decode(event.data)) for event in mine]
        assert await kept(name) == whole
        room = await store.room(ROOM, name)
        assert room is not None
        for event, unread in zip(mine, (1, 2), strict=True):
            assert msgspec.json.decode(event.data, type=Room) == replace(room, unread=unread)
    await store.trim(keep_events=1, receipts_before=START)
    starts |= {name: Position(epoch=start.epoch, seq=1) for name, start in starts.items()}
    assert [seq for seq, _, _ in await kept("ann")] == [2]
    async with store.transaction() as change:
        assert await change.room_views("c_none", ["ann"]) is None
        await change.scrub(ROOM, "room.deleted", {"room_id": ROOM})
    assert await kept("ben") == [(2, "room.deleted", {"room_id": ROOM})]


async def takes_snapshots_of_one_moment(store: Store, clock: FakeClock) -> None:
    for n in range(5):
        async with store.transaction() as change:
            await say(change, f"m{n}", str(n))
    snapshot = await store.snapshot(ROOM, "ben", 3)
    assert snapshot is not None
    assert [m.text for m in snapshot.messages] == ["2", "3", "4"]
    assert snapshot.position == await begin(store)
    assert snapshot.room.last_seq == 5
    assert (snapshot.room.role, snapshot.room.unread) == ("viewer", 5)
    assert [(m.id, m.role) for m in snapshot.room.members] == [("ann", "owner"), ("ben", "viewer")]
    assert await store.snapshot(ROOM, "carl", 3) is None
    assert await store.snapshot("none", "ann", 3) is None


async def counts_what_is_unread(store: Store, clock: FakeClock) -> None:
    async def unread() -> list[int]:
        rooms = [await store.room(ROOM, user_id) for user_id in ("ann", "ben")]
        return [room.unread for room in rooms if room is not None]

    for n in range(3):
        async with store.transaction() as change:
            new = await say(change, f"m{n}")
            await change.record(STREAM, "run.step", "r", lambda seq: a_run())
            await change.mark_read(ROOM, "ann", new.seq)
    assert await unread() == [0, 3]
    async with store.transaction() as change:
        await change.mark_read(ROOM, "ben", 3)
        await change.mark_read(ROOM, "ben", 1)
        await change.mark_read(ROOM, "carl", 9)
    assert await unread() == [0, 1]
    async with store.transaction() as change:
        edited = await store.message("m1")
        assert edited is not None
        await change.put_message(replace(edited, text="", deleted_at=START))
        await say(change, "m3")
    assert await unread() == [1, 2], "what was deleted has kept its place"


async def lists_rooms_by_activity(store: Store, clock: FakeClock) -> None:
    async with store.transaction() as change:
        await change.put_room("c2", "Second", START + timedelta(seconds=1))
        await change.put_member("c2", "ann", "owner")
    assert [room.room_id for room in await store.rooms("ann")] == ["c2", "c1"]
    clock.advance(60)
    async with store.transaction() as change:
        await say(change, "m1")
    rooms = await store.rooms("ann")
    assert [(r.room_id, r.name, r.last_seq, r.created_at) for r in rooms] == [
        ("c1", "Room", 1, START),
        ("c2", "Second", 0, START + timedelta(seconds=1)),
    ]
    assert [room.room_id for room in await store.rooms("ben")] == ["c1"]
    assert await store.rooms("carl") == ()


async def renames_a_room_and_keeps_what_it_is(store: Store, clock: FakeClock) -> None:
    start = await begin(store)
    async with store.transaction() as change:
        await say(change, "m1")
        await change.put_room(ROOM, "New name", START + timedelta(days=1))
        await change.put_member(ROOM, "ben", "member")
    room = await store.room(ROOM, "ben")
    assert room is not None
    assert (room.name, room.role, room.created_at) == ("New name", "member", START)
    assert await begin(store) == Position(epoch=start.epoch, seq=1)


async def pages_through_messages(store: Store, clock: FakeClock) -> None:
    for n in range(1, 6):
        async with store.transaction() as change:
            await say(change, f"m{n}")
    table = [(None, 2, [4, 5]), (4, 2, [2, 3]), (2, 2, [1]), (1, 2, []), (None, 9, [1, 2, 3, 4, 5])]
    for before, limit, expected in table:
        assert [m.seq for m in await store.messages(ROOM, before, limit)] == expected
    assert await store.messages("none", None, 5) == ()


async def deletes_a_room_with_all_that_is_in_it(store: Store, clock: FakeClock) -> None:
    start = await begin(store)
    async with store.transaction() as change:
        await say(change, "m1")
        await change.put_run(a_run())
    async with store.transaction() as change:
        await change.delete_room(ROOM)
    assert await store.room(ROOM, "ann") is None
    assert await store.message("m1") is None
    assert await store.run("r1") is None
    assert await store.running() == ()
    assert await store.position(STREAM) is None
    with pytest.raises(NotFound):
        async with store.transaction() as change:
            await say(change, "m2")
    async with store.transaction() as change:
        await change.put_room(ROOM, "Again", START)
        await change.put_member(ROOM, "ann", "owner")
    again = await begin(store)
    assert again.seq == 0
    assert again.epoch != start.epoch
    replay = await store.replay(STREAM, start, 10)
    assert replay is not None
    assert not replay.recovered


async def finds_runs_that_have_not_ended(store: Store, clock: FakeClock) -> None:
    async with store.transaction() as change:
        await change.put_run(a_run("r1"))
        await change.put_run(a_run("r2", "completed"))
    assert await store.running() == (a_run("r1"),)
    async with store.transaction() as change:
        await change.put_run(a_run("r1", "failed"))
    assert await store.running() == ()
    assert await store.run("r3") is None


async def reads_text_across_pages(store: Store, clock: FakeClock) -> None:
    parts = ["ab😀", "", "é\u0301c\n", "defg"]
    whole = "".join(parts)
    pages, at = [], 0
    for number, part in enumerate(parts, 1):
        pages.append(Page(number=number, start=at, text=part))
        at += len(part)
    async with store.transaction() as change:
        await change.put_document(document("d1"))
        await change.put_pages("d1", pages)
    for start in range(at + 2):
        assert await store.document_text("d1", start) == whole[start:]
        for end in range(at + 2):
            assert await store.document_text("d1", start, end) == whole[start:end]
    assert await store.document_text("none") == ""
    async with store.transaction() as change:
        await change.put_pages("d1", [Page(number=None, start=0, text="new")])
    assert await store.document_text("d1") == "new"
    async with store.transaction() as change:
        await change.delete_document("d1")
    assert await store.document_text("d1") == ""


async def keeps_documents(store: Store, clock: FakeClock) -> None:
    kept = [document(f"d{n}", str(n) * 64, at=n // 2) for n in range(5)]
    async with store.transaction() as change:
        for each in kept:
            await change.put_document(each)
        await change.put_document(document("e", "0" * 64, owner="ben"))
        assert await change.document_by_hash("ann", "3" * 64) == kept[3]
        assert await change.document_by_hash("ben", "3" * 64) is None
        assert await change.document("d1") == kept[1]
    first = await store.documents("ann", 2)
    rest = await store.documents("ann", 10, after=first[-1].document_id)
    assert sorted(each.document_id for each in (*first, *rest)) == ["d0", "d1", "d2", "d3", "d4"]
    ages = [each.created_at for each in (*first, *rest)]
    assert ages == sorted(ages, reverse=True)
    assert await store.document_sources("ann") == {each.source: each for each in kept}
    assert await store.blob_used("0" * 64)
    async with store.transaction() as change:
        await change.delete_document("d0")
    assert await store.document("d0") is None
    assert await store.blob_used("0" * 64)
    async with store.transaction() as change:
        await change.delete_document("e")
    assert not await store.blob_used("0" * 64)


async def remembers_receipts(store: Store, clock: FakeClock) -> None:
    receipt = Receipt(body_hash="h", reply=b'{"a":1}')
    async with store.transaction() as change:
        assert await change.receipt("ann", "x") is None
        await change.put_receipt("ann", "x", receipt, START)
        assert await change.receipt("ann", "x") == receipt
        await change.put_receipt("ann", "y", Receipt(body_hash="h"), START + timedelta(days=1))
    assert await store.receipt("ann", "x") == receipt
    assert await store.receipt("ben", "x") is None
    await store.trim(keep_events=10, receipts_before=START + timedelta(hours=1))
    assert await store.receipt("ann", "x") is None
    assert await store.receipt("ann", "y") == Receipt(body_hash="h")


async def uses_a_login_code_up(store: Store, clock: FakeClock) -> None:
    async with store.transaction() as change:
        for code, minutes in (("a", 15), ("b", 15), ("c", 1)):
            await change.put_login_code(code, "ann", START + timedelta(minutes=minutes))
    table = [("a", 0, "ann"), ("a", 0, None), ("z", 0, None), ("c", 2, None), ("c", 0, None)]
    table += [("b", 15, "ann")]
    for code, minutes, expected in table:
        async with store.transaction() as change:
            moment = START + timedelta(minutes=minutes)
            assert await change.take_login_code(code, moment) == expected, (code, minutes)


async def lets_sessions_live_and_lapse(store: Store, clock: FakeClock) -> None:
    def session(session_id: str, minutes: int, resume_hash: str = "h") -> StoredSession:
        expires_at = START + timedelta(minutes=minutes)
        return StoredSession(
            session_id=session_id, user_id="ann", resume_hash=resume_hash, expires_at=expires_at
        )

    def exchanged(session_id: str) -> StoredSession:
        new = session(session_id, 40, "new")
        return msgspec.structs.replace(new, previous_hash="h", exchanged_at=START)

    async with store.transaction() as change:
        await change.put_session(session("s1", 10))
        await change.put_session(session("s2", 20))
        await change.put_session(session("s3", 30))
        later = START + timedelta(minutes=40)
        assert await change.renew_session("s1", later)
        assert not await change.renew_session("s4", later)
        assert await change.exchange_resume(exchanged("s2"), instead_of="h")
        assert not await change.exchange_resume(exchanged("s3"), instead_of="old")
        assert not await change.exchange_resume(exchanged("s4"), instead_of="h")
    assert await store.session("s1") == session("s1", 40)
    assert await store.session("s2") == exchanged("s2")
    assert await store.session("s3") == session("s3", 30)
    async with store.transaction() as change:
        await change.delete_sessions(session_id=None, expired_at=START + timedelta(minutes=35))
        await change.delete_sessions(session_id="s1", expired_at=None)
        await change.delete_sessions(session_id=None, expired_at=None)
    assert [await store.session(s) is not None for s in ("s1", "s2", "s3")] == [False, True, False]


async def queues_tasks(store: Store, clock: FakeClock) -> None:
    payload = {"subject": "d1", "n": [1, None]}
    async with store.transaction() as change:
        await change.put_task(task("t1", at=2), payload)
        await change.put_task(task("t2", at=1), {})
        await change.put_task(task("t3", "completed"), {})
        assert await change.task("t1") == task("t1", at=2)
    assert [t.task_id for t in await store.tasks("ann", 2)] == ["t1", "t2"]
    assert await store.tasks("ben", 2) == ()
    lease = Lease(owner="n1", expires_at=START + timedelta(seconds=30))
    assert await store.has_expired_leases(START, None)
    async with store.transaction() as change:
        unfinished = await change.take_leases(lease, START, own=False)
    assert [(q.task.task_id, q.payload) for q in unfinished] == [("t2", {}), ("t1", payload)]
    async with store.transaction() as change:
        await change.put_task(task("t1", "running", at=2))
        await change.put_task(task("none"))
    assert await store.task("t1") == task("t1", "running", at=2)
    assert await store.task("none") is None


async def leases_tasks_to_one_owner(store: Store, clock: FakeClock) -> None:
    def lease(owner: str, until: int) -> Lease:
        return Lease(owner=owner, expires_at=START + timedelta(seconds=until))

    async def take(owner: str, now: int, *, own: bool = False) -> list[str]:
        async with store.transaction() as change:
            at = START + timedelta(seconds=now)
            taken = await change.take_leases(lease(owner, now + 30), at, own=own)
        return [each.task.task_id for each in taken]

    async with store.transaction() as change:
        await change.put_task(task("t1", at=1), {}, lease("a", 30))
        await change.put_task(task("t2", at=2), {}, lease("a", 60))
        await change.put_task(task("t3", "completed", at=3), {}, lease("a", 0))
    assert not await store.has_expired_leases(START + timedelta(seconds=30), None)
    assert await store.has_expired_leases(START, "a")
    assert await take("b", 30) == []
    assert await take("b", 31) == ["t1"]
    assert await take("a", 31, own=True) == ["t2"]
    async with store.transaction() as change:
        assert await change.renew_leases(lease("a", 90)) == {"t2"}
        assert await change.renew_leases(lease("b", 90), "t1") == {"t1"}
        assert await change.renew_leases(lease("b", 90), "t2") == frozenset()
    assert await take("c", 90) == []
    assert await take("c", 91) == ["t1", "t2"]


async def drops_tasks_that_ended_long_ago(store: Store, clock: FakeClock) -> None:
    def ended(task_id: str, at: int) -> Task:
        moment = START + timedelta(seconds=at)
        return msgspec.structs.replace(task(task_id, "completed"), updated_at=moment)

    async with store.transaction() as change:
        for name, at in (("t1", 5), ("t2", 1), ("t3", 3), ("t4", 9)):
            # What was begun long ago may have ended just now.
            await change.put_task(task(name), {})
            await change.put_task(ended(name, at))
        await change.put_task(task("t5"), {})
        await change.put_task(task("t6", "failed", at=2), {})
    # seconds, at most, dropped, left
    table = [
        (1, 10, 0, {"t1", "t2", "t3", "t4", "t5", "t6"}),
        (6, 2, 2, {"t1", "t3", "t4", "t5"}),
        (6, 2, 2, {"t4", "t5"}),
        (6, 2, 0, {"t4", "t5"}),
        (1_000_000, 10, 1, {"t5"}),
    ]
    for seconds, at_most, dropped, left in table:
        before = START + timedelta(seconds=seconds)
        assert await store.drop_tasks(ended_before=before, at_most=at_most) == dropped
        assert {each.task_id for each in await store.tasks("ann", 10)} == left


async def scrubs_what_was_said_of_a_subject(store: Store, clock: FakeClock) -> None:
    own = user_stream("ann")
    start = await begin(store, own)
    async with store.transaction() as change:
        for each in (document("d1"), document("d2", "b" * 64)):
            await change.put_document(each)
            await change.record(
                own, "document.added", each.document_id, lambda seq, each=each: each
            )
        await change.put_task(task("t1"), {"subject": "d1"})
        await change.put_task(task("t2"), {"subject": "d2"})
        await change.scrub("d1", "document.removed", {"document_id": "d1"})
    replay = await store.replay(own, start, 10)
    assert replay is not None
    assert [event.type for event in replay.events] == ["document.removed", "document.added"]
    assert msgspec.json.decode(replay.events[0].data) == {"document_id": "d1"}
    assert msgspec.json.decode(replay.events[1].data, type=Document) == document("d2", "b" * 64)
    assert [t.task_id for t in await store.tasks("ann", 9)] == ["t2"]


async def knows_its_users(store: Store, clock: FakeClock) -> None:
    assert await store.owner() == ANN
    assert await store.user("ben") == BEN
    assert await store.user("carl") is None
    epoch = (await begin(store, user_stream("ben"))).epoch
    async with store.transaction() as change:
        await change.put_user(User(id="ben", name="Benjamin", role="guest"), START)
    assert await store.user("ben") == User(id="ben", name="Benjamin", role="guest")
    assert (await begin(store, user_stream("ben"))).epoch == epoch


async def survives_any_cancellation(store: Store, clock: FakeClock) -> None:
    """What is committed is told, what is told is committed, and the next is not held up."""
    hub, told = Hub(store), []
    start = await begin(store)

    async def change_something(n: int) -> None:
        async with hub.change() as change:
            await say(change, f"m{n}")
        told.append(n)
        await asyncio.Event().wait()

    for n in range(60):
        changing = asyncio.get_running_loop().create_task(change_something(n))
        for _ in range(n):
            await asyncio.sleep(0)
        changing.cancel()
        async with asyncio.timeout(60):
            await asyncio.wait([changing])
        assert changing.cancelled()
    async with asyncio.timeout(60), hub.change() as change:
        last = await say(change, "last")
    kept = {m.message_id for m in await store.messages(ROOM, None, 100)}
    assert kept == {f"m{n}" for n in told} | {"last"}
    assert len(await replayed(store, start)) == last.seq == len(kept)


async def knows_members_and_their_standing(store: Store, clock: FakeClock) -> None:
    async def roles() -> list[str | None]:
        found = [await store.membership(ROOM, user) for user in ("ann", "ben", "carl")]
        return [each.role if each else None for each in found]

    async def shared_by(change: Transaction) -> tuple[bool, int]:
        membership = await change.membership(ROOM, "ann")
        assert membership is not None
        return membership.shared, await change.member_count(ROOM, 9)

    assert await roles() == ["owner", "viewer", None]
    assert (await store.room_ids("ben"), await store.room_ids("carl")) == ((ROOM,), ())
    async with store.transaction() as change:
        await say(change, "m1")
        assert await change.mark_read(ROOM, "ann", 1)
        assert not await change.mark_read(ROOM, "ann", 1)
        assert set(await change.member_ids(ROOM)) == {"ann", "ben"}
        assert await change.member_ids(ROOM, read_from=1) == ("ann",)
        assert [await change.last_message_seq(ROOM, before) for before in (None, 1)] == [1, 0]
        shared = await change.members(ROOM)
        assert (await shared_by(change), await change.member_count(ROOM, 1)) == ((True, 2), 1)
        await change.remove_member(ROOM, "ben")
        assert await shared_by(change) == (False, 1)
        assert await change.membership(ROOM, "ben") is None
        alone = await change.members(ROOM)
    assert [member.read_seq for member in shared] == [1, 0]
    assert [member.read_seq for member in alone] == [0]
    assert await roles() == ["owner", None, None]
    assert await store.users_named("Ben") == (BEN,)
    assert await store.users_named("ben") == ()


async def finds_messages(store: Store, clock: FakeClock) -> None:
    said = {"m1": "Bees dance", "m2": "A dancing bee", "m3": "Café OR tea", "m4": "bees again bees"}
    async with store.transaction() as change:
        for message_id, text_ in said.items():
            await say(change, message_id, text_)
        await change.put_room("c2", "Second", START)
        await change.put_member("c2", "ann", "owner")
    table = {
        "bees": {"m1", "m4"}, "bee": {"m1", "m2", "m4"}, "danc bee": set(), "dance bee": {"m1"},
        "cafe": {"m3"}, "CAFÉ tea": {"m3"}, "or": {"m3"}, "tea OR bees": set(), "": set(),
        '"': set(), "NEAR(bees": set(), "text:bees": set(), "a": {"m2", "m4"},
    }  # fmt: skip
    for query, expected in table.items():
        for user, room_id, sees in (
            ("ann", None, True), ("ben", ROOM, True), ("ann", "c2", False), ("carl", None, False),
        ):  # fmt: skip
            found = await store.search_messages(user, query, room_id, None, 10)
            ids = {each.message.message_id for each in found}
            assert ids == (expected if sees else set()), query
    for room_id in (None, ROOM):
        assert await pages(store, "b", room_id) == ["m4", "m2", "m1"], "newest first"
    m1 = await store.message("m1")
    assert m1 is not None
    async with store.transaction() as change:
        await change.put_message(msgspec.structs.replace(m1, text="Wasps", edited_at=START))
    (wasps,) = await store.search_messages("ann", "wasps", None, None, 9)
    assert wasps.message.text == "Wasps"
    async with store.transaction() as change:
        await change.put_message(msgspec.structs.replace(m1, text="", deleted_at=START))
    assert await store.search_messages("ann", "wasps", None, None, 9) == ()
    async with store.transaction() as change:
        await change.delete_room(ROOM)
    assert await store.search_messages("ann", "bees", None, None, 9) == ()


async def pages(store: Store, query: str, room_id: str | None) -> list[str]:
    """What is found, page after page of one."""
    found, before = [], None
    while page := await store.search_messages("ann", query, room_id, before, 1):
        found.append(page[0].message.message_id)
        before = page[0].place
    return found


async def keeps_drafts(store: Store, clock: FakeClock) -> None:
    async with store.transaction() as change:
        await change.put_draft(ROOM, "ben", "I was about")
        await change.put_draft(ROOM, "carl", "x")
        await change.put_member(ROOM, "ben", "member")
    snapshots = [await store.snapshot(ROOM, user, 1) for user in ("ann", "ben")]
    assert [each.draft if each else None for each in snapshots] == ["", "I was about"]
    assert await store.drafts("ben") == {ROOM: "I was about"}
    async with store.transaction() as change:
        await change.put_draft(ROOM, "ben", "")
    assert await store.drafts("ben") == {}


async def voids_logins_until_their_tokens_expire(store: Store, clock: FakeClock) -> None:
    for session_id, seconds in (("s_1", 10), ("s_2", 20), ("s_1", 15)):
        async with store.transaction() as change:
            until = clock.now() + timedelta(seconds=seconds)
            await change.void_login(session_id, clock.now(), until)
    assert [await store.login_voided(f"s_{n}") for n in (1, 2, 3)] == [True, True, False]
    clock.advance(16)
    async with store.transaction() as change:
        await change.void_login("s_3", clock.now(), clock.now())
    assert [await store.login_voided(f"s_{n}") for n in (1, 2, 3)] == [False, True, True]


CHECKS: list[Check] = [
    keeps_a_change_and_its_event_together,
    leaves_nothing_of_a_change_that_failed,
    hides_a_change_until_it_is_committed,
    numbers_without_a_gap_when_many_write,
    has_a_gapless_log_whenever_it_is_read,
    refuses_an_event_of_no_stream,
    replays_all_or_nothing,
    trims_no_more_than_asked,
    lets_others_write_while_it_trims,
    tells_many_of_one_thing,
    takes_snapshots_of_one_moment,
    counts_what_is_unread,
    lists_rooms_by_activity,
    renames_a_room_and_keeps_what_it_is,
    pages_through_messages,
    deletes_a_room_with_all_that_is_in_it,
    finds_runs_that_have_not_ended,
    reads_text_across_pages,
    keeps_documents,
    remembers_receipts,
    uses_a_login_code_up,
    lets_sessions_live_and_lapse,
    queues_tasks,
    leases_tasks_to_one_owner,
    drops_tasks_that_ended_long_ago,
    scrubs_what_was_said_of_a_subject,
    knows_its_users,
    survives_any_cancellation,
    knows_members_and_their_standing,
    finds_messages,
    keeps_drafts,
    voids_logins_until_their_tokens_expire,
    *OAUTH_CHECKS,
]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(START)


@pytest.fixture
async def store(tmp_path: Path, clock: FakeClock) -> AsyncIterator[SqlStore]:
    opened = await open_sqlite_store(tmp_path / "basicchat.db", clock)
    await populate(opened)
    yield opened
    await opened.close()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
async def test_a_store(check: Check, store: SqlStore, clock: FakeClock) -> None:
    await check(store, clock)


def test_what_members_share_of_a_room_and_what_not_is_the_room() -> None:
    shared, own = (set(kind.__struct_fields__) for kind in (SharedRoom, OwnRoom))
    assert shared | own == set(Room.__struct_fields__)
    assert not shared & own


async def test_what_no_event_shares_any_more_is_dropped(store: SqlStore, clock: FakeClock) -> None:
    async def parts() -> int:
        counted = select(func.count()).select_from(tables.event_parts)
        return int((await store._reader.execute(counted)).scalar())

    for name, kept in (("One", 1), ("One", 1), ("Two", 2)):
        async with store.transaction() as change:
            await change.put_room(ROOM, name, START)
            views = await change.room_views(ROOM, ["ann"])
            assert views is not None
            own = {user_stream("ann"): views.own["ann"]}
            await change.record_each("room.updated", ROOM, views.shared, own)
        assert await parts() == kept
    await store.trim(keep_events=2, receipts_before=START)
    assert await parts() == 2
    await store.trim(keep_events=1, receipts_before=START)
    assert await parts() == 1


@settings(deadline=None)
@given(st.datetimes(timezones=st.just(UTC)))
def test_times_come_back_to_the_microsecond(moment: datetime) -> None:
    assert from_micros(to_micros(moment)) == moment


async def test_an_event_is_replayed_as_it_was_told(store: SqlStore, clock: FakeClock) -> None:
    start = await begin(store)
    clock.advance(0.123457)
    async with store.transaction() as change:
        await say(change, "m1", "é😀")
    replay = await store.replay(STREAM, start, 10)
    assert replay is not None
    (told,), (kept,) = change.events, replay.events
    assert msgspec.json.encode(told) == msgspec.json.encode(kept)


def is_no_part_of_an_index(name: str | None, type_: str, parents: object) -> bool:
    """The full-text index is made by SQL of its own."""
    return not (type_ == "table" and name is not None and name.startswith("message_words"))


async def test_migrations_lead_to_the_tables(tmp_path: Path, clock: FakeClock) -> None:
    opened = await open_sqlite_store(tmp_path / "new.db", clock)
    await opened.close()
    engine = create_engine(f"sqlite:///{tmp_path / 'new.db'}")
    with engine.connect() as connection:
        options = {"compare_type": True, "include_name": is_no_part_of_an_index}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, tables.metadata) == []
        assert context.get_current_revision() == schema.HEAD
    engine.dispose()


async def test_a_new_file_is_what_the_migrations_lead_to(tmp_path: Path, clock: FakeClock) -> None:
    opened = await open_sqlite_store(tmp_path / "new.db", clock)
    await opened.close()
    engine = create_engine(f"sqlite:///{tmp_path / 'new.db'}")
    with engine.connect() as connection:
        assert schema.dump(connection) == schema.schema()
        # Migrations bring rows along only where there are some.
        tables_with_rows = [
            table
            for table in tables.metadata.tables
            if connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()
        ]
    assert tables_with_rows == []
    engine.dispose()


def upgrade(engine: Engine, revision: str) -> None:
    """Make the tables as they were at a revision."""
    config = Config()
    config.set_main_option("script_location", str(Path(next(iter(migrations.__path__)))))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def test_users_of_the_first_schema_keep_their_names(tmp_path: Path) -> None:
    """Of those who share a name, the oldest logs in by it."""
    engine = make_engine(tmp_path / "old.db")
    upgrade(engine, "0001")
    with engine.begin() as connection:
        rows = [("a", "Owner", "owner", 1), ("b", "Ann", "member", 3), ("c", "ANN", "guest", 2)]
        for row in rows:
            connection.exec_driver_sql("INSERT INTO users VALUES (?, ?, ?, ?)", row)
    schema.migrate(engine)
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT user_id, login, status, tokens_after FROM users")
        assert sorted(found.all()) == [
            ("a", "owner", "active", 0),
            ("b", None, "active", 0),
            ("c", "ann", "active", 0),
        ]
    engine.dispose()


def test_messages_of_earlier_schemas_are_counted(tmp_path: Path) -> None:
    engine = make_engine(tmp_path / "old.db")
    upgrade(engine, "0008")
    said = [("m1", "c1", 3), ("m2", "c1", 7), ("m3", "c2", 1), ("m4", "c1", 9)]
    with engine.begin() as connection:
        for room in ("c1", "c2"):
            connection.exec_driver_sql("INSERT INTO rooms VALUES (?, 'Room', 1, 1)", (room,))
        for row in said:
            connection.exec_driver_sql("INSERT INTO messages VALUES (?, ?, ?, '{}')", row)
    schema.migrate(engine)
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT message_id, number FROM messages").all()
    assert dict(tuple(row) for row in found) == {"m1": 1, "m2": 2, "m3": 1, "m4": 3}
    engine.dispose()


def test_the_newest_migration_is_the_one_that_is_looked_for() -> None:
    scripts = ScriptDirectory(str(Path(next(iter(migrations.__path__)))))
    assert scripts.get_heads() == [schema.HEAD]
    assert len(scripts.get_bases()) == 1


async def test_a_file_is_opened_again(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "a?b %20#d" / "basicchat.db"
    first = await open_sqlite_store(path, clock)
    await populate(first)
    async with first.transaction() as change:
        await say(change, "m1")
    position = await begin(first)
    await first.close()
    assert path.is_file()
    again = await open_sqlite_store(path, clock)
    assert await begin(again) == position
    async with again.transaction() as change:
        assert (await say(change, "m2")).seq == 2
    await again.check()
    await again.close()


def files_with(words: bytes, folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if words in path.read_bytes()]


async def test_what_was_deleted_is_in_no_file(store: SqlStore, tmp_path: Path) -> None:
    secret = "xyzzy-plugh-" * 50
    async with store.transaction() as change:
        await change.put_document(document("d1"))
        await change.put_pages("d1", [Page(number=1, start=0, text=secret)])
    assert files_with(b"xyzzy", tmp_path)
    async with store.transaction() as change:
        await change.delete_document("d1")
    await store.erase_deleted()
    assert files_with(b"xyzzy", tmp_path) == []
    async with store.transaction() as change:
        assert (await say(change, "m1")).seq == 1


async def test_the_words_of_deleted_messages_are_in_no_file(
    store: SqlStore, tmp_path: Path
) -> None:
    await store.erase_deleted(only_words=True)
    for n in range(3):
        async with store.transaction() as change:
            await change.put_message(message(f"m{n}", n + 1, f"xyzzy and {n}"))
    assert files_with(b"xyzzy", tmp_path)
    for n in range(3):
        async with store.transaction() as change:
            gone = message(f"m{n}", n + 1, "")
            await change.put_message(msgspec.structs.replace(gone, deleted_at=START))
    await store.erase_deleted(only_words=True)
    assert files_with(b"xyzzy", tmp_path) == []


async def test_a_commit_that_fails_leaves_nothing_behind(store: SqlStore) -> None:
    """As when the disk is full: the next change must find no transaction open."""

    async def orphan() -> None:
        async with store.transaction() as change:
            await say(change, "m1")
            await change._connection.execute(text("PRAGMA defer_foreign_keys=ON"))
            await change.put_run(a_run(room_id="none"))

    with pytest.raises(IntegrityError):
        await orphan()
    assert await store.message("m1") is None
    async with store.transaction() as change:
        assert (await say(change, "m2")).seq == 1


async def test_an_error_is_not_hidden_by_a_rollback_that_sqlite_made(store: SqlStore) -> None:
    async def fail() -> None:
        async with store.transaction() as change:
            await say(change, "m1")
            await change._connection.execute(text("ROLLBACK"))
            raise Boom

    with pytest.raises(Boom):
        await fail()
    async with store.transaction() as change:
        assert (await say(change, "m2")).seq == 1


async def test_a_broken_file_is_noticed(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "basicchat.db"
    path.write_bytes(b"this is no database" * 1000)
    with pytest.raises(UpstreamUnavailable, match="cannot be used"):
        await open_sqlite_store(path, clock)


WRITER = """
import asyncio, sys
from pathlib import Path
from basicchat.domain.events import user_stream
from basicchat.domain.values import User
from basicchat.storage.sqlite.store import open_sqlite_store
from basicchat.storage.store import SqlStore
from basicchat.testing.clock import FakeClock

async def main():
    store = await open_sqlite_store(Path(sys.argv[1]), FakeClock())
    ann = User(id="ann", name="Ann", role="owner")
    async with store.transaction() as change:
        await change.put_user(ann, FakeClock().now())
    while True:
        async with store.transaction() as change:
            await change.record(user_stream("ann"), "task.updated", "t", lambda seq: ann)
        print(change.events[0].seq, flush=True)

asyncio.run(main())
"""


async def test_a_killed_writer_loses_nothing_it_acknowledged(
    tmp_path: Path, clock: FakeClock
) -> None:
    path = tmp_path / "basicchat.db"
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, str(path), stdout=asyncio.subprocess.PIPE
    )
    assert writer.stdout is not None
    acknowledged = 0
    async with asyncio.timeout(60):
        while acknowledged < 50:
            acknowledged = int(await writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        for line in (await writer.stdout.read()).split():
            acknowledged = int(line)
        await writer.wait()
    again = await open_sqlite_store(path, clock)
    position = await begin(again, user_stream("ann"))
    replay = await again.replay(user_stream("ann"), Position(epoch=position.epoch, seq=0), 10**6)
    assert replay is not None
    assert [event.seq for event in replay.events] == list(range(1, position.seq + 1))
    assert acknowledged <= position.seq <= acknowledged + 1
    await again.close()
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
    engine.dispose()
