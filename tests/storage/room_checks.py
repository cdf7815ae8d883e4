"""What any store has to do with rooms: their members, messages, runs and drafts."""

from datetime import timedelta

import msgspec
import pytest
from msgspec.structs import replace

from basicchat.domain.errors import InvalidInput, NotFound
from basicchat.domain.events import Position
from basicchat.domain.rooms import SMALL_ROOM
from basicchat.domain.store import FoundMessages, Store, Transaction
from basicchat.domain.values import User
from basicchat.storage.room_deletion import ROWS_AT_ONCE
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
    assert [room.room_id for room in (await store.rooms("ann")).rooms] == ["c2", "c1"]
    clock.advance(60)
    async with store.transaction() as change:
        await say(change, "m1")
    rooms = (await store.rooms("ann")).rooms
    assert [(r.room_id, r.name, r.last_seq, r.created_at) for r in rooms] == [
        ("c1", "Room", 1, START),
        ("c2", "Second", 0, START + timedelta(seconds=1)),
    ]
    assert [room.room_id for room in (await store.rooms("ben")).rooms] == ["c1"]
    assert (await store.rooms("carl")).rooms == ()


async def pages_through_all_rooms(store: Store, clock: FakeClock) -> None:
    async with store.transaction() as change:
        await change.put_user(User(id="dora", name="Dora", role="member"), START)
        for number in range(7):
            # Some were active at the same moment.
            await change.put_room(f"p{number}", "Room", START + timedelta(seconds=number // 2))
            await change.put_member(f"p{number}", "dora", "owner")
    found, after, sizes = [], None, []
    while True:
        page = await store.rooms("dora", 3, after)
        found += [room.room_id for room in page.rooms]
        sizes.append(len(page.rooms))
        # What becomes active meanwhile has been seen, or is reported by an event.
        async with store.transaction() as change:
            await change.put_room("p6", "Room", START + timedelta(days=1))
        if (after := page.next) is None:
            break
    assert (found, sizes) == (["p6", "p5", "p4", "p3", "p2", "p1", "p0"], [3, 3, 1])
    for wrong in ("", "x", "1", "1.", "-1.c1", "٣.c1", "9" * 30 + ".c1"):
        with pytest.raises(InvalidInput):
            await store.rooms("dora", 3, wrong)


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


async def hides_a_large_room_at_once_and_deletes_it_in_portions(
    store: Store, clock: FakeClock
) -> None:
    count = 2 * ROWS_AT_ONCE + 5
    async with store.transaction() as change:
        await change.put_run(a_run())
        for number in range(count):
            await say(change, f"m{number}", f"bees {number}")
    async with store.transaction() as change:
        await change.delete_room(ROOM)
    # Nobody sees anything of it, and nothing can be added.
    assert await store.room(ROOM, "ann") is None
    assert await store.membership(ROOM, "ann") is None
    assert (await store.rooms("ann")).rooms == ()
    assert await store.snapshot(ROOM, "ann", 9) is None
    assert (await store.search_messages("ann", "bees", None, None, 9)).found == ()
    assert await store.position(STREAM) is None
    assert await store.replay(STREAM, Position(epoch="e", seq=0), 9) is None
    with pytest.raises(NotFound):
        async with store.transaction() as change:
            await say(change, "late")
    # Other changes go on between the portions.
    portions = 0
    while await store.delete_portion():
        portions += 1
        async with store.transaction() as change:
            await change.put_room(f"r{portions}", "Room", START)
    assert portions >= 3
    assert await store.message("m0") is None
    assert await store.run("r1") is None
    assert await store.messages(ROOM, None, count) == ()
    async with store.transaction() as change:
        await change.put_room(ROOM, "Again", START)
        await change.put_member(ROOM, "ann", "owner")
    assert await store.position(STREAM) is not None


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


async def sees_its_own_changes_of_members(store: Store, clock: FakeClock) -> None:
    """Also in a room that is too large to be read at once."""
    async with store.transaction() as change:
        for number in range(SMALL_ROOM + 5):
            await change.put_user(User(id=f"u{number}", name=f"U{number}", role="member"), START)

    async def seen() -> tuple[int, int, list[str | None]]:
        standings = [await change.membership(ROOM, user) for user in ("ben", "u0", "nobody")]
        roles = [each.role if each else None for each in standings]
        return len(await change.member_ids(ROOM)), await change.member_count(ROOM, 500), roles

    async with store.transaction() as change:
        assert await seen() == (2, 2, ["viewer", None, None])
        await change.put_member(ROOM, "u0", "member")
        assert await seen() == (3, 3, ["viewer", "member", None])
        await say(change, "m1")
        assert await change.mark_read(ROOM, "u0", 1)
        assert await change.member_ids(ROOM, read_from=1) == ("u0",)
        await change.remove_member(ROOM, "ben")
        assert await seen() == (2, 2, [None, "member", None])
        for number in range(SMALL_ROOM + 5):
            await change.put_member(ROOM, f"u{number}", "member")
        assert await seen() == (SMALL_ROOM + 6, SMALL_ROOM + 6, [None, "member", None])
        assert await change.member_ids(ROOM, read_from=1) == ("u0",)
        await change.delete_user("u0")
        assert await seen() == (SMALL_ROOM + 5, SMALL_ROOM + 5, [None, None, None])
        assert await change.member_count(ROOM, 3) == 3
        await change.delete_room(ROOM)
        assert await seen() == (0, 0, [None, None, None])


async def finds_messages(store: Store, clock: FakeClock) -> None:
    said = {"m1": "Bees dance", "m2": "A dancing bee", "m3": "Café OR tea", "m4": "bees again bees"}
    async with store.transaction() as change:
        for message_id, text_ in said.items():
            await say(change, message_id, text_)
        await change.put_room("c2", "Second", START)
        await change.put_member("c2", "ann", "owner")
    table = {
        "bees": {"m1", "m2", "m4"}, "bee": {"m1", "m2", "m4"}, "xnc bee": set(),
        "dance bee": {"m1", "m2"}, '"bees dance"': {"m1"}, '"dance bees"': set(),
        "again be": {"m4"},
        "cafe": {"m3"}, "CAFÉ tea": {"m3"}, "or": {"m3"}, "tea OR bees": set(), "": set(),
        '"': set(), "NEAR(bees": set(), "text:bees": set(), "a": {"m2", "m4"},
    }  # fmt: skip
    for query, expected in table.items():
        for user, room_id, sees in (
            ("ann", None, True), ("ben", ROOM, True), ("ann", "c2", False), ("carl", None, False),
        ):  # fmt: skip
            found = await store.search_messages(user, query, room_id, None, 10)
            ids = {each.message.message_id for each in found.found}
            assert ids == (expected if sees else set()), query
    for room_id in (None, ROOM):
        assert await pages(store, "b", room_id) == ["m4", "m2", "m1"], "newest first"
    m1 = await store.message("m1")
    assert m1 is not None
    async with store.transaction() as change:
        await change.put_message(msgspec.structs.replace(m1, text="Wasps", edited_at=START))
    (wasps,) = (await store.search_messages("ann", "wasps", None, None, 9)).found
    assert wasps.message.text == "Wasps"
    for query in ("wazsps", "Wsaps", "xasps"):
        misspelt = await store.search_messages("ann", query, None, None, 9)
        assert (misspelt.found, misspelt.similar) == ((wasps,), ("wasps",)), query
        assert await store.search_messages("carl", query, None, None, 9) == FoundMessages(), query
    assert (await store.search_messages("ann", "wsxps", None, None, 9)).found == ()
    async with store.transaction() as change:
        await change.put_message(msgspec.structs.replace(m1, text="", deleted_at=START))
    assert (await store.search_messages("ann", "wasps", None, None, 9)).found == ()
    async with store.transaction() as change:
        await change.delete_room(ROOM)
    assert (await store.search_messages("ann", "bees", None, None, 9)).found == ()


async def finds_words_of_messages_in_each_of_their_forms(store: Store, clock: FakeClock) -> None:
    said = {
        "m1": ("蜜蜂在秋天喂养。蜂王可以活四年。", "蜂王 秋天 王", "女王"),
        "m2": ("ผึ้งเต้นรำเพื่อบอกที่อาหาร", "เต้นรำ อาหาร", "นางพญา"),
        "m3": ("Die Kündigungsfristen auf der Straße", "kündigungsfrist STRASSE kundig", "xunde"),
        "m4": ("Part AB-1234 of maxQueueBytes", "ab1234 AB-1234 queue maxqueuebytes", "AB-99"),
        "m5": ("It costs 1,234.50 or ٣٤", "1234.5 1.234,50 34", "1235"),
        "m6": ("Он живёт в большом городе", "живет города", "село"),
    }
    async with store.transaction() as change:
        for message_id, (text_, _, _) in said.items():
            await say(change, message_id, text_)
    for message_id, (_, found, missed) in said.items():
        for query in found.split():
            page = await store.search_messages("ann", query, None, None, 10)
            assert message_id in {each.message.message_id for each in page.found}, query
            assert page.similar == (), query
        for query in missed.split():
            page = await store.search_messages("ann", query, None, None, 10)
            assert message_id not in {each.message.message_id for each in page.found}, query


async def pages(store: Store, query: str, room_id: str | None) -> list[str]:
    """What is found, page after page of one."""
    found, before = [], None
    while page := (await store.search_messages("ann", query, room_id, before, 1)).found:
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
    pages_through_all_rooms,
    hides_a_large_room_at_once_and_deletes_it_in_portions,
    renames_a_room_and_keeps_what_it_is,
    pages_through_messages,
    deletes_a_room_with_all_that_is_in_it,
    finds_runs_that_have_not_ended,
    knows_members_and_their_standing,
    sees_its_own_changes_of_members,
    finds_messages,
    finds_words_of_messages_in_each_of_their_forms,
    keeps_drafts,
]
