"""Two workers against one: round trips of `session.ping`, and a room whose members are at both."""

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.children import CORES, SERVER_CORE, Child, cpu_seconds, family
from bench.dialects import BasicChat
from bench.load import Result
from bench.people import settle
from bench.programs import basicchat, token
from bench.scenarios import ping, room
from bench.table import Check, Table
from bench.wsclient import Socket

NAME = "workers"
CONNECTIONS = 50
MEMBERS = 200
# The client needs a core, too.
TWO_CORES_FREE = len(CORES) >= 3
ONE, TWO = "one worker", "two workers"


@dataclass
class Family(Child):
    """A server with its descendants: the supervisor and its workers."""

    def cpu_seconds(self) -> float:
        """Processor time used so far by all of them."""
        return sum(cpu_seconds(pid) for pid in family(self.pid))


def serve(stack: ExitStack, data: Path, workers: int) -> Family:
    """A server; its workers share one core unless two are free."""
    core = None if TWO_CORES_FREE else SERVER_CORE
    child = stack.enter_context(basicchat(data, core=core, BASICCHAT_WORKERS=str(workers)))
    return Family(child.process, child.ready_groups, child.began, child.ready_seconds)


def measure_pings() -> dict[str, Result]:
    """The best of a few closed loops of each server, in turns."""
    with ExitStack() as stack:
        targets = []
        for name, workers in ((ONE, 1), (TWO, 2)):
            data = Path(stack.enter_context(TemporaryDirectory()))
            targets.append(ping.Target(name, serve(stack, data, workers), Socket, token(data)))
        measured = asyncio.run(ping.measure(targets, CONNECTIONS))
    return {name: closed for name, (closed, _) in measured.items()}


def measure_rooms() -> dict[str, room.Measured]:
    """A room with a connection for each member, which the kernel spreads over the workers."""
    measured = {}
    for name, workers in ((ONE, 1), (TWO, 2)):
        with TemporaryDirectory() as folder, ExitStack() as stack:
            people = asyncio.run(settle(Path(folder), MEMBERS, [range(MEMBERS)]))
            server = serve(stack, Path(folder), workers)
            measured[name] = asyncio.run(room.measure(BasicChat(), server, people))
    return measured


def cpu_each(result: Result) -> float:
    """The server's processor time for a round trip, in microseconds."""
    return result.window.server / result.per_second * 1e6


def run() -> Table:
    """Run the scenario."""
    pings, rooms = measure_pings(), measure_rooms()
    rows = [
        [
            name,
            f"{pings[name].per_second:,.0f}",
            f"{cpu_each(pings[name]):.1f} µs",
            pings[name].window.cpu(),
            *rooms[name].cells(),
        ]
        for name in (ONE, TWO)
    ]
    two = rooms[TWO]
    checks = [compare(pings), Check("messages that arrived in a room over two workers",
        f"{two.expected:,}", f"{two.arrived:,}", two.arrived == two.expected)]  # fmt: skip
    head = [
        "server", "round trips/s", "server CPU each", "CPU of one core", "room: arrived",
        "delivery p50 / p99 / p99.9 / max ms", "server CPU a delivery", "CPU of one core",
    ]  # fmt: skip
    where = "on cores of their own" if TWO_CORES_FREE else "on one core, beside the client's"
    note = (
        f"`session.ping` on {CONNECTIONS} connections, closed loop, best of {ping.ROUNDS}; a room "
        f"of {MEMBERS} with {room.RATE:.0f} messages/s. The workers ran {where}; processor time is "
        "that of the supervisor and all workers."
    )
    return Table("Two workers", head, rows, checks, [note])


def compare(pings: dict[str, Result]) -> Check:
    """The rates where each worker has a core, otherwise the processor time."""
    if TWO_CORES_FREE:
        gain = pings[TWO].per_second / pings[ONE].per_second
        what = "ping rate of two workers against one"
        return Check(what, "≥ 1.8 ×", f"{gain:.2f} ×", gain >= 1.8)
    cost = cpu_each(pings[TWO]) / cpu_each(pings[ONE])
    what = "processor time of a ping, two workers against one"
    return Check(what, "≤ +15 %", f"{cost - 1:+.0%}", cost <= 1.15)
