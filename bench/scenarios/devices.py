"""The delay until a change made on one device arrives on another device of the same user."""

import asyncio
import random
import time
from array import array
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.children import Child, Window
from bench.crowd import STAMPED, Due, Posts, enter
from bench.dialects import BasicChat, Dialect, others
from bench.numbers import ms, spread
from bench.people import Person, settle
from bench.programs import basicchat
from bench.table import Check, Table
from bench.wsclient import Socket, close_all

NAME = "devices"
PAIRS = 50
KINDS = ("message", "read position", "draft")
# In turns: a read position can only move if there is a new message.
STEP_SECONDS, ROUNDS = 0.4, 10
GRACE_SECONDS, SETTLE_SECONDS = 3.0, 1.0
Lags = dict[str, "array[float]"]


class Other:
    """A user's second device; records the delay of each change made on the first."""

    def __init__(self, dialect: Dialect, lags: Lags) -> None:
        self._dialect = dialect
        self._lags = lags
        # The due times of read positions, which have no timestamp in BasicChat.
        self.reads: deque[float] = deque()

    def received(self, socket: Socket, message: bytes) -> None:
        """Take a message."""
        now = time.monotonic()
        if message.startswith(self._dialect.answer):
            return
        if isinstance(self._dialect, BasicChat) and _is_read(message):
            self._lags["read position"].append(now - self.reads.popleft())
            return
        for due in STAMPED.findall(message):
            kind = "draft" if b'"draft"' in message else "read position" if (
                b'"read"' in message
            ) else "message"  # fmt: skip
            self._lags[kind].append(now - float(due))


def _is_read(message: bytes) -> bool:
    return b'"room.updated"' in message and b'"unread":0' in message


def ignore(socket: Socket, message: bytes) -> None:
    """Drop the messages of the first device."""


def noting(frame: Callable[[str], bytes], reads: deque[float]) -> Callable[[str], bytes]:
    """Frame a read position, and record its due time."""

    def framed(text: str) -> bytes:
        reads.append(float(text[:17]))
        return frame(text)

    return framed


async def measure(
    dialect: Dialect, server: Child, people: Sequence[Person]
) -> tuple[Lags, int, Window]:
    """In each pair, one user writes messages and drafts, the other reads; all have two devices."""
    first, _ = await enter(dialect, server, people)
    second, _ = await enter(dialect, server, people)
    lags: Lags = defaultdict(lambda: array("d"))
    others = [Other(dialect, lags) for _ in people]
    for one, two, other in zip(first, second, others, strict=True):
        one.received, two.received = ignore, other.received
    await asyncio.sleep(SETTLE_SECONDS)
    chance, due = random.Random(8), list[Due]()
    for n in range(0, len(people), 2):
        writer, reader = people[n], people[n + 1]
        room, at = writer.rooms[0], chance.uniform(0, STEP_SECONDS * 3)
        read = noting(partial(dialect.read, reader, room), others[n + 1].reads)
        for step in range(ROUNDS):
            begin = at + step * 3 * STEP_SECONDS
            due += [
                (begin, first[n], partial(dialect.post, room)),
                (begin + STEP_SECONDS, first[n + 1], read),
                (begin + 2 * STEP_SECONDS, first[n], partial(dialect.draft, writer, room)),
            ]
    window = Window(server)
    await Posts(sorted(due, key=lambda each: each[0])).finish()
    expected = ROUNDS * PAIRS
    await until_shown(lags, expected)
    window.close()
    close_all([*first, *second])
    return lags, expected, window


async def until_shown(lags: Lags, expected: int) -> None:
    """Wait for everything expected, up to a deadline. Both users of a pair get each message."""
    deadline = time.monotonic() + GRACE_SECONDS
    wanted = {"message": 2 * expected, "read position": expected, "draft": expected}
    while time.monotonic() < deadline:
        if all(len(lags[kind]) >= count for kind, count in wanted.items()):
            return
        await asyncio.sleep(0.05)


def row(name: str, lags: Lags, expected: int, window: Window) -> list[str]:
    """One row of the table."""
    cells = []
    for kind in KINDS:
        each = spread(lags[kind])
        cells.append(f"{ms(each.p50)} / {ms(each.p99)} / {ms(each.largest)}")
    return [name, *cells, window.cpu()]


def run() -> Table:
    """Run the scenario."""
    rows = []
    with TemporaryDirectory() as folder:
        rooms = [(n, n + 1) for n in range(0, 2 * PAIRS, 2)]
        people = asyncio.run(settle(Path(folder), 2 * PAIRS, rooms))
        for dialect, server in others():
            rows.append(row(dialect.name, *asyncio.run(measure(dialect, server, people))))
        with basicchat(Path(folder)) as server:
            lags, expected, window = asyncio.run(measure(BasicChat(), server, people))
        rows.append(row("BasicChat", lags, expected, window))
    checks = []
    for kind in KINDS:
        p99, count = spread(lags[kind]).p99, expected * (2 if kind == "message" else 1)
        shown = f"{ms(p99)} ms" if len(lags[kind]) == count else f"{len(lags[kind])} of {count}"
        met = p99 <= 100 and len(lags[kind]) == count
        checks.append(Check(f"a {kind} on another device, p99", "≤ 100 ms", shown, met))
    head = ["server", *(f"{kind} p50 / p99 / max ms" for kind in KINDS), "CPU of one core"]
    rate = PAIRS / STEP_SECONDS
    note = (
        f"{2 * PAIRS} users with two devices each, in {PAIRS} rooms of two; {rate:.0f} "
        "changes/s, open loop: one user writes a message, the other moves their read position, the "
        "first changes a draft. Measured from the time at which the change was due on one device "
        "to its arrival on the other. BasicChat stores all three; the others store nothing."
    )
    return Table("From one device to another", head, rows, checks, [note])
