"""The contract of the bus, on every implementation that carries items between nodes."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec
import pytest

from basicchat.domain.bus import Bus, BusItem, StreamClosed, WakeUp
from basicchat.domain.events import Delta, Event, Signal
from basicchat.hub.bus_broker import BrokerBus
from basicchat.hub.bus_items import merged
from basicchat.hub.bus_memory import MemoryBroker, MemoryBus
from basicchat.hub.bus_redis import CHANNEL, RedisBus
from basicchat.hub.bus_sqlite import SqliteBus
from basicchat.hub.bus_watched import WatchedBus
from basicchat.ops.supervisor import Supervisor
from support.broker_links import broker_links
from support.hub_clients import turns
from support.redis_server import RedisServer, linked

TOPIC, OTHER = "room:c1", "room:c2"


@dataclass
class Tap:
    """A subscriber that keeps what it gets."""

    items: list[tuple[str, BusItem]] = field(default_factory=list)
    behind: list[str] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def received(self, topic: str, item: BusItem) -> None:
        self.items.append((topic, item))
        self.changed.set()

    def missed(self, topic: str) -> None:
        self.behind.append(topic)
        self.changed.set()

    async def wait(self, count: int) -> list[tuple[str, BusItem]]:
        """The items, once so many have come."""
        async with asyncio.timeout(60):
            while len(self.items) < count:
                self.changed.clear()
                await self.changed.wait()
        return self.items


@asynccontextmanager
async def memory_nodes(request: pytest.FixtureRequest) -> AsyncIterator[list[Bus]]:
    broker = MemoryBroker()
    yield [MemoryBus(broker) for _ in range(3)]


@asynccontextmanager
async def redis_nodes(request: pytest.FixtureRequest) -> AsyncIterator[list[Bus]]:
    redis: RedisServer = request.getfixturevalue("redis")
    async with AsyncExitStack() as stack:
        yield [RedisBus(await stack.enter_async_context(linked(redis.url))) for _ in range(3)]


@asynccontextmanager
async def broker_nodes(request: pytest.FixtureRequest) -> AsyncIterator[list[Bus]]:
    async with broker_links("w1", "w2", "w3") as links:
        yield [BrokerBus(link) for link in links]


# An implementation adds itself here: what makes three nodes of one server.
IMPLEMENTATIONS = {"memory": memory_nodes, "redis": redis_nodes, "broker": broker_nodes}


@pytest.fixture(params=IMPLEMENTATIONS)
async def nodes(request: pytest.FixtureRequest) -> AsyncIterator[list[Bus]]:
    async with IMPLEMENTATIONS[request.param](request) as buses, Supervisor() as spawn:
        for bus in buses:
            spawn(bus.run())
        yield buses


async def subscribe(bus: Bus, topic: str, tap: Tap) -> None:
    """Subscribe, and wait until that has taken effect and others know of it."""
    bus.subscribe(topic, tap)
    if isinstance(bus, MemoryBus):
        return
    if isinstance(bus, RedisBus):
        assert await bus.link.settled(CHANNEL + topic, 60)
    async with asyncio.timeout(60):
        while topic not in tap.behind:
            tap.changed.clear()
            await tap.changed.wait()
    if isinstance(bus, RedisBus):
        assert await bus.link.flushed(60)


def delta(number: int) -> Delta:
    """A piece that continues no other."""
    return Delta(run="r1", part=0, kind="answer", off=number * 2, text="é")


def signal(topic: str, number: int = 0) -> Signal:
    return Signal(stream=topic, type="typing", data={"number": number})


async def test_items_reach_the_other_subscribers_of_their_topic_in_order(nodes: list[Bus]) -> None:
    taps = [Tap() for _ in nodes]
    for bus, tap in zip(nodes, taps, strict=True):
        await subscribe(bus, TOPIC, tap)
    nodes[2].unsubscribe(TOPIC)
    await subscribe(nodes[2], OTHER, taps[2])
    for number in range(50):
        nodes[0].publish(TOPIC, delta(number))
        nodes[0].publish(OTHER, signal(OTHER, number))
    assert await taps[1].wait(50) == [(TOPIC, delta(number)) for number in range(50)]
    assert await taps[2].wait(50) == [(OTHER, signal(OTHER, number)) for number in range(50)]
    assert taps[0].items == []


async def test_all_kinds_of_items_are_carried(nodes: list[Bus]) -> None:
    tap = Tap()
    await subscribe(nodes[1], TOPIC, tap)
    items: list[BusItem] = [delta(0), signal(TOPIC), StreamClosed(), WakeUp()]
    for item in items:
        nodes[0].publish(TOPIC, item)
    assert await tap.wait(4) == [(TOPIC, item) for item in items]


async def test_no_event_follows_the_end_of_a_subscription(nodes: list[Bus]) -> None:
    tap, last = Tap(), Tap()
    await subscribe(nodes[1], TOPIC, tap)
    await subscribe(nodes[2], TOPIC, last)
    nodes[0].publish(TOPIC, delta(0))
    await tap.wait(1)
    nodes[1].unsubscribe(TOPIC)
    nodes[1].unsubscribe(TOPIC)
    await turns(5)
    nodes[0].publish(TOPIC, delta(1))
    await last.wait(2)
    assert len(tap.items) == 1


async def test_demand_is_that_of_other_nodes(nodes: list[Bus]) -> None:
    told: list[bool] = []
    changed = asyncio.Event()

    def note(demand: bool) -> None:
        told.append(demand)
        changed.set()

    async def wait(count: int) -> list[bool]:
        async with asyncio.timeout(60):
            while len(told) < count:
                changed.clear()
                await changed.wait()
        return told

    await subscribe(nodes[0], TOPIC, Tap())
    end = nodes[0].watch_demand(TOPIC, note)
    await subscribe(nodes[1], OTHER, Tap())
    await turns(5)
    assert told == []
    await subscribe(nodes[1], TOPIC, Tap())
    assert await wait(1) == [True]
    await subscribe(nodes[2], TOPIC, Tap())
    nodes[1].unsubscribe(TOPIC)
    await turns(5)
    assert told == [True]
    nodes[2].unsubscribe(TOPIC)
    assert await wait(2) == [True, False]
    await subscribe(nodes[1], TOPIC, Tap())
    assert await wait(3) == [True, False, True]
    end()
    nodes[1].unsubscribe(TOPIC)
    late: list[bool] = []
    await subscribe(nodes[2], TOPIC, Tap())
    nodes[0].watch_demand(TOPIC, late.append)
    async with asyncio.timeout(60):
        while not late:
            await turns(1)
    assert (told, late) == ([True, False, True], [True])


async def test_a_node_that_left_asks_for_nothing() -> None:
    broker = MemoryBroker()
    stays, leaves = MemoryBus(broker), MemoryBus(broker)
    told: list[bool] = []
    leaves.subscribe(TOPIC, Tap())
    stays.watch_demand(TOPIC, told.append)
    async with Supervisor() as spawn:
        spawn(leaves.run())
        await turns(2)
    assert told == [True, False]
    stays.publish(TOPIC, delta(0))
    await turns(2)


async def test_processes_on_one_file_hear_that_something_changed() -> None:
    answers = [True, False, True]

    async def changed_elsewhere() -> bool:
        return answers.pop(0)

    bus, tap = SqliteBus(changed_elsewhere), Tap()
    bus.subscribe(TOPIC, tap)
    bus.publish(TOPIC, delta(0))
    await bus.poll()
    await bus.poll()
    assert (tap.behind, tap.items) == ([TOPIC], [])
    bus.subscribe(OTHER, tap)
    bus.unsubscribe(TOPIC)
    await bus.poll()
    assert tap.behind == [TOPIC, OTHER]
    bus.watch_demand(TOPIC, lambda demand: pytest.fail("there is none"))()


async def test_workers_hear_what_commands_have_written() -> None:
    positions = {TOPIC: 1, OTHER: 7}
    changes = [True, True, False, True]

    async def changed_elsewhere() -> bool:
        return changes.pop(0)

    async def positions_of(streams: Sequence[str]) -> dict[str, int]:
        return {stream: positions[stream] for stream in streams}

    broker, tap = MemoryBroker(), Tap()
    other = MemoryBus(broker)
    bus = WatchedBus(MemoryBus(broker), changed_elsewhere, positions_of)
    bus.subscribe(TOPIC, tap)
    await bus.poll()
    assert tap.behind == [TOPIC]
    # What the bus brings, or this worker has written itself, is no news.
    other.publish(TOPIC, event(2))
    assert await tap.wait(1) == [(TOPIC, event(2))]
    bus.publish(TOPIC, event(3))
    positions[TOPIC] = 3
    await bus.poll()
    assert tap.behind == [TOPIC]
    positions[TOPIC] = 4
    await bus.poll()
    assert tap.behind == [TOPIC]
    await bus.poll()
    assert tap.behind == [TOPIC, TOPIC]


def event(seq: int) -> Event:
    return Event(
        stream=TOPIC,
        epoch="e",
        seq=seq,
        type="room.updated",
        at=datetime(2026, 11, 1, tzinfo=UTC),
        data=msgspec.Raw(b"{}"),
    )


async def test_a_poll_that_fails_is_repeated() -> None:
    asked = asyncio.Event()
    times = 0

    async def changed_elsewhere() -> bool:
        nonlocal times
        times += 1
        if times == 1:
            raise OSError("locked")
        asked.set()
        return False

    async with Supervisor() as spawn, asyncio.timeout(60):
        spawn(SqliteBus(changed_elsewhere, poll_seconds=0.0).run())
        await asked.wait()


def test_consecutive_pieces_travel_as_one() -> None:
    def piece(off: int, text: str, part: int = 0) -> Delta:
        return Delta(run="r1", part=part, kind="answer", off=off, text=text)

    assert merged([piece(0, "a"), piece(1, "éb"), piece(3, "c")]) == [piece(0, "aébc")]
    apart = [piece(0, "a"), piece(2, "b"), piece(3, "c", part=1), piece(4, "d")]
    assert merged(apart) == apart
