"""Two processes on one store: what one records reaches the other's subscribers, in order."""

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest

from basicchat.domain.bus import BusItem, StreamClosed
from basicchat.domain.errors import DatabaseUnavailable
from basicchat.domain.events import Delivery, Event, user_stream
from basicchat.domain.values import User
from basicchat.hub.bus_polling import PollingBus
from basicchat.hub.bus_sqlite import SqliteBus
from basicchat.hub.hub import Hub, Subscriber
from basicchat.hub.outbox import Outbox
from basicchat.ops.supervisor import Supervisor
from basicchat.storage.sqlite.database import SqliteDatabase
from basicchat.storage.sqlite.store import open_sqlite_store
from basicchat.storage.store import SqlStore
from basicchat.testing.clock import FakeClock
from support.store_values import START

ANN = User(id="ann", name="Ann", role="owner")
STREAM = user_stream("ann")


class Paper:
    """A wire that notes what is written."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []

    def ready(self) -> bool:
        return True

    def write(self, frame: bytes) -> None:
        self.frames.append(frame)

    async def drained(self) -> None:
        return


def encode(item: Delivery) -> bytes:
    return str(getattr(item, "seq", 0)).encode()


async def tell(hub: Hub) -> None:
    async with hub.change() as change:
        await change.record(STREAM, "task.updated", "t", lambda seq: ANN)


async def unavailable(stream: str) -> None:
    raise DatabaseUnavailable


def sqlite_bus(database: SqliteDatabase, store: SqlStore) -> SqliteBus:
    return SqliteBus(database.changed_elsewhere)


def polling_bus(database: SqliteDatabase, store: SqlStore) -> PollingBus:
    return PollingBus(store.positions)


@pytest.mark.parametrize("make_bus", [sqlite_bus, polling_bus])
@pytest.mark.parametrize("own_event_first", [False, True])
async def test_a_neighbours_events_arrive_without_a_gap(
    tmp_path: Path,
    own_event_first: bool,
    make_bus: Callable[[SqliteDatabase, SqlStore], SqliteBus | PollingBus],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = FakeClock()
    database = await SqliteDatabase.open(tmp_path / "basicchat.db")
    ours = SqlStore(database, clock)
    theirs = await open_sqlite_store(tmp_path / "basicchat.db", clock)
    async with ours.transaction() as change:
        await change.put_user(ANN, clock.now())
    bus, paper = make_bus(database, ours), Paper()
    hub, neighbour = Hub(ours, bus=bus), Hub(theirs)
    async with Supervisor() as spawn:
        outbox = Outbox(paper, encode, spawn, lambda: None, limit_bytes=1 << 20, send_seconds=1.0)
        subscription = hub.subscribe(Subscriber(outbox, "ann", "s"), STREAM)
        position = await ours.position(STREAM)
        assert position is not None
        hub.activate(subscription, position)
        await tell(hub)
        await tell(neighbour)
        await tell(neighbour)
        if own_event_first:
            await tell(hub)
        await bus.poll()
        # If the store fails at this moment, the events are read once it works again.
        with monkeypatch.context() as away:
            away.setattr(ours, "position", unavailable)
            if hub.log_sync._streams.behind:
                with pytest.raises(DatabaseUnavailable):
                    await hub.log_sync.catch_up()
        for _ in range(2):
            await hub.log_sync.catch_up()
            await bus.poll()
        expected = [1, 2, 3, 4] if own_event_first else [1, 2, 3]
        assert [int(frame) for frame in paper.frames] == expected
    await ours.close()
    await theirs.close()


async def test_a_polling_bus_tells_what_others_have_done(tmp_path: Path) -> None:
    positions: dict[str, int] = {"room:a": 5, "room:b": 2}
    asked: list[list[str]] = []

    async def read(streams: Sequence[str]) -> dict[str, int]:
        asked.append(sorted(streams))
        return {each: positions[each] for each in streams if each in positions}

    bus, heard = PollingBus(read), Heard()
    await bus.poll()
    assert asked == [], "nobody listens"
    for stream in positions:
        bus.subscribe(stream, heard)
    await bus.poll()
    assert heard.take() == ["missed room:a", "missed room:b"], "since the subscription"
    await bus.poll()
    assert heard.take() == []
    own = Event(
        stream="room:a", epoch="e", seq=6, type="message.created", at=START, data=msgspec.Raw(b"")
    )
    bus.publish("room:a", own)
    positions.update({"room:a": 6, "room:b": 3})
    await bus.poll()
    assert heard.take() == ["missed room:b"], "the other is this node's own"
    del positions["room:a"]
    bus.unsubscribe("room:b")
    await bus.poll()
    assert heard.take() == ["closed room:a"]
    await bus.poll()
    assert heard.take() == []
    assert asked[-1] == ["room:a"]


class Heard:
    """A subscriber that notes what it is told."""

    def __init__(self) -> None:
        self._notes: list[str] = []

    def received(self, topic: str, item: BusItem) -> None:
        assert isinstance(item, StreamClosed)
        self._notes.append(f"closed {topic}")

    def missed(self, topic: str) -> None:
        self._notes.append(f"missed {topic}")

    def take(self) -> list[str]:
        notes, self._notes = self._notes, []
        return notes
