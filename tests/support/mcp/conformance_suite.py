"""Runs the official conformance suite, and reads what it found."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from support.command_line import KILL, launched, run_command
from support.third_party import SUITES, installed, node

SECONDS = 200.0
# All limits are the defaults: a server has to conform as its users run it.
ENVIRONMENT = {
    "BASICCHAT_MCP_FIXTURES": "1",
    "BASICCHAT_PROVIDER": "extractive",
}


@dataclass(frozen=True)
class Check:
    """One check of one scenario."""

    scenario: str
    id: str
    status: str
    message: str

    def __str__(self) -> str:
        return f"{self.scenario}: {self.id}: {self.status}: {self.message}"


def program(line: str) -> Path:
    """The suite of a line, installed."""
    return installed(SUITES / "conformance") / "node_modules" / line


def required(revision: str) -> set[str]:
    """The server scenarios of a requirement set, those that are not scored among them."""
    told = (program("next") / "requirements" / f"{revision}.yaml").read_text()
    scored = told.partition("\nserver:\n")[2].partition("\n\n")[0]
    others = re.findall(r"- scenario: (\S+)\n\s+leg: server\b", told)
    return set(re.findall(r"- (\S+)", scored)) | set(others)


@contextmanager
def fixture_server(home: Path) -> Iterator[str]:
    """The real server with the suite's fixtures; its address."""
    command = [*launched(), "serve", "--port", "0", "--data-dir", str(home)]
    child = subprocess.Popen(
        command,
        env={**os.environ, **ENVIRONMENT},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert child.stdout is not None
        yield child.stdout.readline().rpartition(" ")[2].strip()
    finally:
        child.send_signal(KILL)
        child.communicate()


def owner_token(home: Path) -> str:
    """A token of the owner of such a server's folder."""
    told = run_command(os.environ, "token", "--data-dir", str(home))
    told.check_returncode()
    return told.stdout.strip()


async def run(line: str, url: str, out: Path, *choice: str) -> list[Check]:
    """Run scenarios against a server; all checks that were made."""
    index = program(line) / "dist" / "index.js"
    code, said, err = await node(index, "server", "--url", url, "-o", out, *choice, seconds=SECONDS)
    checks = _found(out)
    assert checks, (code, said, err)
    return checks


def _found(out: Path) -> list[Check]:
    return [check for file in sorted(out.glob("*/checks.json")) for check in _read(file)]


def _read(file: Path) -> list[Check]:
    name = re.sub(r"^server-|-\d{4}-\d\d-\d\dT.*$", "", file.parent.name)
    return [
        Check(name, each["id"], each["status"], each.get("errorMessage") or "")
        for each in json.loads(file.read_text())
    ]
