"""What others notice while a server is attacked: round trips, health checks, indexing."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.attackers import FLOODS
from bench.bystanders import Bystander, Waits, health_checks, small_texts
from bench.children import CLIENT_CORE, SERVER_CORE, Child, environment
from bench.load import Result, open_loop
from bench.numbers import ms, spread
from bench.people import Person, settle
from bench.programs import basicchat
from bench.scenarios.ping import PING, Target, open_sockets
from bench.table import Check, Table
from bench.wsclient import Socket, close_all, frame

NAME = "attack"
SECONDS, PINGS = 6.0, 50.0
# Long enough for documents that give way to be taken up again.
DOCUMENT_SECONDS = 15.0
# The client's pings need this, and attackers must not get more.
PER_MINUTE = 6000
LIMITS = {
    "BASICCHAT_LIMITS_CONNECTIONS_PER_ADDRESS": "12",
    "BASICCHAT_LIMITS_MESSAGES_PER_MINUTE": str(PER_MINUTE),
    "BASICCHAT_PROVIDER": "extractive",
}
# As if the attacker had many addresses.
MANY_ADDRESSES = {"BASICCHAT_LIMITS_CONNECTIONS_PER_ADDRESS": "10000"}
FEW_FILES = 600
MAX_GROWTH_KIB = 64 * 1024
MAX_SMALL_TEXT_SECONDS = 10.0


@dataclass(frozen=True)
class Attack:
    """One row of the table.

    Attributes:
        title: what the table calls it.
        name: the attacker; none if None.
        seconds: how long it attacks.
        limits: settings that differ from `LIMITS`.
        files: how many files the server may open; None for no special limit.
        core: the only core that server and workers may use; any if None, as for users.
        bystander: what somebody else wants of the server meanwhile.
    """

    title: str
    name: str | None
    seconds: float = SECONDS
    limits: Mapping[str, str] = field(default_factory=dict)
    files: int | None = None
    core: int | None = SERVER_CORE
    bystander: Bystander | None = None


FULL, SLOW, HELLOS = "half requests on a full server", "slow documents", "many hellos"
CASES = (
    Attack("none", None),
    Attack("endless request heads", "endless request heads"),
    Attack("half requests", "half requests"),
    Attack(FULL, "half requests", limits=MANY_ADDRESSES, files=FEW_FILES, bystander=health_checks),
    Attack("small texts alone", None, DOCUMENT_SECONDS, core=None, bystander=small_texts),
    Attack(SLOW, "slow documents", DOCUMENT_SECONDS, core=None, bystander=small_texts),
    *(
        Attack(name, name)
        for when in ("before", "after")
        for name in (f"{flood}, {when} hello" for flood in FLOODS)
    ),
    Attack(HELLOS, "many hellos"),
)


@dataclass(frozen=True)
class Outcome:
    """What was measured beside one attack.

    Attributes:
        pings: of an uninvolved client.
        grown_kib: how much the server's resident memory has grown, workers included.
        files: how many files the server has open in the end.
        waits: of the bystander.
        achieved: what the attacker says.
    """

    pings: Result
    grown_kib: int
    files: int
    waits: Waits | None
    achieved: str

    @property
    def calls(self) -> int:
        """How many calls of the attacker were answered."""
        counts = (part.split(" ", 1) for part in self.achieved.split(", "))
        return next((int(n.replace(",", "")) for n, what in counts if what == "calls answered"), 0)


@contextmanager
def attacker(name: str, port: int, seconds: float, bearer: str) -> Iterator[subprocess.Popen[str]]:
    """A process that attacks; the pings have precedence on the client's core."""
    command = [sys.executable, "-m", "bench.attackers", name, str(port), str(seconds), bearer]

    def yield_to_pings() -> None:
        os.nice(19)
        os.sched_setaffinity(0, [CLIENT_CORE])

    with subprocess.Popen(
        command,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=yield_to_pings,
    ) as process:
        yield process


async def measure(child: Child, case: Attack, victim: Person, enemy: Person) -> Outcome:
    """Ping beside an attack, or without one, on a connection that was opened before."""
    sockets = await open_sockets(Target("pings", child, Socket, victim.token), 1)
    before = child.rss_kib()
    started = attacker(case.name, child.port, case.seconds, enemy.token) if case.name else None
    with started or nullcontext() as process:
        pings = open_loop(sockets, frame(PING), PINGS, case.seconds, child)
        if case.bystander is None:
            result, waits = await pings, None
        else:
            waiting = case.bystander(child.port, victim.token, case.seconds)
            result, waits = await asyncio.gather(pings, waiting)
        grown, files = child.rss_kib() - before, child.open_files()
        achieved = process.communicate(timeout=60)[0].strip() if process else ""
    close_all(sockets)
    return Outcome(result, grown, files, waits, achieved)


def run_case(case: Attack) -> Outcome:
    """Attack a new server, so that no memory or counts are left from before."""
    with TemporaryDirectory() as folder:
        victim, enemy = asyncio.run(settle(Path(folder), 2))
        limits = {**LIMITS, **case.limits}
        with basicchat(Path(folder), core=case.core, files=case.files, **limits) as child:
            return asyncio.run(measure(child, case, victim, enemy))


def run() -> Table:
    """Run the scenario."""
    outcomes = {case.title: run_case(case) for case in CASES}
    rows = [row(name, outcome) for name, outcome in outcomes.items()]
    head = [
        "attack", "ping p50 / p99 / max ms", "CPU of one core", "memory", "files",
        "the attacker says", "others beside it",
    ]  # fmt: skip
    return Table("Under attack", head, rows, checks(outcomes), [note()])


def note() -> str:
    """What the table shows."""
    return (
        f"`session.ping` of an uninvolved client, {PINGS:.0f}/s in an open loop, beside one attack "
        f"at a time, of {SECONDS:.0f} s ({DOCUMENT_SECONDS:.0f} s with documents); memory includes "
        "the workers that read documents. Each attacker is a process of its own, on the client's "
        "core at the lowest priority, and attacks a new server. Floods of frames come from eight "
        "sockets. Half requests come from 1,100 connections that are opened again when they are "
        f"closed; a full server may open {FEW_FILES} files and admits any number of connections of "
        "an address, as if they came from many. Slow documents are PDF files that draw one stream "
        "19,000 times, PDF files of 3,000 pages, a million nested `<div>`, a line of 19 MB and "
        "nine million `> `, one after the other; meanwhile, another user uploads a small text "
        "every three seconds and searches it until it is found. Many hellos are calls on one "
        f"socket, with a `session.hello` before each hundred. The limits are {PER_MINUTE:,} "
        "messages a minute and 12 connections per address; the others have their default."
    )


def row(name: str, outcome: Outcome) -> list[str]:
    """One row of the table."""
    each = spread(outcome.pings.samples)
    return [
        name,
        f"{ms(each.p50)} / {ms(each.p99)} / {ms(each.largest)}",
        outcome.pings.window.cpu(),
        f"{outcome.grown_kib / 1024:+.1f} MiB",
        str(outcome.files),
        outcome.achieved,
        str(outcome.waits or ""),
    ]


def checks(outcomes: dict[str, Outcome]) -> list[Check]:
    """The worst of all attacks, and what each bystander waited for."""
    p99 = {name: spread(each.pings.samples).p99 for name, each in outcomes.items()}
    worst = max(p99, key=p99.__getitem__)
    grown = max(each.grown_kib for name, each in outcomes.items() if not each.waits or name == FULL)
    calls = outcomes[HELLOS].calls
    allowed = PER_MINUTE * (1 + SECONDS / 60)
    health, text = outcomes[FULL].waits, outcomes[SLOW].waits
    found = text.longest if text else float("inf")
    return [
        Check("ping p99 under attack", "≤ 50 ms", f"{ms(p99[worst])} ms ({worst})",
              p99[worst] <= 50),
        Check("memory growth under attack, without workers", "≤ 64 MiB", f"{grown / 1024:.1f} MiB",
              grown <= MAX_GROWTH_KIB),
        Check("health checks of a full server", "all answered", str(health),
              health is not None and not health.failed),
        Check("a small text beside slow documents is found", f"≤ {MAX_SMALL_TEXT_SECONDS:.0f} s",
              f"{found:.2f} s", found <= MAX_SMALL_TEXT_SECONDS),
        Check("calls answered with many hellos", f"≤ {allowed:,.0f}", f"{calls:,}",
              0 < calls <= allowed),
    ]  # fmt: skip
