"""The measured servers as child processes, and their use of processor time and memory."""

import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, CLIENT_CORE = CORES[0], CORES[-1]
START_SECONDS = 60.0
STOP_SECONDS = 30.0
# Variables that would connect a measured server to a provider or database of this machine.
PRIVATE = re.compile(r"BASICCHAT_|OLLAMA_|OPENAI_|REDIS_URL|DATABASE_URL|SECRET_KEY|LOG_LEVEL")


def environment(**extra: str) -> dict[str, str]:
    """The environment of a child: no configuration, and compiled modules are cached."""
    inherited = {name: value for name, value in os.environ.items() if not PRIVATE.match(name)}
    inherited.pop("PYTHONDONTWRITEBYTECODE", None)
    return inherited | {"BASICCHAT_CONFIG": os.devnull, "PYTHONUNBUFFERED": "1"} | extra


@dataclass
class Child:
    """A running server.

    Attributes:
        ready_groups: the groups of the regular expression in the line that reported readiness.
        ready_seconds: from the start of the process to that line.
    """

    process: subprocess.Popen[str]
    ready_groups: tuple[str, ...]
    began: float
    ready_seconds: float

    @property
    def pid(self) -> int:
        """The process id."""
        return self.process.pid

    @property
    def port(self) -> int:
        """The port on which it listens."""
        return int(self.ready_groups[-1])

    def cpu_seconds(self) -> float:
        """Processor time used so far, by all its threads."""
        return cpu_seconds(self.pid)

    def open_files(self) -> int:
        """How many files and sockets the process has open."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def rss_kib(self) -> int:
        """Resident memory of the process and its descendants."""
        return sum(rss_kib(pid) for pid in family(self.pid))


def cpu_seconds(pid: int) -> float:
    """User and system time of a process (proc(5), stat, fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def busy_seconds() -> float:
    """Time that all processors together have been busy (proc(5), stat)."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    user, nice, system, _idle, _wait, irq, softirq, steal = map(int, fields)
    return (user + nice + system + irq + softirq + steal) / TICKS


def rss_kib(pid: int) -> int:
    """Resident memory of one process."""
    status = Path(f"/proc/{pid}/status").read_text()
    match = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(match[1]) if match else 0


def family(pid: int) -> list[int]:
    """A process and its descendants."""
    pids = [pid]
    for parent in pids:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            pids += map(int, task.read_text().split())
    return pids


@contextmanager
def child(
    arguments: Sequence[str],
    ready: str,
    *,
    core: int | None = None,
    files: int | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Iterator[Child]:
    """Run a server until the block ends.

    Args:
        ready: a regular expression; the first line of output that matches reports readiness.
        core: the only core that it may use; any core if None.
        files: how many files it may open; as many as this process if None.

    Raises:
        RuntimeError: it ended before it was ready.
    """
    with tempfile.TemporaryFile("w+") as errors:
        began = time.perf_counter()
        process = subprocess.Popen(
            arguments,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=dict(env or environment()),
            cwd=cwd,
            preexec_fn=partial(_confine, core, files),
        )
        try:
            groups = _until_ready(process, ready)
            yield Child(process, groups, began, time.perf_counter() - began)
        except BaseException:
            errors.seek(0)
            sys.stderr.write(errors.read()[-2000:])
            raise
        finally:
            _stop(process)


def _confine(core: int | None, files: int | None) -> None:
    if core is not None:
        os.sched_setaffinity(0, [core])
    if files is not None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))


def _until_ready(process: subprocess.Popen[str], ready: str) -> tuple[str, ...]:
    assert process.stdout is not None
    for line in process.stdout:
        if match := re.search(ready, line):
            return match.groups()
    raise RuntimeError(f"{process.args!r} ended before it was ready")


def _stop(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.communicate(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


class Window:
    """Processor time of client, servers and other programs between `__init__` and `close`."""

    def __init__(self, *servers: Child) -> None:
        self._servers = servers
        self._start = self._now()
        self.seconds = self.client = self.server = self.others = 0.0

    def _now(self) -> tuple[float, float, float, float]:
        server = sum(each.cpu_seconds() for each in self._servers)
        return time.perf_counter(), time.process_time(), server, busy_seconds()

    def close(self) -> "Window":
        """End it. Shares are of one core; `others` is the other programs' share of all cores."""
        wall, client, server, busy = (b - a for a, b in zip(self._start, self._now(), strict=True))
        self.seconds = wall
        self.client, self.server = client / wall, server / wall
        self.others = max(busy / wall - self.client - self.server, 0.0)
        return self

    @property
    def client_bound(self) -> bool:
        """Whether the client may have been the limit instead of the server."""
        return self.client > 0.85

    def cpu(self) -> str:
        """The shares, as a cell of a table."""
        flag = " **client-bound**" if self.client_bound else ""
        noise = f", others {self.others:.0%}" if self.others > 0.05 else ""
        return f"{self.server:.0%}, client {self.client:.0%}{noise}{flag}"
