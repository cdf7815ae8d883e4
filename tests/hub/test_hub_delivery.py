"""The hub: from any position every event behind it, once and in order, in any interleaving."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from basicchat.domain.errors import TooLarge
from basicchat.domain.events import Position, Signal
from basicchat.hub.hub import Hub
from basicchat.hub.stream_fanout import Pause
from basicchat.ops.supervisor import Supervisor
from basicchat.storage.store import SqlStore
from support.hub_clients import USERS, OpenStore, subscriber, turns
from support.hub_readers import STREAM, Move, Reader, frames, moves, seqs, tell

OTHER = "user:ann"


def users(hub: Hub, stream: str) -> set[str]:
    return {each.subscriber.user_id for each in hub.fanout(stream).subscriptions}


@asynccontextmanager
async def house(
    open_store: OpenStore, pause: float = 0.0
) -> AsyncIterator[tuple[SqlStore, Hub, Supervisor]]:
    async with asyncio.timeout(60), open_store() as store, Supervisor() as spawn:
        yield store, Hub(store, pause=Pause(pause, pause)), spawn


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.lists(moves, min_size=1, max_size=4), min_size=1, max_size=4),
    st.lists(st.integers(0, 20), min_size=1, max_size=12),
    st.sampled_from([0.0, 1.0]),
)
async def test_no_gap_and_no_double(
    open_store: OpenStore, clients: list[list[Move]], pauses: list[int], pause: float
) -> None:
    async with house(open_store, pause) as (store, hub, spawn):

        async def write() -> None:
            for pause in pauses:
                await tell(hub)
                await tell(hub, OTHER)
                await turns(pause)

        readers = [Reader(store, hub, spawn) for _ in clients]
        following = (reader.follow(moves) for reader, moves in zip(readers, clients, strict=True))
        await asyncio.gather(write(), *following)
        last = await tell(hub)
        hub.fanout(STREAM).flush()
        for reader in readers:
            reader.check(last)


async def test_events_are_held_until_it_is_known_from_where(open_store: OpenStore) -> None:
    async with house(open_store) as (_, hub, spawn):
        one, wire = subscriber(spawn)
        subscription = hub.subscribe(one, STREAM)
        for _ in range(3):
            await tell(hub)
        hub.deliver(Signal(stream=STREAM, type="typing", data={}))
        assert wire.frames == []
        hub.activate(subscription, Position(epoch="e", seq=1))
        assert seqs(wire) == [2, 3]
        await tell(hub)
        hub.deliver(Signal(stream=STREAM, type="typing", data={}))
        assert frames(wire) == [[2], [3], [4], []]


async def test_a_subscription_that_was_replaced_delivers_nothing(open_store: OpenStore) -> None:
    async with house(open_store) as (_, hub, spawn):
        one, wire = subscriber(spawn)
        old = hub.subscribe(one, STREAM)
        await tell(hub)
        new = hub.subscribe(one, STREAM)
        await tell(hub)
        hub.activate(old, Position(epoch="e", seq=0))
        assert wire.frames == []
        hub.activate(new, Position(epoch="e", seq=1))
        assert seqs(wire) == [2]
        left = hub.subscribe(one, OTHER)
        hub.unsubscribe(one, OTHER)
        await tell(hub, OTHER)
        hub.activate(left, Position(epoch="e", seq=0))
        assert seqs(wire, OTHER) == []


async def test_each_stream_has_its_listeners(open_store: OpenStore) -> None:
    async with house(open_store) as (_, hub, spawn):
        start = Position(epoch="e", seq=0)
        ann, anns = subscriber(spawn)
        ben, bens = subscriber(spawn, "ben")
        for one, stream in ((ann, STREAM), (ann, OTHER), (ben, STREAM)):
            hub.activate(hub.subscribe(one, stream), start)
        assert users(hub, STREAM) == {"ann", "ben"}
        await tell(hub)
        await tell(hub, OTHER)
        assert (seqs(anns), seqs(anns, OTHER), seqs(bens, OTHER)) == ([1], [1], [])
        hub.unsubscribe(ben, STREAM)
        hub.unsubscribe(ben, STREAM)
        await tell(hub)
        assert (seqs(anns), seqs(bens)) == ([1, 2], [1])
        hub.close_stream(STREAM)
        await tell(hub)
        await tell(hub, OTHER)
        assert (seqs(anns), seqs(anns, OTHER)) == ([1, 2], [1, 2])
        hub.unsubscribe_all(ann)
        assert ann.subscriptions == {}
        assert users(hub, OTHER) == set()


async def test_events_during_a_pause_are_sent_together(open_store: OpenStore) -> None:
    async with house(open_store, pause=1.0) as (_, hub, spawn):
        (ann, anns), (ben, bens) = subscriber(spawn), subscriber(spawn, "ben")
        hub.activate(hub.subscribe(ann, STREAM), Position(epoch="e", seq=0))
        hub.activate(hub.subscribe(ben, STREAM), Position(epoch="e", seq=3))
        for _ in range(5):
            await tell(hub)
        assert (frames(anns), frames(bens)) == ([[1]], [])
        late, lates = subscriber(spawn)
        hub.activate(hub.subscribe(late, STREAM), Position(epoch="e", seq=5))
        anns.wrote.clear()
        await anns.wrote.wait()
        assert (frames(anns), frames(bens), frames(lates)) == ([[1], [2, 3, 4, 5]], [[4, 5]], [])


async def test_no_frame_overtakes_a_queued_event(open_store: OpenStore) -> None:
    async with house(open_store, pause=1.0) as (_, hub, spawn):
        ann, anns = subscriber(spawn)
        hub.activate(hub.subscribe(ann, STREAM), Position(epoch="e", seq=0))
        for _ in range(3):
            await tell(hub)
        hub.deliver(Signal(stream=STREAM, type="typing", data={}))
        assert frames(anns) == [[1], [2, 3], []]


async def test_a_leaving_member_gets_the_earlier_events_only(open_store: OpenStore) -> None:
    async with house(open_store, pause=1.0) as (_, hub, spawn):
        (ann, anns), (ben, bens) = subscriber(spawn), subscriber(spawn, "ben")
        for one in (ann, ben):
            hub.activate(hub.subscribe(one, STREAM), Position(epoch="e", seq=0))
        for _ in range(2):
            await tell(hub)
        async with hub.change() as change:
            await change.record(STREAM, "member.left", "ben", lambda seq: USERS[1])
        await tell(hub)
        hub.close_stream(STREAM)
        assert (frames(anns), frames(bens)) == ([[1], [2], [3, 4]], [[1], [2]])


async def test_large_events_are_split_over_frames(open_store: OpenStore) -> None:
    async with house(open_store, pause=1.0) as (_, hub, spawn):
        ann, anns = subscriber(spawn)
        hub.activate(hub.subscribe(ann, STREAM), Position(epoch="e", seq=0))
        large = msgspec.structs.replace(USERS[0], name="a" * 40_000)
        async with hub.change() as change:
            for _ in range(4):
                await change.record(STREAM, "room.updated", "c1", lambda seq: large)
            for _ in range(60):
                await change.record(STREAM, "room.updated", "c1", lambda seq: USERS[0])
        hub.fanout(STREAM).flush()
        assert [len(told) for told in frames(anns)] == [1, 1, 1, 48, 13]
        assert seqs(anns) == list(range(1, 65))


async def test_a_failed_change_notifies_nobody(open_store: OpenStore) -> None:
    async with house(open_store) as (_, hub, spawn):
        one, wire = subscriber(spawn)
        hub.activate(hub.subscribe(one, STREAM), Position(epoch="e", seq=0))

        async def fail() -> None:
            async with hub.change() as change:
                await change.record(STREAM, "room.updated", "c1", lambda seq: USERS[0])
                raise LookupError

        with pytest.raises(LookupError):
            await fail()
        assert wire.frames == []
        assert await tell(hub) == 1
        assert seqs(wire) == [1]


async def test_no_stream_is_followed_beyond_the_limit(open_store: OpenStore) -> None:
    """One stream too many is refused; those that are followed stay so, and may begin anew."""
    async with open_store() as store, Supervisor() as spawn:
        hub = Hub(store, max_streams=2)
        one, wire = subscriber(spawn)
        for stream in (OTHER, STREAM):
            hub.activate(hub.subscribe(one, stream), Position(epoch="e", seq=0))
        with pytest.raises(TooLarge):
            hub.subscribe(one, "room:c2")
        hub.activate(hub.subscribe(one, STREAM), Position(epoch="e", seq=0))
        await tell(hub, OTHER)
        await tell(hub)
        assert (seqs(wire, OTHER), seqs(wire)) == ([1], [1])
