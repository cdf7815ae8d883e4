"""The contract of the bus, on every implementation that carries items between nodes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest

from basicchat.domain.bus import Bus, BusItem, StreamClosed, WakeUp
from basicchat.domain.events import Delta, Signal
from basicchat.hub.bus_memory import MemoryBroker, MemoryBus
from basicchat.hub.bus_sqlite import SqliteBus
from basicchat.ops.supervisor import Supervisor
from support.hub_clients import turns

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


def memory_nodes() -> Callable[[], Bus]:
    broker = MemoryBroker()
    return lambda: MemoryBus(broker)


# An implementation adds itself here: what makes the nodes of one server.
IMPLEMENTATIONS = {"memory": memory_nodes}


@pytest.fixture(params=IMPLEMENTATIONS)
async def nodes(request: pytest.FixtureRequest) -> AsyncIterator[list[Bus]]:
    make = IMPLEMENTATIONS[request.param]()
    async with Supervisor() as spawn:
        buses = [make() for _ in range(3)]
        for bus in buses:
            spawn(bus.run())
        yield buses


def delta(number: int) -> Delta:
    return Delta(run="r1", part=0, kind="answer", off=number, text="é")


def signal(topic: str, number: int = 0) -> Signal:
    return Signal(stream=topic, type="typing", data={"number": number})


async def test_items_reach_the_other_subscribers_of_their_topic_in_order(nodes: list[Bus]) -> None:
    taps = [Tap() for _ in nodes]
    for bus, tap in zip(nodes, taps, strict=True):
        bus.subscribe(TOPIC, tap)
    nodes[2].unsubscribe(TOPIC)
    nodes[2].subscribe(OTHER, taps[2])
    await turns(5)
    for number in range(50):
        nodes[0].publish(TOPIC, delta(number))
        nodes[0].publish(OTHER, signal(OTHER, number))
    assert await taps[1].wait(50) == [(TOPIC, delta(number)) for number in range(50)]
    assert await taps[2].wait(50) == [(OTHER, signal(OTHER, number)) for number in range(50)]
    assert taps[0].items == []


async def test_all_kinds_of_items_are_carried(nodes: list[Bus]) -> None:
    tap = Tap()
    nodes[1].subscribe(TOPIC, tap)
    items: list[BusItem] = [delta(0), signal(TOPIC), StreamClosed(), WakeUp()]
    for item in items:
        nodes[0].publish(TOPIC, item)
    assert await tap.wait(4) == [(TOPIC, item) for item in items]


async def test_nothing_comes_after_the_end_of_a_subscription(nodes: list[Bus]) -> None:
    tap, last = Tap(), Tap()
    nodes[1].subscribe(TOPIC, tap)
    nodes[2].subscribe(TOPIC, last)
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

    nodes[0].subscribe(TOPIC, Tap())
    end = nodes[0].watch_demand(TOPIC, note)
    nodes[1].subscribe(OTHER, Tap())
    await turns(5)
    assert told == []
    nodes[1].subscribe(TOPIC, Tap())
    assert await wait(1) == [True]
    nodes[2].subscribe(TOPIC, Tap())
    nodes[1].unsubscribe(TOPIC)
    await turns(5)
    assert told == [True]
    nodes[2].unsubscribe(TOPIC)
    assert await wait(2) == [True, False]
    nodes[1].subscribe(TOPIC, Tap())
    assert await wait(3) == [True, False, True]
    end()
    nodes[1].unsubscribe(TOPIC)
    late: list[bool] = []
    nodes[2].subscribe(TOPIC, Tap())
    await turns(5)
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
