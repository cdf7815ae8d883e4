"""Two nodes on one PostgreSQL database: what each commits holds for the other."""

import asyncio
import random
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import asyncpg
import pytest
from msgspec.structs import replace

from basicchat.domain.errors import NotFound
from basicchat.domain.events import Position, room_stream, user_stream
from basicchat.domain.rooms import RoomDeleted
from basicchat.domain.store import Receipt, Transaction
from basicchat.domain.values import User
from basicchat.hub import members
from basicchat.hub.hub import Hub
from basicchat.storage.postgres.connection import PostgresConnection
from basicchat.storage.postgres.database import WRITERS
from basicchat.storage.postgres.store import open_postgres_store
from basicchat.storage.store import SqlStore
from basicchat.testing.clock import FakeClock
from support import postgres
from support.store_values import ROOM, START, STREAM, begin, document, message, populate, say

WAIT = 120
PEOPLE = [f"p{number}" for number in range(6)]
ROOMS = [f"r{number}" for number in range(4)]


@pytest.fixture
async def nodes(postgres_url: str, clock: FakeClock) -> AsyncIterator[tuple[SqlStore, SqlStore]]:
    await postgres.empty(postgres_url)
    one, two = [await open_postgres_store(postgres_url, clock) for _ in range(2)]
    await populate(one)
    yield one, two
    await one.close()
    await two.close()


async def people_in_rooms(store: SqlStore) -> None:
    async with store.transaction() as change:
        for person in PEOPLE:
            await change.put_user(User(id=person, name=person, role="member"), START)
        for room in ROOMS:
            await change.put_room(room, room, START)
            for person in PEOPLE:
                await change.put_member(room, person, "owner")


async def test_two_nodes_number_one_stream_without_a_gap(
    nodes: tuple[SqlStore, SqlStore],
) -> None:
    start = await begin(nodes[0])

    async def write(number: int) -> None:
        async with nodes[number % 2].transaction() as change:
            await say(change, f"m{number}", str(number))
            if number % 5 == 0:
                raise ValueError

    async with asyncio.timeout(WAIT):
        await asyncio.gather(*map(write, range(60)), return_exceptions=True)
    replay = await nodes[1].replay(STREAM, start, 100)
    assert replay is not None
    assert [event.seq for event in replay.events] == list(range(1, 49))
    stored = await nodes[0].messages(ROOM, None, 100)
    assert [each.seq for each in stored] == list(range(1, 49))
    assert (await nodes[1].room(ROOM, "ben")).unread == 48  # type: ignore[union-attr]


async def test_hundreds_of_concurrent_changes_never_deadlock(
    nodes: tuple[SqlStore, SqlStore],
) -> None:
    """People post, read, leave, join, rename and are told, in rooms that share all members."""
    await people_in_rooms(nodes[0])
    chosen = random.Random(7)

    async def post(change: Transaction, room: str, person: str, number: int) -> None:
        new = await change.record(
            room_stream(room),
            "message.created",
            f"m{number}",
            lambda seq: replace(message(f"m{number}", seq, author=person), room_id=room),
        )
        await change.put_message(new)
        await members.posted(change, new, ())

    async def read(change: Transaction, room: str, person: str, number: int) -> None:
        await members.read(change, room, person, number)

    async def rejoin(change: Transaction, room: str, person: str, number: int) -> None:
        who = members.member_of(await change.members(room), person)
        if who is not None:
            await members.remove(change, room, who)
        await members.put(change, room, person, "owner", 0)

    async def tell(change: Transaction, room: str, person: str, number: int) -> None:
        # In an order of its own, as a handler might.
        gone = RoomDeleted(room_id=room)
        for each in chosen.sample(PEOPLE, len(PEOPLE)):
            await change.record(user_stream(each), "room.deleted", room, lambda seq: gone)

    async def forget(change: Transaction, room: str, person: str, number: int) -> None:
        await change.scrub(room, "room.updated", {"room_id": room})

    kinds = (post, post, read, rejoin, tell, forget)
    # On a busy machine a change could wait too long for one of its node's connections.
    free = [asyncio.Semaphore(WRITERS) for _ in nodes]

    async def change_something(number: int) -> None:
        async with free[number % 2], nodes[number % 2].transaction() as change:
            kind, room = chosen.choice(kinds), chosen.choice(ROOMS)
            await kind(change, room, chosen.choice(PEOPLE), number)

    async with asyncio.timeout(WAIT):
        await asyncio.gather(*map(change_something, range(360)))
    for stream in (*map(room_stream, ROOMS), *map(user_stream, PEOPLE)):
        position = await nodes[0].position(stream)
        assert position is not None
        start = Position(epoch=position.epoch, seq=0)
        replay = await nodes[1].replay(stream, start, 10_000)
        assert replay is not None
        assert [event.seq for event in replay.events] == list(range(1, position.seq + 1))


WAIT_AT_COMMIT = """
CREATE FUNCTION wait_at_commit() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN PERFORM pg_advisory_xact_lock(42); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER waits AFTER INSERT ON messages
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait_at_commit();
"""
WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


async def test_a_commit_that_has_begun_is_delivered_though_its_task_is_cancelled(
    nodes: tuple[SqlStore, SqlStore], postgres_url: str
) -> None:
    hub, done = Hub(nodes[0]), []

    async def post() -> None:
        async with hub.change() as change:
            await say(change, "m1")
            change.after_commit.append(lambda: done.append("delivered"))
        done.append("gone on")
        await asyncio.Event().wait()

    other = await asyncpg.connect(postgres_url)
    try:
        await other.execute(WAIT_AT_COMMIT)
        await other.execute("SELECT pg_advisory_lock(42)")
        async with asyncio.timeout(WAIT):
            posting = asyncio.ensure_future(post())
            while not await other.fetchval(WAITING):
                pass
            for _ in range(3):
                posting.cancel()
                await asyncio.sleep(0)
            assert not done
            await other.execute("SELECT pg_advisory_unlock(42)")
            await asyncio.wait([posting])
    finally:
        await other.execute("DROP TRIGGER waits ON messages; DROP FUNCTION wait_at_commit()")
        await other.close()
    assert posting.cancelled()
    assert done == ["delivered", "gone on"]
    assert await nodes[1].message("m1") is not None


CUT_OTHERS = """SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()"""


async def test_a_change_has_succeeded_though_its_connection_ends_right_after_the_commit(
    nodes: tuple[SqlStore, SqlStore], postgres_url: str
) -> None:
    hub = Hub(nodes[0])
    async with hub.change() as change:
        await say(change, "m1")
        cut = postgres.execute(postgres_url, CUT_OTHERS)
        change.after_commit.append(lambda: postgres.in_thread(cut))
    assert await nodes[1].message("m1") is not None
    async with hub.change() as change:
        await say(change, "m2")


async def test_a_repeated_request_on_another_node_waits_for_the_first_reply(
    nodes: tuple[SqlStore, SqlStore],
) -> None:
    one, two = nodes
    asked = asyncio.Event()

    async def repeat() -> Receipt | None:
        async with two.transaction() as change:
            asked.set()
            return await change.receipt("ann", "same")

    async with asyncio.timeout(WAIT), one.transaction() as change:
        assert await change.receipt("ann", "same") is None
        assert await change.receipt("ann", "same") is None, "asked again by the same request"
        repeated = asyncio.ensure_future(repeat())
        await asked.wait()
        assert await one.receipt("ann", "same") is None
        reply = Receipt(body_hash="h", reply=b"{}")
        await change.put_receipt("ann", "same", reply, START)
        assert not repeated.done()
    async with asyncio.timeout(WAIT):
        assert await repeated == reply


async def test_a_request_that_failed_leaves_its_id_to_its_repetition(
    nodes: tuple[SqlStore, SqlStore],
) -> None:
    async def fail() -> None:
        async with nodes[0].transaction() as change:
            assert await change.receipt("ann", "id") is None
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        await fail()
    async with nodes[0].transaction() as change:
        assert await change.receipt("ann", "id") is None
        # It ends without a reply, as when there was nothing to do.
    async with nodes[1].transaction() as change:
        assert await change.receipt("ann", "id") is None
    assert await nodes[0].receipt("ann", "id") is None


async def test_a_change_sees_its_room_as_the_change_before_it_left_it(
    nodes: tuple[SqlStore, SqlStore],
) -> None:
    """A member who is removed at this moment can no longer post."""
    one, two = nodes
    looking = asyncio.Event()

    async def post() -> bool:
        async with two.transaction() as change:
            looking.set()
            return await change.membership(ROOM, "ben") is not None

    async with asyncio.timeout(WAIT), one.transaction() as change:
        await change.remove_member(ROOM, "ben")
        posting = asyncio.ensure_future(post())
        await looking.wait()
        assert await one.membership(ROOM, "ben") is not None, "not committed yet"
    async with asyncio.timeout(WAIT):
        assert await posting is False


async def test_one_of_two_owners_stays_when_both_step_down(
    nodes: tuple[SqlStore, SqlStore],
) -> None:
    async with nodes[0].transaction() as change:
        await change.put_user(User(id="ben", name="Ben", role="owner"), START)

    async def step_down(store: SqlStore, user: str) -> None:
        async with store.transaction() as change:
            await change.put_user(User(id=user, name=user, role="member"), START)
            if not await change.active_owners():
                raise ValueError

    async with asyncio.timeout(WAIT):
        results = await asyncio.gather(
            step_down(nodes[0], "ann"), step_down(nodes[1], "ben"), return_exceptions=True
        )
    assert sorted(map(type, results), key=str) == sorted([type(None), ValueError], key=str)
    assert await nodes[0].owner() is not None


async def test_access_changes_are_numbered_in_the_order_in_which_they_can_be_seen(
    nodes: tuple[SqlStore, SqlStore],
) -> None:
    seen: list[int] = []

    async def change_access(number: int) -> None:
        async with nodes[number % 2].transaction() as change:
            await change.record_access(["ann"], START)
            await asyncio.sleep(0)

    async def watch() -> None:
        while len(seen) < 40:
            seen.extend(each.seq for each in await nodes[0].access_changes(seen[-1] if seen else 0))

    async with asyncio.timeout(WAIT):
        await asyncio.gather(watch(), *map(change_access, range(40)))
    assert all(before < after for before, after in pairwise(seen))


async def test_the_same_upload_on_two_nodes_is_one_document(
    nodes: tuple[SqlStore, SqlStore],
) -> None:
    async def upload(number: int) -> bool:
        async with nodes[number % 2].transaction() as change:
            if await change.document_by_hash("ann", "f" * 64) is not None:
                return False
            await change.put_document(document(f"d{number}", "f" * 64))
            return True

    async with asyncio.timeout(WAIT):
        assert sorted(await asyncio.gather(*map(upload, range(8)))) == [False] * 7 + [True]


async def test_texts_with_nul_characters_keep_their_length(
    nodes: tuple[SqlStore, SqlStore],
) -> None:
    async with nodes[0].transaction() as change:
        await say(change, "m1", "one\0two")
        await change.put_draft(ROOM, "ann", "a\0b")
        assert await change.receipt("ann", "i\0d") is None
        await change.put_receipt("ann", "i\0d", Receipt(body_hash="h", reply=b"r"), START)
    (found,) = (await nodes[1].search_messages("ann", "two", None, None, 5)).found
    assert found.message.text == "one\0two"
    assert await nodes[1].drafts("ann") == {ROOM: "a\ufffdb"}
    assert await nodes[1].receipt("ann", "i\0d") is not None


async def test_a_part_in_use_by_an_unfinished_change_is_not_deleted(
    nodes: tuple[SqlStore, SqlStore],
) -> None:
    stream = user_stream("ann")

    async def tell(store: SqlStore) -> None:
        async with store.transaction() as change:
            views = await change.room_views(ROOM, ["ann"])
            assert views is not None
            await change.record_each("room.updated", ROOM, views.shared, {stream: views.own["ann"]})

    await tell(nodes[0])
    async with nodes[0].transaction() as change:
        await change.scrub(ROOM, "room.updated", {"room_id": ROOM})
    async with asyncio.timeout(WAIT):
        await asyncio.gather(
            *(tell(nodes[number % 2]) for number in range(20)),
            *(nodes[0].trim(keep_events=2, receipts_before=START) for _ in range(4)),
        )
    position = await begin(nodes[0], stream)
    start = Position(epoch=position.epoch, seq=position.seq - 2)
    replay = await nodes[0].replay(stream, start, 10)
    assert replay is not None
    assert all(b'"members"' in bytes(event.data) for event in replay.events)
    assert len(replay.events) == 2


async def test_a_message_is_posted_by_few_statements(
    nodes: tuple[SqlStore, SqlStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    executed: list[str] = []
    run = PostgresConnection._run

    async def counted(connection: PostgresConnection, sql: str, work: Any) -> Any:
        executed.append(" ".join(sql.split()))
        return await run(connection, sql, work)

    monkeypatch.setattr(PostgresConnection, "_run", counted)
    async with nodes[0].transaction() as change:
        assert await change.receipt("ann", "id", ROOM) is None
        assert await change.membership(ROOM, "ann") is not None
        new = await say(change, "m1")
        await members.posted(change, new, ())
        await change.put_receipt("ann", "id", Receipt(body_hash="h", reply=b"{}"), START)
    # Between them only the views of the members, which see the message.
    lock, message, views, rest = executed
    assert "lock_room" in lock
    assert message.startswith("WITH stored")
    assert "AS room_name" in views
    assert "answered AS" in rest
    assert (await nodes[1].room(ROOM, "ben")).unread == 1  # type: ignore[union-attr]
    assert (await nodes[1].room(ROOM, "ann")).unread == 0  # type: ignore[union-attr]
    assert await nodes[1].receipt("ann", "id") is not None


async def test_a_transaction_sees_what_it_has_yet_to_write(
    nodes: tuple[SqlStore, SqlStore],
) -> None:
    async with nodes[0].transaction() as change:
        await say(change, "m1")
    async with nodes[0].transaction() as change:
        assert await change.last_message_seq(ROOM) == 1
        second = await say(change, "m2")
        assert await change.last_message_seq(ROOM) == second.seq == 2
        assert await change.last_message_seq(ROOM, before=2) == 1
        assert await change.last_message_seq(ROOM, before=1) == 0
        third = await say(change, "m3")
        assert await change.mark_read(ROOM, "ann", third.seq)
        assert not await change.mark_read(ROOM, "ann", second.seq)
        assert not await change.mark_read(ROOM, "nobody", third.seq)
        views = await change.room_views(ROOM, ["ann", "ben", "nobody"])
        assert views is not None
        assert {name: (own.unread, own.last_seq) for name, own in views.own.items()} == {
            "ann": (0, 3),
            "ben": (3, 3),
        }
        assert (await change.message("m3")) == third
        await change.put_message(replace(second, text="other words"))
        read = {member.id: member.read_seq for member in await change.members(ROOM)}
        assert (read["ann"], read["ben"]) == (3, 0)
    stored = await nodes[1].messages(ROOM, None, 9)
    assert [(each.message_id, each.seq) for each in stored] == [("m1", 1), ("m2", 2), ("m3", 3)]
    assert stored[1].text == "other words"

    async def delete_and_say() -> None:
        async with nodes[0].transaction() as change:
            await say(change, "m4")
            await change.delete_room(ROOM)
            await say(change, "m5")

    with pytest.raises(NotFound):
        await delete_and_say()
    assert len(await nodes[1].messages(ROOM, None, 9)) == 3


async def test_messages_are_found_in_any_script(nodes: tuple[SqlStore, SqlStore]) -> None:
    said = {
        "tokyo": "東京都の天気",
        "thai": "ภาษาไทยง่าย",
        "creme": "Cre\u0300me brûlée, foo_bar & <b>3.14</b>",
        "hindi": "हिन्दी में लिखा",
        "korean": "한국어는 재미있다",
        "quotes": "it's a \\ 'quoted' word",
        "many": " ".join(f"word{number}" for number in range(120_000)),
    }
    async with nodes[0].transaction() as change:
        for message_id, text in said.items():
            await say(change, message_id, text)
    table = {
        "天気": {"tokyo"}, "京都": {"tokyo"}, "京": {"tokyo"}, "東京 天": {"tokyo"}, "気東": set(),
        "ไทย": {"thai"}, "creme": {"creme"}, "BRULÉ": {"creme"}, "foo bar": {"creme"},
        "3.14": {"creme"}, "हिन्दी": {"hindi"}, "한국": {"korean"}, "it's": {"quotes"},
        "\\ quoted": {"quotes"}, "'": set(), "& | ! :* <->": set(), "word77": {"many"},
        "word77 word99": {"many"}, "x" * 3000: set(),
    }  # fmt: skip
    for query, expected in table.items():
        answer = await nodes[1].search_messages("ann", query, None, None, 9)
        assert {each.message.message_id for each in answer.found} == expected, query
