"""A room in which one reader stops reading: the effect on the others and on the server."""

import asyncio
import socket as sockets_module
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from bench.children import Child, Window
from bench.crowd import Deliveries, Memory, Posts, enter
from bench.dialects import BasicChat, Dialect, others
from bench.load import poisson
from bench.numbers import Spread, ms, spread
from bench.people import Person, settle
from bench.programs import basicchat
from bench.reader import Log, recover, until_lost
from bench.table import Check, Table
from bench.wsclient import Socket, close_all

NAME = "slow_reader"
MEMBERS = 200
RATE = 500.0
STOPPED_SECONDS = 60.0
# For the other servers it only matters whether they survive.
SHORT_SECONDS = 8.0
WARM_UP_SECONDS, AFTER_SECONDS, GRACE_SECONDS, LOST_SECONDS = 5.0, 5.0, 5.0, 10.0
MAX_GROWTH_KIB = 2048


@dataclass
class Phase:
    """The result of one period of the load."""

    expected: int
    lags: Spread
    arrived: int
    window: Window
    grown_kib: int

    @property
    def held(self) -> bool:
        """Whether the server kept up."""
        return self.arrived == self.expected


@dataclass
class Figures:
    """A server's figures: without a slow reader before and after, and with one."""

    before: Phase | None = None
    slow: Phase | None = None
    lags: Spread | None = None
    recovery: str = "—"
    exact: bool = False


class Room:
    """All members of the room; the first of them will stop reading."""

    def __init__(self, dialect: Dialect, server: Child, people: Sequence[Person]) -> None:
        self._dialect = dialect
        self._server = server
        self._people = people
        self._seed = 0
        self.slow: Socket
        self.others: list[Socket]

    async def open(self) -> dict[str, Any]:
        """Let all in; returns the answer to the first hello, if its session can be resumed."""
        sockets, answers = await enter(self._dialect, self._server, self._people)
        self.slow, *self.others = sockets
        self._deliveries = Deliveries(self.others, self._dialect.answer)
        _small_buffer(self.slow)
        if not isinstance(self._dialect, BasicChat):
            return {}
        welcome, joined = (msgspec.json.decode(each)["result"] for each in answers[0])
        return {**welcome, "room_epoch": joined["epoch"]}

    async def load(self, seconds: float) -> tuple[Phase, list[float]]:
        """Post for some time, from all members except the slow one, and measure the deliveries."""
        self._seed += 1
        times = poisson(RATE, seconds, seed=self._seed)
        framed = partial(self._dialect.post, self._people[0].rooms[0])
        deliveries, others = self._deliveries, self.others
        del deliveries.lags[:]
        window, memory = Window(self._server), Memory(self._server)
        await Posts([(at, others[n % len(others)], framed) for n, at in enumerate(times)]).finish()
        expected = len(times) * len(others)
        await deliveries.all(expected, GRACE_SECONDS)
        window.close()
        if deliveries.refused:
            raise ConnectionError(f"{deliveries.refused} messages were refused")
        lags = list(deliveries.lags)
        grown = await memory.grown_kib()
        return Phase(expected, spread(lags), len(lags), window, grown), lags

    def close(self) -> None:
        """Abort all connections."""
        self.slow.close()
        close_all(self.others)


def _small_buffer(socket: Socket) -> None:
    """Keep the kernel from buffering megabytes for a reader that has stopped."""
    raw = socket.raw()
    raw.setsockopt(sockets_module.SOL_SOCKET, sockets_module.SO_RCVBUF, 64 * 1024)


async def measure(
    dialect: Dialect, server: Child, people: Sequence[Person], seconds: float
) -> Figures:
    """Run without a slow reader for half the time, with one, and without one again."""
    figures, room = Figures(), Room(dialect, server, people)
    welcome = await room.open()
    slow, witness = Log(), Log()
    room.slow.received = slow.received
    await room.load(WARM_UP_SECONDS)
    figures.before, before = await room.load(seconds / 2)
    if not figures.before.held:
        # A server that cannot keep up while all read is not measured with a slow reader.
        figures.lags = figures.before.lags
        room.close()
        return figures
    note_both(room.others[0], witness)
    room.slow.stop_reading()
    figures.slow, _ = await room.load(seconds)
    if isinstance(dialect, BasicChat):
        catching_up = CatchingUp(dialect, server, people[0], welcome, slow, witness)
        figures.recovery, figures.exact = await catching_up.watch(room)
    _, after = await room.load(seconds / 2)
    figures.lags = spread(before + after)
    room.close()
    return figures


def note_both(socket: Socket, log: Log) -> None:
    """Also pass what a connection receives to a log."""
    before = socket.received

    def received(one: Socket, message: bytes) -> None:
        log.received(one, message)
        before(one, message)

    socket.received = received


@dataclass(frozen=True)
class CatchingUp:
    """The recovery of the slow reader, under load.

    Args:
        welcome: the reply to its first hello.
        slow: its log.
        witness: the log of a member that never stopped reading.
    """

    dialect: BasicChat
    server: Child
    person: Person
    welcome: dict[str, Any]
    slow: Log
    witness: Log

    async def watch(self, room: Room) -> tuple[str, bool]:
        """Let it resume reading; returns how it caught up, and whether it has every message."""
        load = asyncio.create_task(room.load(AFTER_SECONDS))
        room.slow.read_on()
        again, way = room.slow, "never lost"
        if await until_lost(room.slow, LOST_SECONDS):
            read = len(self.slow.since(min(self.witness.settle()) - 1))
            again, how = await recover(
                self.dialect, self.server, self.person, self.welcome, self.slow
            )
            way = f"closed after {read:,} messages; {how}"
        await load
        await asyncio.sleep(1)
        again.close()
        first = min(self.witness.settle()) - 1
        mine, theirs = self.slow.since(first), self.witness.since(first)
        whole = sorted(theirs) == list(range(first + 1, max(theirs) + 1))
        return f"{way}; {len(mine):,} of {len(theirs):,}", whole and mine == theirs


def cells(name: str, figures: Figures) -> list[str]:
    """One row of the table."""
    assert figures.lags is not None
    assert figures.before is not None
    without = figures.lags
    parts = [name, f"{ms(without.p50)} / {ms(without.p99)} / {ms(without.p999)}"]
    if figures.slow is None:
        share = f"{figures.before.arrived / figures.before.expected:.0%} arrived: does not keep up"
        return [*parts, share, "—", "—", figures.before.window.cpu()]
    slow = figures.slow
    with_one = f"{ms(slow.lags.p50)} / {ms(slow.lags.p99)} / {ms(slow.lags.p999)}"
    grown = f"{slow.grown_kib / 1024:.1f} MiB (before: {figures.before.grown_kib / 1024:.1f})"
    return [*parts, with_one, grown, figures.recovery, slow.window.cpu()]


def run(seconds: float = STOPPED_SECONDS) -> Table:
    """Run the scenario."""
    rows = []
    with TemporaryDirectory() as folder:
        people = asyncio.run(settle(Path(folder), MEMBERS, [range(MEMBERS)]))
        for dialect, server in others():
            short = min(SHORT_SECONDS, seconds)
            figures = asyncio.run(measure(dialect, server, people, short))
            rows.append(cells(dialect.name, figures))
        with basicchat(Path(folder)) as server:
            mine = asyncio.run(measure(BasicChat(), server, people, seconds))
            rows.append(cells("BasicChat", mine))
    head = [
        "server", "nobody slow: p50 / p99 / p99.9 ms", "one stopped: the others", "memory grew by",
        "the slow one afterwards", "CPU of one core",
    ]  # fmt: skip
    note = (
        f"{MEMBERS} members with a connection each, {RATE:.0f} messages/s from members in turn, "
        f"{RATE * MEMBERS:,.0f} deliveries/s. One stops reading for {seconds:.0f} s (its kernel "
        "buffer is 64 KiB); before and after, the same load runs for half as long with all members "
        f"reading. With the servers compared, it stops for {SHORT_SECONDS:.0f} s. Memory: the "
        "growth of the resident size in that time; in brackets, its growth in the time before, "
        "when no member was slow. Then, still under load, the slow member reads what is left and "
        "resumes; if it missed too much, it fetches a snapshot and pages back. Finally its log is "
        "compared with another member's, message by message."
    )
    title = f"One of {MEMBERS} stops reading {RATE:.0f} messages a second"
    return Table(title, head, rows, checks(mine), [note])


def checks(mine: Figures) -> list[Check]:
    """The targets."""
    if mine.slow is None or mine.lags is None:
        return [Check("500 messages/s to a room of 200", "keeps up", "does not", False)]
    ratio, grown = mine.slow.lags.p99 / mine.lags.p99, mine.slow.grown_kib
    return [
        Check("p99 of the others while one has stopped reading", "≤ 1.2 ×", f"{ratio:.2f} ×",
              ratio <= 1.2),
        Check("messages that they received", f"{mine.slow.expected:,}", f"{mine.slow.arrived:,}",
              mine.slow.held),
        Check("memory growth meanwhile", "≤ 2 MiB", f"{grown / 1024:.1f} MiB",
              grown <= MAX_GROWTH_KIB),
        Check("the slow reader recovers exactly", "yes", "yes" if mine.exact else "no",
              mine.exact),
    ]  # fmt: skip
