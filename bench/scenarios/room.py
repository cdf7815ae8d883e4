"""A room of a thousand connected members who write to each other."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.children import Child, Window
from bench.crowd import Deliveries, Posts, enter
from bench.dialects import BasicChat, Dialect, others
from bench.load import poisson
from bench.numbers import Spread, ms, spread
from bench.people import Person, settle
from bench.programs import basicchat
from bench.table import Check, Table
from bench.wsclient import close_all

NAME = "room"
MEMBERS = 1000
RATE = 30.0
SECONDS = 15.0
SETTLE_SECONDS, WARM_UP_SECONDS, GRACE_SECONDS = 2.0, 2.0, 5.0


@dataclass(frozen=True)
class Measured:
    """Deliveries that arrived, their delays, and the processor time."""

    expected: int
    arrived: int
    lags: Spread
    window: Window

    def cells(self) -> list[str]:
        """The cells of the table."""
        lags = self.lags
        each = self.window.server * self.window.seconds / max(self.arrived, 1) * 1e6
        return [
            f"{self.arrived / self.expected:.1%} of {self.expected:,}",
            f"{ms(lags.p50)} / {ms(lags.p99)} / {ms(lags.p999)} / {ms(lags.largest)}",
            f"{each:.1f} µs",
            self.window.cpu(),
        ]


async def measure(dialect: Dialect, server: Child, people: Sequence[Person]) -> Measured:
    """Let everyone in, and post at random times, each message from a random member."""
    room = people[0].rooms[0]
    sockets, _ = await enter(dialect, server, people)
    deliveries = Deliveries(sockets, dialect.answer)
    # The presence of the last members is announced to everyone first.
    await asyncio.sleep(SETTLE_SECONDS)
    chance = random.Random(5)

    async def post(seconds: float) -> int:
        times = poisson(RATE, seconds, seed=6)
        framed = partial(dialect.post, room)
        await Posts([(at, chance.choice(sockets), framed) for at in times]).finish()
        return len(times) * len(people)

    await deliveries.all(await post(WARM_UP_SECONDS), GRACE_SECONDS)
    del deliveries.lags[:]
    window = Window(server)
    expected = await post(SECONDS)
    await deliveries.all(expected, GRACE_SECONDS)
    window.close()
    if deliveries.refused:
        raise ConnectionError(f"{deliveries.refused} messages were refused")
    close_all(sockets)
    return Measured(expected, len(deliveries.lags), spread(deliveries.lags), window)


def run() -> Table:
    """Run the scenario."""
    results: dict[str, Measured] = {}
    with TemporaryDirectory() as folder:
        people = asyncio.run(settle(Path(folder), MEMBERS, [range(MEMBERS)]))
        for dialect, server in others():
            results[dialect.name] = asyncio.run(measure(dialect, server, people))
        with basicchat(Path(folder)) as server:
            mine = results["BasicChat"] = asyncio.run(measure(BasicChat(), server, people))
    checks = [
        Check(f"delivery p99 in a room of {MEMBERS:,}", "≤ 50 ms", f"{ms(mine.lags.p99)} ms",
              mine.lags.p99 <= 50),
        Check("messages that arrived there", f"{mine.expected:,}", f"{mine.arrived:,}",
              mine.arrived == mine.expected),
    ]  # fmt: skip
    head = [
        "server", "arrived", "delivery p50 / p99 / p99.9 / max ms", "server CPU a delivery",
        "CPU of one core",
    ]  # fmt: skip
    note = (
        f"{MEMBERS:,} members with a connection each; {RATE:.0f} messages/s for {SECONDS:.0f} s at "
        "random times, from random members, to all: "
        f"{RATE * MEMBERS:,.0f} deliveries/s. Delivery time: from when the message was due to be "
        f"sent to its arrival at each member; messages that have not arrived {GRACE_SECONDS:.0f} s "
        "after the last one was sent count as missing. BasicChat stores each message with its "
        "event and receipt; the others number and send it, and store nothing."
    )
    rows = [[name, *each.cells()] for name, each in results.items()]
    title = f"A room of {MEMBERS:,} with {RATE:.0f} messages a second"
    return Table(title, head, rows, checks, [note])
