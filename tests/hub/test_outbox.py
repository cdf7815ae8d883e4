"""The outbox: what an idle, a busy and a slow reader get."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import msgspec
import pytest

from basicchat.domain.events import Delivery, Delta, Event, Signal
from basicchat.hub.outbox import Broadcast, Outbox
from basicchat.ops.supervisor import Supervisor
from support.frozen_time import frozen_time

STREAM = "room:c1"


def event(seq: int, size: int = 0) -> Event:
    return Event(
        stream=STREAM,
        epoch="e",
        seq=seq,
        type="message.created",
        at=datetime(2026, 11, 1, tzinfo=UTC),
        data=msgspec.Raw(b'"' + b"x" * size + b'"'),
    )


def delta(off: int, text: str, part: int = 0, run: str = "r1") -> Delta:
    return Delta(run=run, part=part, kind="answer", off=off, text=text)


def typing(name: str) -> Signal:
    return Signal(stream=STREAM, type="typing", data={"user": name})


def encode(item: Delivery) -> bytes:
    return msgspec.json.encode(item)


def said(frame: bytes) -> object:
    """A frame as a table states it."""
    item = msgspec.json.decode(frame)
    if not isinstance(item, dict):
        return item
    if "text" in item:
        return item["run"], item["part"], item["off"], item["text"]
    return item["seq"] if "seq" in item else item["data"]["user"]


class Pipe:
    """A wire whose reader takes so many frames, and then none until it is told."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.frames: list[bytes] = []
        self.writing = 0
        self.waited_for = False
        self.lost = False
        self._more = asyncio.Event()

    def ready(self) -> bool:
        return self.room > 0

    def write(self, frame: bytes) -> None:
        self.room -= 1
        self.frames.append(frame)

    async def drained(self) -> None:
        while not self.room:
            self._more.clear()
            self.waited_for = True
            await self._more.wait()
            self.waited_for = False
            if self.lost:
                raise ConnectionError

    def take(self, frames: int) -> None:
        self.room += frames
        self._more.set()

    def lose(self) -> None:
        self.lost = True
        self._more.set()

    @property
    def said(self) -> list[object]:
        return [said(frame) for frame in self.frames]


async def until(holds: Callable[[], bool], turns: int = 10_000) -> None:
    """Let the other tasks have their turns until something holds."""
    for _ in range(turns):
        if holds():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to hold")


class Peer:
    """A connection's outbox and the reader at its end."""

    def __init__(
        self, spawn: Supervisor, room: int = 0, limit: int = 10_000, seconds: float = 60.0
    ) -> None:
        self.pipe = Pipe(room)
        self.slow = 0
        self.ended = asyncio.Event()
        self.outbox = Outbox(
            self.pipe, encode, spawn, self._on_slow, limit_bytes=limit, send_seconds=seconds
        )

    def _on_slow(self) -> None:
        self.slow += 1
        self.ended.set()

    def send(self, *items: Delivery) -> None:
        for item in items:
            self.outbox.deliver(Broadcast(item))

    async def all(self) -> list[object]:
        """All that comes once the reader reads again."""
        self.pipe.take(10_000)
        await until(lambda: not self.outbox.waiting_bytes)
        return self.pipe.said


@pytest.fixture
async def spawn() -> AsyncIterator[Supervisor]:
    async with Supervisor() as supervisor, asyncio.timeout(60):
        yield supervisor


async def test_an_idle_reader_is_written_to_at_once(spawn: Supervisor) -> None:
    peer = Peer(spawn, room=5)
    peer.send(delta(0, "a"), delta(1, "b"), event(1), typing("Ann"))
    peer.outbox.reply(b'"reply"')
    expected = [("r1", 0, 0, "a"), ("r1", 0, 1, "b"), 1, "Ann", "reply"]
    assert peer.pipe.said == expected
    assert peer.outbox.waiting_bytes == 0


# what is delivered while the reader is busy, and what it then gets
BUSY: list[tuple[list[Delivery], list[object]]] = [
    ([delta(0, "a"), delta(1, "b"), delta(2, "cd")], [("r1", 0, 0, "abcd")]),
    ([delta(7, "é😀"), delta(9, "z")], [("r1", 0, 7, "é😀z")]),
    (
        [delta(0, "a"), delta(0, "x", part=1), delta(1, "b"), delta(1, "y", part=1)],
        [("r1", 0, 0, "ab"), ("r1", 1, 0, "xy")],
    ),
    (
        [delta(0, "a"), delta(0, "x", run="r2"), delta(1, "b")],
        [("r1", 0, 0, "ab"), ("r2", 0, 0, "x")],
    ),
    ([event(1), delta(0, "a"), event(2), delta(1, "b")], [1, ("r1", 0, 0, "ab"), 2]),
    ([typing("Ann"), event(1), typing("Ben")], ["Ann", 1, "Ben"]),
    # Text that a new subscription repeats is not doubled,
    ([delta(0, "abc"), delta(1, "bcd")], [("r1", 0, 0, "abcd")]),
    ([delta(0, "abc"), delta(1, "b")], [("r1", 0, 0, "abc")]),
    ([delta(0, "abc"), delta(0, "abc")], [("r1", 0, 0, "abc")]),
    # what it leaves out is not closed up,
    (
        [delta(0, "abc"), delta(5, "f"), delta(6, "g")],
        [("r1", 0, 0, "abc"), ("r1", 0, 5, "fg")],
    ),
    # and who begins at the beginning gets it.
    ([delta(2, "c"), delta(0, "abc"), delta(3, "d")], [("r1", 0, 2, "c"), ("r1", 0, 0, "abcd")]),
]


@pytest.mark.parametrize(("delivered", "expected"), BUSY)
async def test_deltas_merge_for_a_busy_reader(
    spawn: Supervisor, delivered: list[Delivery], expected: list[object]
) -> None:
    peer = Peer(spawn)
    peer.send(*delivered)
    assert peer.pipe.frames == []
    assert await peer.all() == expected


async def test_a_merged_delta_has_the_latest_kind_of_its_part(spawn: Supervisor) -> None:
    peer = Peer(spawn)
    turned = msgspec.structs.replace(delta(2, ""), kind="reasoning")
    peer.send(delta(0, "Hm"), turned)
    assert await peer.all() == [("r1", 0, 0, "Hm")]
    (frame,) = peer.pipe.frames
    assert msgspec.json.decode(frame)["kind"] == "reasoning"


async def test_a_delta_taken_is_not_added_to(spawn: Supervisor) -> None:
    peer = Peer(spawn)
    peer.send(delta(0, "a"), event(1), delta(1, "b"))
    peer.pipe.take(1)
    await until(lambda: bool(peer.pipe.frames))
    peer.send(delta(2, "c"), delta(3, "d"))
    assert await peer.all() == [("r1", 0, 0, "ab"), 1, ("r1", 0, 2, "cd")]


async def test_replies_keep_their_place(spawn: Supervisor) -> None:
    peer = Peer(spawn)
    peer.send(event(1))
    peer.outbox.reply(b'"reply"')
    peer.send(event(2))
    assert await peer.all() == [1, "reply", 2]


async def test_signals_are_the_first_to_be_dropped(spawn: Supervisor) -> None:
    peer = Peer(spawn, limit=1000)
    for number in range(50):
        peer.send(typing(str(number)))
        if number == 10:
            peer.send(event(1), delta(0, "abc"))
        assert peer.outbox.waiting_bytes <= 1000
    got = await peer.all()
    assert got[:2] == [1, ("r1", 0, 0, "abc")]
    assert got[-1] == "49"
    assert peer.slow == 0


async def test_texts_are_the_next_to_be_dropped(spawn: Supervisor) -> None:
    """What is left says where the text stands, so that the reader notices and asks."""
    peer = Peer(spawn, limit=1000)
    peer.send(event(1), delta(0, "é😀"), delta(0, "x", part=1), delta(2, "z" * 2000))
    assert peer.outbox.waiting_bytes <= 1000
    peer.send(delta(2002, "end"))
    assert await peer.all() == [1, ("r1", 0, 2002, "end"), ("r1", 1, 1, "")]
    assert peer.slow == 0


async def test_the_limit_counts_bytes_and_not_characters(spawn: Supervisor) -> None:
    peer = Peer(spawn, limit=1000)
    peer.send(delta(0, "😀"), delta(1, "😀" * 300))
    assert peer.outbox.waiting_bytes <= 1000
    assert await peer.all() == [("r1", 0, 301, "")]


async def test_a_client_that_cannot_receive_even_events_is_closed(spawn: Supervisor) -> None:
    peer = Peer(spawn, limit=1000)
    peer.send(typing("Ann"), delta(0, "abc"), event(1, 600), event(2, 600), event(3))
    assert peer.slow == 1
    assert peer.outbox.waiting_bytes == 0
    peer.send(event(4), delta(3, "d"))
    peer.outbox.reply(b'"reply"')
    assert await peer.all() == []


async def test_a_stalled_reader_is_closed(spawn: Supervisor) -> None:
    peer = Peer(spawn, seconds=0.02)
    peer.send(event(1), event(2))
    await peer.ended.wait()
    assert peer.slow == 1
    assert await peer.all() == []


async def test_the_deadline_is_for_each_send(spawn: Supervisor) -> None:
    """Who takes a little at a time is not slow, however long it takes in all."""
    peer = Peer(spawn, seconds=2.0)
    peer.send(*(event(seq) for seq in range(1, 9)))
    with frozen_time() as clock:
        for seq in range(1, 9):
            await until(lambda: peer.pipe.waited_for)
            clock.advance(1.5)
            peer.pipe.take(1)
            await until(lambda seq=seq: len(peer.pipe.frames) == seq or peer.slow)
    assert peer.pipe.said == list(range(1, 9))
    assert peer.slow == 0


async def test_a_lost_connection_releases_its_queue(spawn: Supervisor) -> None:
    peer = Peer(spawn)
    peer.send(event(1))
    await asyncio.sleep(0)
    peer.pipe.lose()
    await until(lambda: not peer.outbox.waiting_bytes)
    assert peer.slow == 0
    assert await peer.all() == []


async def test_one_slow_reader_delays_nobody(spawn: Supervisor) -> None:
    stuck, quick = Peer(spawn, limit=1000), Peer(spawn, room=1000)
    for seq in range(1, 101):
        broadcast = Broadcast(event(seq, 100))
        for peer in (stuck, quick):
            peer.outbox.deliver(broadcast)
        assert quick.pipe.said[-1] == seq
    assert stuck.slow == 1


async def test_all_get_the_same_bytes(spawn: Supervisor) -> None:
    """What goes to many is encoded once for each way of encoding."""
    encoded = []

    def counting(item: Delivery) -> bytes:
        encoded.append(item)
        return encode(item)

    peers = [Peer(spawn, room=room) for room in (9, 9, 0, 0)]
    for peer in peers:
        peer.outbox.speak(counting)
    other = Peer(spawn, room=9)
    broadcast = Broadcast(event(1))
    for peer in (*peers, other):
        peer.outbox.deliver(broadcast)
    for peer in peers[2:]:
        await peer.all()
    assert len(encoded) == 1
    assert len({id(peer.pipe.frames[0]) for peer in peers}) == 1
    assert other.pipe.frames[0] == peers[0].pipe.frames[0]
