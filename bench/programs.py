"""Starts each server."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.children import SERVER_CORE, Child, child, environment

PROGRAM = str(Path(sys.executable).parent / "basicchat")
LISTENING = r"listening on http://[^:]+:(\d+)"
# The limits stay enabled; they are only raised above what the load needs.
ROOMY = {
    "connections_per_address": 20_000,
    "mcp_sessions_per_user": 20_000,
    "messages_per_minute": 10_000_000,
    "runs_per_user": 10_000,
    "requests_in_flight": 1000,
}
LIMITS = {f"BASICCHAT_LIMITS_{name.upper()}": str(value) for name, value in ROOMY.items()}


@contextmanager
def basicchat(
    data: Path, *, core: int | None = SERVER_CORE, files: int | None = None, **env: str
) -> Iterator[Child]:
    """`basicchat serve` on a free port, as users start it, with high limits.

    Args:
        files: how many files it may open.
    """
    arguments = [PROGRAM, "serve", "--port", "0", "--data-dir", str(data)]
    variables = environment(**(LIMITS | env))
    with child(arguments, LISTENING, core=core, files=files, env=variables) as running:
        yield running


@contextmanager
def peer(role: str, *arguments: str, core: int | None = SERVER_CORE) -> Iterator[Child]:
    """A server of `bench.peers`."""
    command = [sys.executable, "-m", "bench.peers", role, *arguments]
    with child(command, r"ready (\d+)", core=core, env=environment()) as running:
        yield running


def token(data: Path) -> str:
    """A bearer token of the local owner of a data folder."""
    done = subprocess.run(
        [PROGRAM, "token", "--data-dir", str(data)],
        env=environment(),
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()
