"""Two nodes over Redis against one: a room whose members are at both, on PostgreSQL."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.children import SERVER_CORE, Child, child, environment
from bench.dialects import BasicChat
from bench.people import Person, settle
from bench.postgres import postgres
from bench.programs import basicchat
from bench.scenarios import room
from bench.table import Check, Table

NAME = "nodes"
MEMBERS = 200
SECRET = "bench" * 8
ONE, TWO = "one node", "two nodes over Redis"


@dataclass
class Nodes(Child):
    """Several nodes as one server; connections go to one after the other."""

    others: tuple[Child, ...] = ()
    redis: Child | None = None
    _turns: Iterator[int] = field(init=False, default_factory=lambda: iter(()))

    def __post_init__(self) -> None:
        """Begin with the first node."""
        self._turns = cycle([int(self.ready_groups[-1]), *(each.port for each in self.others)])

    @property
    def port(self) -> int:
        """The port of the node whose turn it is."""
        return next(self._turns)

    def cpu_seconds(self) -> float:
        """Processor time used so far by all nodes, and by Redis."""
        own = super().cpu_seconds() + sum(each.cpu_seconds() for each in self.others)
        return own + (self.redis.cpu_seconds() if self.redis else 0.0)


@contextmanager
def redis_server(folder: Path) -> Iterator[tuple[Child, str]]:
    """A Redis server of its own, and its URL."""
    socket = folder / "redis.sock"
    command = ["redis-server", "--port", "0", "--unixsocket", str(socket), "--save", ""]
    with child(command, "(?i)ready to accept", core=SERVER_CORE, env=environment()) as running:
        yield running, f"unix://{socket}"


@contextmanager
def nodes(folder: Path, database_url: str, count: int) -> Iterator[Nodes]:
    """A server of so many nodes, all on one core; several of them are connected by Redis."""
    with ExitStack() as stack:
        # An empty variable counts as not set.
        redis, redis_url = None, ""
        if count > 1:
            redis, redis_url = stack.enter_context(redis_server(folder))
        first, *others = (
            stack.enter_context(
                basicchat(
                    folder / f"{count}-{number}",
                    DATABASE_URL=database_url,
                    REDIS_URL=redis_url,
                    SECRET_KEY=SECRET,
                )
            )
            for number in range(count)
        )
        yield Nodes(
            first.process,
            first.ready_groups,
            first.began,
            first.ready_seconds,
            tuple(others),
            redis,
        )


def measure() -> dict[str, room.Measured]:
    """The same load on one node without Redis, and on two with it, each on a new database."""
    measured = {}
    for name, count in ((ONE, 1), (TWO, 2)):
        with TemporaryDirectory() as folder, postgres() as database_url:
            people = asyncio.run(_settled(Path(folder), database_url))
            with nodes(Path(folder), database_url, count) as server:
                measured[name] = asyncio.run(room.measure(BasicChat(), server, people))
    return measured


async def _settled(folder: Path, database_url: str) -> list[Person]:
    shared = {"database_url": database_url, "secret_key": SECRET}
    return await settle(folder / "people", MEMBERS, [range(MEMBERS)], **shared)


def run() -> Table:
    """Run the scenario."""
    measured = measure()
    two = measured[TWO]
    what = f"messages that arrived in a room of {MEMBERS:,} over two nodes"
    arrived = two.arrived == two.expected
    checks = [Check(what, f"{two.expected:,}", f"{two.arrived:,}", arrived)]
    head = [
        "server", "arrived", "delivery p50 / p99 / p99.9 / max ms", "server CPU a delivery",
        "CPU of one core",
    ]  # fmt: skip
    note = (
        f"{MEMBERS:,} members with a connection each, at one node after the other; "
        f"{room.RATE:.0f} messages/s for {room.SECONDS:.0f} s from random members to all. The "
        "nodes, Redis and PostgreSQL share one core; processor time is that of the nodes and Redis."
    )
    rows = [[name, *each.cells()] for name, each in measured.items()]
    return Table("Two nodes", head, rows, checks, [note])
