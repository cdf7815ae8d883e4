"""The time of imports, `--help` and the start of the server."""

import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.children import Child, environment, rss_kib
from bench.numbers import best_and_median
from bench.programs import PROGRAM, basicchat
from bench.table import Check, Table

NAME = "startup"
# As for a user: any core.
PINNED = False
REPEATS = 12
STARTS = 8
FIRST_STARTS = 3
SETTLE_SECONDS = 10.0
POLL_SECONDS = 0.002


def command_seconds(arguments: Sequence[str], repeats: int = REPEATS) -> list[float]:
    """Seconds that a command takes, with compiled modules."""
    taken = []
    for _ in range(repeats + 1):
        began = time.perf_counter()
        subprocess.run(arguments, check=True, env=environment(), stdout=subprocess.DEVNULL)
        taken.append(time.perf_counter() - began)
    return taken[1:]


def until_ready(server: Child) -> float:
    """Seconds from the start of the process until it reports readiness."""
    url = f"http://127.0.0.1:{server.port}/health/ready"
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                answer.read()
                return time.perf_counter() - server.began
        except OSError:
            time.sleep(POLL_SECONDS)


def starts(data: Path, count: int) -> tuple[list[float], list[float]]:
    """Seconds to listening and to ready, of several starts on one data folder."""
    listening, ready = [], []
    for _ in range(count):
        with basicchat(data, core=None) as server:
            ready.append(until_ready(server))
            listening.append(server.ready_seconds)
    return listening, ready


def first_start() -> float:
    """Seconds to ready on a folder that does not exist yet."""
    with TemporaryDirectory() as folder:
        return starts(Path(folder) / "data", 1)[1][0]


def idle_mib(data: Path) -> tuple[float, float]:
    """Resident memory right after the start, and some time later."""
    with basicchat(data, core=None) as server:
        until_ready(server)
        first = rss_kib(server.pid)
        time.sleep(SETTLE_SECONDS)
        return first / 1024, server.rss_kib() / 1024


def run() -> Table:
    """Run the scenario."""
    python = sys.executable
    first_starts = [first_start() for _ in range(FIRST_STARTS)]
    with TemporaryDirectory() as folder:
        starts(Path(folder), 1)
        listening, ready = starts(Path(folder), STARTS)
        first, settled = idle_mib(Path(folder))
    megabytes = settled * 1.048576
    rows = [
        ["`python -c pass`, for comparison", best_and_median(command_seconds([python, "-c", ""]))],
        [
            "`import basicchat`",
            best_and_median(command_seconds([python, "-c", "import basicchat"])),
        ],
        ["`basicchat --help`", best_and_median(command_seconds([PROGRAM, "--help"]))],
        ["first start ever to `/health/ready`", best_and_median(first_starts)],
        ["start to listening", best_and_median(listening)],
        ["start to `/health/ready`", best_and_median(ready)],
        ["resident memory when ready", f"{first:.1f} MiB"],
        [f"resident memory {SETTLE_SECONDS:.0f} s later", f"{settled:.1f} MiB"],
    ]
    checks = [
        Check("ready after start", "< 1 s", f"{median(ready):.2f} s", median(ready) < 1),
        Check("idle memory", "≤ 120 MB", f"{megabytes:.0f} MB", megabytes <= 120),
    ]
    note = (
        f"Best / median of {REPEATS} commands, {STARTS} starts, {FIRST_STARTS} first starts; "
        "any core."
    )
    return Table("Start and idle memory", ["what", "measured"], rows, checks, [note])
