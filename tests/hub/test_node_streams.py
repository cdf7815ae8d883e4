"""The contract of streams between nodes, on every wire, and what a wire may lose."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import pytest

from basicchat.domain.node_streams import (
    MAX_MESSAGE_BYTES,
    NodeGone,
    NodeStream,
    NodeStreams,
    answering,
    ask,
)
from basicchat.hub.node_stream import WINDOW_BYTES
from basicchat.hub.node_streams import NodeWire, WiredNodeStreams
from basicchat.hub.node_wire_broker import BrokerWire
from basicchat.hub.node_wire_memory import MemoryWire, NoNodeStreams
from basicchat.hub.node_wire_redis import RedisWire
from basicchat.ops.supervisor import Supervisor
from support.broker_links import broker_links
from support.redis_server import RedisServer, linked
from support.servers import SECONDS, eventually

NAMES = ("n1", "n2")


@asynccontextmanager
async def memory_wires(request: pytest.FixtureRequest) -> AsyncIterator[list[NodeWire]]:
    nodes: dict[str, Callable[[bytes], None]] = {}
    yield [MemoryWire(name, nodes) for name in NAMES]


@asynccontextmanager
async def redis_wires(request: pytest.FixtureRequest) -> AsyncIterator[list[NodeWire]]:
    redis: RedisServer = request.getfixturevalue("redis")
    async with linked(redis.url, "n1") as one, linked(redis.url, "n2") as other:
        yield [RedisWire(one), RedisWire(other)]


@asynccontextmanager
async def broker_wires(request: pytest.FixtureRequest) -> AsyncIterator[list[NodeWire]]:
    async with broker_links(*NAMES) as links:
        yield [BrokerWire(link) for link in links]


# An implementation adds itself here: what carries frames between two nodes, named n1 and n2.
IMPLEMENTATIONS = {"memory": memory_wires, "redis": redis_wires, "broker": broker_wires}


@asynccontextmanager
async def nodes_on(
    wires: list[NodeWire], **options: float
) -> AsyncIterator[tuple[WiredNodeStreams, WiredNodeStreams]]:
    async with AsyncExitStack() as stack:
        spawns = [await stack.enter_async_context(Supervisor()) for _ in wires]
        one, other = (
            WiredNodeStreams(wire, spawn, **options)
            for wire, spawn in zip(wires, spawns, strict=True)
        )
        for spawn, node in zip(spawns, (one, other), strict=True):
            spawn(node.run())
        yield one, other


@pytest.fixture(params=IMPLEMENTATIONS)
async def nodes(
    request: pytest.FixtureRequest,
) -> AsyncIterator[tuple[WiredNodeStreams, WiredNodeStreams]]:
    async with IMPLEMENTATIONS[request.param](request) as wires, nodes_on(wires) as nodes:
        yield nodes


async def echo(stream: NodeStream) -> None:
    """Send everything back."""
    while (message := await stream.receive()) is not None:
        await stream.send(message)


async def test_messages_go_both_ways_in_order(
    nodes: tuple[WiredNodeStreams, WiredNodeStreams],
) -> None:
    one, other = nodes
    other.serve("echo", echo)

    async def double(request: bytes) -> bytes:
        return request + request

    other.serve("double", answering(double))
    for request in (b"", b"hello", bytes(range(256)) * 1000):
        assert await ask(one, "n2", "double", request) == request + request
    sent = [bytes([n % 256]) * MAX_MESSAGE_BYTES for n in range(40)]
    async with asyncio.timeout(SECONDS), one.open("n2", "echo", b"") as stream:

        async def send() -> None:
            for message in sent:
                await stream.send(message)

        sending = asyncio.create_task(send())
        assert await stream.receive() == b""
        assert [await stream.receive() for _ in sent] == sent
        await sending


async def test_a_sender_waits_for_its_reader(
    nodes: tuple[WiredNodeStreams, WiredNodeStreams],
) -> None:
    one, other = nodes
    sent = 0

    async def pour(stream: NodeStream) -> None:
        nonlocal sent
        for _ in range(100):
            await stream.send(b"x" * MAX_MESSAGE_BYTES)
            sent += 1

    other.serve("pour", pour)
    most = WINDOW_BYTES // MAX_MESSAGE_BYTES + 1
    async with asyncio.timeout(SECONDS), one.open("n2", "pour", b"") as stream:
        await eventually(lambda: sent >= most - 1)
        assert sent <= most
        count = 0
        while await stream.receive() is not None:
            count += 1
        assert count == 100


async def test_what_was_answered_before_the_end_arrives(
    nodes: tuple[WiredNodeStreams, WiredNodeStreams],
) -> None:
    one, other = nodes

    async def answer_early(stream: NodeStream) -> None:
        await stream.receive()
        await stream.send(b"enough")

    other.serve("early", answer_early)
    async with asyncio.timeout(SECONDS), one.open("n2", "early", b"") as stream:
        with suppress(NodeGone):
            while True:
                await stream.send(b"more")
                await asyncio.sleep(0)
        assert await stream.receive() == b"enough"
        assert await stream.receive() is None


@pytest.mark.parametrize(
    ("node", "kind"), [("n3", "echo"), ("n1", "echo"), ("", "echo"), ("n 2", "echo"), ("n2", "no")]
)
async def test_nobody_answers(
    nodes: tuple[WiredNodeStreams, WiredNodeStreams], node: str, kind: str
) -> None:
    for each in nodes:
        each.serve("echo", echo)
    with pytest.raises(NodeGone):
        async with asyncio.timeout(SECONDS):
            await ask(nodes[0], node, kind, b"hello")


async def test_a_node_that_is_alone_asks_nobody() -> None:
    alone: NodeStreams = NoNodeStreams()
    with pytest.raises(NodeGone):
        await ask(alone, "n2", "echo", b"hello")


class Faults:
    """What a handler has come to."""

    def __init__(self) -> None:
        self.begun, self.ended = asyncio.Event(), asyncio.Event()
        self.how = ""

    async def wait(self, stream: NodeStream) -> None:
        """Wait for a second message."""
        self.begun.set()
        try:
            await stream.receive()
            self.how = "closed" if await stream.receive() is None else "received"
        except NodeGone:
            self.how = "gone"
        except asyncio.CancelledError:
            self.how = "cancelled"
            raise
        finally:
            self.ended.set()

    async def fail(self, stream: NodeStream) -> None:
        """Fail."""
        raise RuntimeError("a fault in a handler")


@pytest.mark.parametrize(("cancels", "how"), [(False, "closed"), (True, "cancelled")])
async def test_the_handler_learns_that_the_stream_is_over(
    nodes: tuple[WiredNodeStreams, WiredNodeStreams], cancels: bool, how: str
) -> None:
    one, other = nodes
    faults = Faults()
    other.serve("wait", faults.wait)
    async with asyncio.timeout(SECONDS):
        async with one.open("n2", "wait", b"") as stream:
            await faults.begun.wait()
            if cancels:
                stream.cancel()
        await faults.ended.wait()
    assert faults.how == how


async def test_a_failed_handler_is_gone(nodes: tuple[WiredNodeStreams, WiredNodeStreams]) -> None:
    one, other = nodes
    other.serve("fail", Faults().fail)
    with pytest.raises(NodeGone):
        async with asyncio.timeout(SECONDS):
            await ask(one, "n2", "fail", b"hello")


class LossyWire(MemoryWire):
    """Loses frames while it is told to."""

    lost = 0

    def send(self, node: str, frame: bytes) -> None:
        if self.lost:
            self.lost -= 1
        else:
            super().send(node, frame)


@pytest.mark.parametrize("silent", [False, True])
async def test_a_loss_breaks_the_stream_at_both_ends(silent: bool) -> None:
    """Whether something follows what was lost, or nothing ever does."""
    frames: dict[str, Callable[[bytes], None]] = {}
    wires = [LossyWire(name, frames) for name in NAMES]
    faults = Faults()
    async with nodes_on(list(wires), alive_seconds=0.01, gone_seconds=0.2) as (one, other):
        other.serve("wait", faults.wait)
        async with asyncio.timeout(SECONDS), one.open("n2", "wait", b"") as stream:
            await faults.begun.wait()
            wires[0].lost = 1_000_000 if silent else 1
            await stream.send(b"lost")
            with pytest.raises(NodeGone):
                await stream.receive()
            await faults.ended.wait()
    assert faults.how == "gone"


async def test_a_node_that_left_is_noticed() -> None:
    frames: dict[str, Callable[[bytes], None]] = {}
    faults = Faults()
    async with nodes_on([MemoryWire(name, frames) for name in NAMES], alive_seconds=0.01) as nodes:
        nodes[1].serve("wait", faults.wait)
        async with asyncio.timeout(SECONDS), nodes[0].open("n2", "wait", b"") as stream:
            await faults.begun.wait()
            del frames["n2"]
            with pytest.raises(NodeGone):
                await stream.receive()
