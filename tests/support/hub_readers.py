"""Clients of the hub that join and resume at any moment, and check what they receive."""

from dataclasses import dataclass
from typing import Literal

import msgspec
from hypothesis import strategies as st

from basicchat.domain.events import Event, Position, room_stream
from basicchat.hub.hub import Hub
from basicchat.ops.supervisor import Supervisor
from basicchat.storage.store import SqlStore
from support.hub_clients import USERS, Open, subscriber, turns

STREAM = room_stream("c1")


def frames(wire: Open, stream: str = STREAM) -> list[list[int]]:
    """The seqs that each frame tells of."""
    items = [msgspec.json.decode(frame) for frame in wire.frames]
    told = [item.get("events", [item]) for item in items if item["stream"] == stream]
    return [[event["seq"] for event in events if "seq" in event] for events in told]


def seqs(wire: Open, stream: str = STREAM) -> list[int]:
    return [seq for told in frames(wire, stream) for seq in told]


async def tell(hub: Hub, stream: str = STREAM) -> int:
    async with hub.change() as change:
        await change.record(stream, "room.updated", "c1", lambda seq: USERS[0])
    return change.events[0].seq


@dataclass
class Move:
    """One way to subscribe, and how slowly it is done (in turns of the event loop).

    `resume` comes back on a new connection with the cursor of what has been received; `join`
    takes a snapshot's position, on the connection that there is.
    """

    how: Literal["join", "resume"]
    wait: int
    before_look: int
    before_activate: int


moves = st.builds(
    Move,
    how=st.sampled_from(["join", "resume"]),
    wait=st.integers(0, 60),
    before_look=st.integers(0, 30),
    before_activate=st.integers(0, 30),
)


class Reader:
    """A client that joins, loses its connection and resumes, and notes what it got."""

    def __init__(self, store: SqlStore, hub: Hub, spawn: Supervisor) -> None:
        self.store, self.hub, self.spawn = store, hub, spawn
        self.subscriber, self.wire = subscriber(spawn)
        self.known: int | None = None
        self.stretches: list[tuple[int, list[int]]] = []
        self._from = 0

    async def follow(self, moves: list[Move]) -> None:
        for move in moves:
            await turns(move.wait)
            await self._move(move)

    async def _move(self, move: Move) -> None:
        resuming = move.how == "resume" and self.known is not None
        if resuming:
            self.hub.unsubscribe_all(self.subscriber)
            self.note()
            self.subscriber, self.wire = subscriber(self.spawn)
        subscription = self.hub.subscribe(self.subscriber, STREAM)
        if not resuming:
            self.note()
        await turns(move.before_look)
        position = await self.store.position(STREAM)
        assert position is not None
        missed: tuple[Event, ...] = ()
        if resuming and self.known is not None:
            cursor = Position(epoch=position.epoch, seq=self.known)
            replay = await self.store.replay(STREAM, cursor, 1000)
            assert replay is not None
            assert replay.recovered
            position, missed = replay.position, replay.events
        else:
            self.known = position.seq
        await turns(move.before_activate)
        self._from = len(seqs(self.wire))
        self.hub.activate(subscription, position, missed)

    def note(self) -> None:
        """Keep what came since the last activation, and where it had to begin."""
        if self.known is not None:
            got = seqs(self.wire)[self._from :]
            self.stretches.append((self.known, got))
            self.known += len(got)

    def check(self, last: int) -> None:
        """Everything behind each position came once and in order, up to the last event."""
        self.note()
        for known, got in self.stretches:
            assert got == list(range(known + 1, known + 1 + len(got)))
        assert self.known == last
