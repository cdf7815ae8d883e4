"""Two processes on one store: what one records reaches the other's subscribers, in order."""

from pathlib import Path

import pytest

from basicchat.domain.events import Delivery, user_stream
from basicchat.domain.values import User
from basicchat.hub.bus_sqlite import SqliteBus
from basicchat.hub.hub import Hub, Subscriber
from basicchat.hub.outbox import Outbox
from basicchat.ops.supervisor import Supervisor
from basicchat.storage.sqlite.database import SqliteDatabase
from basicchat.storage.sqlite.store import open_sqlite_store
from basicchat.storage.store import SqlStore
from basicchat.testing.clock import FakeClock

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


@pytest.mark.parametrize("own_event_first", [False, True])
async def test_a_neighbours_events_arrive_without_a_gap(
    tmp_path: Path, own_event_first: bool
) -> None:
    clock = FakeClock()
    database = await SqliteDatabase.open(tmp_path / "basicchat.db")
    ours = SqlStore(database, clock)
    theirs = await open_sqlite_store(tmp_path / "basicchat.db", clock)
    async with ours.transaction() as change:
        await change.put_user(ANN, clock.now())
    bus, paper = SqliteBus(database.changed_elsewhere), Paper()
    hub, neighbour = Hub(ours, bus=bus), Hub(theirs)
    async with Supervisor() as spawn:
        outbox = Outbox(paper, encode, spawn, lambda: None, limit_bytes=1 << 20, send_seconds=1.0)
        subscription = hub.listen(Subscriber(outbox, "ann", "s"), STREAM)
        position = await ours.position(STREAM)
        assert position is not None
        hub.activate(subscription, position)
        await tell(hub)
        await tell(neighbour)
        await tell(neighbour)
        if own_event_first:
            await tell(hub)
        for _ in range(2):
            await bus.poll()
            await hub.log_sync.catch_up()
        expected = [1, 2, 3, 4] if own_event_first else [1, 2, 3]
        assert [int(frame) for frame in paper.frames] == expected
    await ours.close()
    await theirs.close()
