"""What any store has to do with rooms: their members, messages, runs and drafts."""

from datetime import timedelta

import msgspec
import pytest
from msgspec.structs import replace

from basicchat.domain.errors import NotFound
from basicchat.domain.events import Position
from basicchat.domain.store import Store, Transaction
from basicchat.testing.clock import FakeClock
from support.store_values import BEN, ROOM, START, STREAM, Check, a_run, begin, say


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


ROOM_CHECKS: list[Check] = [
    takes_snapshots_of_one_moment,
    counts_what_is_unread,
    lists_rooms_by_activity,
    renames_a_room_and_keeps_what_it_is,
    pages_through_messages,
    deletes_a_room_with_all_that_is_in_it,
    finds_runs_that_have_not_ended,
    knows_members_and_their_standing,
    finds_messages,
    keeps_drafts,
]
