"""What any store has to do with changes and the numbered log of their events."""

import asyncio
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from basicchat.domain.errors import NotFound
from basicchat.domain.events import Event, Position, user_stream
from basicchat.domain.rooms import Room
from basicchat.domain.store import Store
from basicchat.hub.hub import Hub
from basicchat.testing.clock import FakeClock
from support.store_values import (
    ANN,
    ROOM,
    START,
    STREAM,
    Boom,
    Check,
    a_run,
    begin,
    replayed,
    say,
)


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
    # So many that trimming them takes several times as long as one transaction of somebody else.
    count = 4_003
    async with store.transaction() as change:
        for n in range(count):
            await say(change, f"m{n}")
    trimming = asyncio.ensure_future(store.trim(keep_events=2, receipts_before=START))
    await asyncio.sleep(0)
    async with store.transaction() as change:
        await say(change, "late")
    assert not trimming.done()
    await trimming
    # Whether the late event is one of the two depends on which transaction was first.
    for seq, expected in ((count - 3, None), (count - 1, [count, count + 1])):
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


LOG_CHECKS: list[Check] = [
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
    survives_any_cancellation,
]
