"""Two hubs on one database: what happens on one node reaches the subscribers of the other."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from basicchat.api.access_revocation import AccessRevocation
from basicchat.api.errors import to_run_error
from basicchat.api.run_owner import LocalRuns
from basicchat.domain.bus import Bus, BusItem
from basicchat.domain.events import Position, Signal
from basicchat.domain.run_directory import RunDirectory
from basicchat.domain.runs import Run
from basicchat.engine.run_directory_memory import MemoryRunDirectory, MemoryRuns
from basicchat.engine.run_directory_redis import RedisRunDirectory
from basicchat.engine.runner import Runner
from basicchat.hub.bus_memory import MemoryBroker, MemoryBus
from basicchat.hub.bus_redis import CHANNEL, RedisBus
from basicchat.hub.hub import Hub, Subscriber
from basicchat.hub.job_leases import JobLeases
from basicchat.hub.jobs import JobRunner
from basicchat.hub.live_runs import LiveRuns
from basicchat.hub.presence_memory import MemoryPresence
from basicchat.hub.run_streams import RunStreams
from basicchat.ops.supervisor import Supervisor
from basicchat.storage.sqlite.database import SqliteDatabase
from basicchat.storage.sqlite.store import open_sqlite_store
from basicchat.storage.store import SqlStore
from basicchat.testing.clock import FakeClock
from support.hub_clients import USERS, Open, subscriber, turns
from support.hub_readers import STREAM, Move, Reader, moves, seqs, tell
from support.redis_server import RedisServer, linked

PAUSES = st.lists(st.integers(0, 12), min_size=1, max_size=10)


class ConcurrentStore(SqlStore):
    """A store whose committing tasks go on in any order, as with several writers."""

    pauses: list[int] = []
    committed = 0

    @asynccontextmanager
    async def transaction(self, on_commit=None):  # type: ignore[no-untyped-def,override]
        async with super().transaction() as transaction:
            yield transaction
        self.committed += 1
        await turns(self.pauses[self.committed % len(self.pauses)] if self.pauses else 0)
        if on_commit is not None:
            on_commit(transaction)


class FaultyBroker(MemoryBroker):
    """Delays, repeats and loses items, each in its turn; a loss is reported."""

    def __init__(self, faults: list[int]) -> None:
        super().__init__()
        self.faults = faults
        self.sent: list[tuple[str, BusItem]] = []

    def send(self, sender: MemoryBus, topic: str, item: BusItem) -> None:
        self.sent.append((topic, item))
        fault = self.faults[len(self.sent) % len(self.faults)] if self.faults else 0
        for node in self.nodes - {sender}:
            if fault == 1:
                self._report_loss(node, topic, 5)
                continue
            self._later(node, topic, item, fault)
            if fault == 2:
                self._later(node, topic, item, 9)

    def _later(self, node: MemoryBus, topic: str, item: BusItem, count: int) -> None:
        loop = asyncio.get_running_loop()
        if count == 0:
            loop.call_soon(node.receive, topic, item)
        else:
            loop.call_soon(self._later, node, topic, item, count - 1)

    def _report_loss(self, node: MemoryBus, topic: str, count: int) -> None:
        loop = asyncio.get_running_loop()
        if count:
            loop.call_soon(self._report_loss, node, topic, count - 1)
        elif topic in node.subscribers:
            node.subscribers[topic].missed(topic)


class Node:
    """One process of a server, as far as its hub goes."""

    def __init__(
        self, store: SqlStore, bus: Bus, directory: RunDirectory, spawn: Supervisor
    ) -> None:
        self.store, self.bus, self.directory, self.spawn = store, bus, directory, spawn
        self.live_runs = LiveRuns()
        self.hub = Hub(store, bus=self.bus, live_text=self.live_runs, run_directory=self.directory)
        self.runs = RunStreams(
            self.hub, FakeClock(), self.live_runs, MemoryPresence(), spawn, to_run_error
        )
        spawn(self.hub.log_sync.run())
        runner = Runner(None, {}, self.runs, str, self.directory, runs_per_user=9)  # type: ignore[arg-type]
        spawn(self.directory.serve(LocalRuns(self.live_runs, runner)))

    async def follow(self, stream: str = STREAM) -> tuple[Subscriber, Open]:
        """A subscriber from now on."""
        reader, wire = subscriber(self.spawn)
        position = await self.store.position(stream)
        assert position is not None
        self.hub.activate(self.hub.subscribe(reader, stream), position)
        return reader, wire

    async def start(self, run_id: str = "r1") -> None:
        """Begin a run in the room."""
        run = Run(
            run_id=run_id, room_id="c1", message_id=f"{run_id}_m", status="running",
            reasoning_mode="standard", model="m", provider="p", parts=(), steps=(),
            started_at=FakeClock().now(), user_id="ann", parent_id="m1",
        )  # fmt: skip
        async with self.hub.change() as change:
            await change.record(STREAM, "run.started", run_id, lambda seq: run)
            await change.put_run(run)
        self.runs.begin(run)


@asynccontextmanager
async def two_nodes(
    template: Path, folder: Path, broker: MemoryBroker, kind: type[SqlStore] = SqlStore
) -> AsyncIterator[tuple[Node, Node]]:
    path = folder / f"{uuid4().hex}.db"
    shutil.copyfile(template, path)
    stores = [kind(await SqliteDatabase.open(path), FakeClock()) for _ in range(2)]
    async with Supervisor() as spawn, asyncio.timeout(60):
        runs = MemoryRuns()
        first, second = (
            Node(store, MemoryBus(broker), MemoryRunDirectory(f"n{number}", runs), spawn)
            for number, store in enumerate(stores)
        )
        yield first, second
    for store in stores:
        await store.close()


@pytest.fixture
async def nodes(template: Path, tmp_path: Path) -> AsyncIterator[tuple[Node, Node]]:
    async with two_nodes(template, tmp_path, MemoryBroker()) as nodes:
        yield nodes


@asynccontextmanager
async def redis_nodes(
    template: Path, folder: Path, redis: RedisServer
) -> AsyncIterator[tuple[Node, Node]]:
    path = folder / "shared.db"
    shutil.copyfile(template, path)
    stores = [await open_sqlite_store(path, FakeClock()) for _ in range(2)]
    async with AsyncExitStack() as stack:
        links = [await stack.enter_async_context(linked(redis.url)) for _ in range(2)]
        spawn = await stack.enter_async_context(Supervisor())
        await stack.enter_async_context(asyncio.timeout(60))
        first, second = (
            Node(store, RedisBus(link), RedisRunDirectory(link), spawn)
            for store, link in zip(stores, links, strict=True)
        )
        yield first, second
    for store in stores:
        await store.close()


async def subscribed(node: Node) -> None:
    """Wait until a node receives what others publish."""
    assert isinstance(node.bus, RedisBus)
    assert await node.bus.link.settled(CHANNEL + STREAM, 60)
    assert await node.bus.link.flushed(60)


async def until(wire: Open, count: int) -> list[int]:
    """The numbers of the events on a wire, once so many have come."""
    async with asyncio.timeout(60):
        while len(seqs(wire)) < count:
            wire.wrote.clear()
            await wire.wrote.wait()
    return seqs(wire)


async def test_events_cross_redis_in_order(
    template: Path, tmp_path: Path, redis: RedisServer
) -> None:
    async with redis_nodes(template, tmp_path, redis) as (one, other):
        _, wire = await other.follow()
        for number in range(40):
            await tell((one, other)[number % 3 == 0].hub)
        assert await until(wire, 40) == list(range(1, 41))


async def test_what_redis_lost_is_read_from_the_log(
    template: Path, tmp_path: Path, redis: RedisServer
) -> None:
    async with redis_nodes(template, tmp_path, redis) as (one, other):
        _, wire = await other.follow()
        await subscribed(other)
        for number in range(12):
            if number % 4 == 1:
                # Messages until the node has subscribed again are lost.
                redis.admin.client_kill_filter(_type="pubsub")
            await tell(one.hub)
        assert await until(wire, 12) == list(range(1, 13))


async def test_nothing_is_published_for_nodes_that_do_not_listen(
    template: Path, tmp_path: Path, redis: RedisServer
) -> None:
    async with redis_nodes(template, tmp_path, redis) as (one, other):
        await one.start()
        say = one.runs.part("r1", 0, "answer")
        await subscribed_to_demand(one)
        before = published(redis)
        for _ in range(100):
            say("Nobody ")
            await turns(1)
        assert await one.bus.link.flushed(60)  # type: ignore[attr-defined]
        assert published(redis) == before
        reader, far = await other.follow()
        await until_text(far, "Nobody " * 100)
        say("else")
        await until_text(far, "Nobody " * 100 + "else")
        other.hub.unsubscribe(reader, STREAM)
        async with asyncio.timeout(60):
            while one.hub.fanout(STREAM)._relay is not None:  # noqa: ASYNC110 - no event tells of it
                await asyncio.sleep(0)
        before = published(redis)
        say("!")
        await turns(3)
        assert await one.bus.link.flushed(60)  # type: ignore[attr-defined]
        assert published(redis) == before


def published(redis: RedisServer) -> int:
    """How many messages were published on Redis so far."""
    stats = redis.admin.info("commandstats")
    return int(stats.get("cmdstat_publish", {}).get("calls", 0))


async def subscribed_to_demand(node: Node) -> None:
    assert isinstance(node.bus, RedisBus)
    assert await node.bus.link.settled(f"listeners:{STREAM}", 60)
    assert await node.bus.link.flushed(60)


async def until_text(wire: Open, text: str) -> None:
    """Wait until the pieces on a wire make up a text, without a gap."""
    async with asyncio.timeout(60):
        while True:
            whole = ""
            for off, piece in deltas(wire):
                assert off <= len(whole)
                whole = whole[:off] + piece
            if whole == text:
                return
            wire.wrote.clear()
            await wire.wrote.wait()


async def test_a_node_that_listened_before_misses_no_text(
    template: Path, tmp_path: Path, redis: RedisServer
) -> None:
    async with redis_nodes(template, tmp_path, redis) as (one, other):
        _, far = await other.follow()
        await subscribed(other)
        await one.start()
        say = one.runs.part("r1", 0, "answer")
        for piece in ("At ", "once, ", "and "):
            say(piece)
        await until_text(far, "At once, and ")
        say("later")
        await until_text(far, "At once, and later")


def deltas(wire: Open) -> list[tuple[int, str]]:
    items = [msgspec.json.decode(frame) for frame in wire.frames]
    return [(item["off"], item["text"]) for item in items if "off" in item]


async def test_events_of_either_node_arrive_in_order(nodes: tuple[Node, Node]) -> None:
    one, other = nodes
    _, wire = await other.follow()
    for node in (one, one, other, one, other, other):
        await tell(node.hub)
        await turns(3)
    assert seqs(wire) == [1, 2, 3, 4, 5, 6]


async def test_signals_reach_the_subscribers_of_both_nodes_once(nodes: tuple[Node, Node]) -> None:
    one, other = nodes
    wires = [(await node.follow())[1] for node in nodes]
    one.hub.deliver(Signal(stream=STREAM, type="typing", data={}))
    other.hub.deliver_local(Signal(stream=STREAM, type="presence", data={}))
    await turns(3)
    kinds = [[msgspec.json.decode(frame)["type"] for frame in wire.frames] for wire in wires]
    assert kinds == [["typing"], ["presence", "typing"]]


async def test_deltas_leave_their_node_only_if_another_asks(template: Path, tmp_path: Path) -> None:
    broker = FaultyBroker([])
    async with two_nodes(template, tmp_path, broker) as (one, other):
        await one.start()
        _, near = await one.follow()
        say = one.runs.part("r1", 0, "answer")
        broker.sent.clear()
        say("Nobody ")
        await turns(3)
        assert broker.sent == []
        reader, far = await other.follow()
        await turns(5)
        say("else ")
        await turns(3)
        assert deltas(far) == [(0, "Nobody "), (7, "else ")]
        other.hub.unsubscribe(reader, STREAM)
        sent = len(broker.sent)
        say("listens.")
        await turns(3)
        assert len(broker.sent) == sent
        assert deltas(near) == [(0, "Nobody "), (7, "else "), (12, "listens.")]
        await other.follow()
        await one.start("r2")
        broker.sent.clear()
        one.runs.part("r2", 0, "answer")("Both")
        assert [topic for topic, _ in broker.sent] == [STREAM]


async def test_text_is_requested_from_the_owner(nodes: tuple[Node, Node]) -> None:
    one, other = nodes
    await one.start()
    say = one.runs.part("r1", 0, "answer")
    say("Said ")
    say("before")
    position = await other.store.position(STREAM)
    assert position is not None
    wires = []
    for have in (0, 5, 11):
        reader, wire = subscriber(other.spawn)
        subscription = other.hub.subscribe(reader, STREAM)
        other.hub.activate(subscription, position, (), {"r1": {0: have}})
        wires.append(wire)
    await turns(10)
    assert [deltas(wire) for wire in wires] == [[(0, "Said before")], [(5, "before")], []]
    say(", and after.")
    await turns(3)
    assert [deltas(wire)[-1] for wire in wires] == [(11, ", and after.")] * 3


async def test_losses_of_the_bus_are_filled_from_the_log(template: Path, tmp_path: Path) -> None:
    broker = FaultyBroker([1, 0, 1, 1])
    async with two_nodes(template, tmp_path, broker) as (one, other):
        _, wire = await other.follow()
        for _ in range(12):
            await tell(one.hub)
        while seqs(wire) != list(range(1, 13)):  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0)


async def test_a_former_member_is_cut_off_on_the_other_node(nodes: tuple[Node, Node]) -> None:
    one, other = nodes
    ben, wire = subscriber(other.spawn, "ben")
    other.hub.activate(other.hub.subscribe(ben, STREAM), Position(epoch="e", seq=0))
    await tell(one.hub)
    async with one.hub.change() as change:
        await change.record(STREAM, "member.left", "ben", lambda seq: USERS[1])
    await tell(one.hub)
    await turns(5)
    assert seqs(wire) == [1]
    assert STREAM not in ben.subscriptions


async def test_a_deleted_stream_ends_on_both_nodes(nodes: tuple[Node, Node]) -> None:
    one, other = nodes
    reader, _ = await other.follow()
    one.hub.close_stream(STREAM)
    await turns(3)
    assert reader.subscriptions == {}


class Holder:
    def __init__(self) -> None:
        self.checked = asyncio.Event()

    async def recheck(self) -> None:
        self.checked.set()


async def test_a_change_of_access_reaches_the_other_node(nodes: tuple[Node, Node]) -> None:
    await revoke_access(nodes)


async def test_a_change_of_access_crosses_redis(
    template: Path, tmp_path: Path, redis: RedisServer
) -> None:
    async with redis_nodes(template, tmp_path, redis) as nodes:
        await revoke_access(nodes)


async def revoke_access(nodes: tuple[Node, Node]) -> None:
    holders = [Holder(), Holder()]
    revocations = []
    for node, holder in zip(nodes, holders, strict=True):
        directory = MemoryRunDirectory()
        runner = Runner(None, {}, node.runs, str, directory, runs_per_user=1)  # type: ignore[arg-type]
        leases = JobLeases(node.store, FakeClock(), "n1")
        jobs = JobRunner(node.hub, FakeClock(), leases, [], str)
        revocation = AccessRevocation(node.store, runner, jobs, node.spawn, node.bus)
        await revocation.begin()
        revocation.add("ben", holder)
        revocations.append(revocation)
        node.spawn(revocation.run())
    async with nodes[0].store.transaction() as change:
        await change.record_access(["ben"], FakeClock().now())
    revocations[0].nudge()
    for holder in holders:
        await holder.checked.wait()


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(st.lists(moves, min_size=1, max_size=3), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 1), st.integers(0, 6)), min_size=1, max_size=12),
    PAUSES,
    st.lists(st.integers(0, 6), min_size=1, max_size=10),
)
async def test_no_gap_and_no_double_with_several_writers(
    template: Path,
    tmp_path: Path,
    clients: list[list[Move]],
    writes: list[tuple[int, int]],
    pauses: list[int],
    faults: list[int],
) -> None:
    broker = FaultyBroker(faults)
    async with two_nodes(template, tmp_path, broker, ConcurrentStore) as nodes:
        for node in nodes:
            node.store.pauses = pauses  # type: ignore[attr-defined]
        readers = [
            Reader(nodes[number % 2].store, nodes[number % 2].hub, nodes[number % 2].spawn)
            for number in range(len(clients))
        ]

        async def write(node: Node, wait: int) -> None:
            await turns(wait)
            await tell(node.hub)

        await asyncio.gather(
            *(write(nodes[which], wait * number) for number, (which, wait) in enumerate(writes)),
            *(reader.follow(moves) for reader, moves in zip(readers, clients, strict=True)),
        )
        last = await tell(nodes[0].hub)
        await turns(60)
        for node in nodes:
            node.hub.fanout(STREAM).flush()
        for reader in readers:
            reader.check(last)
