"""The official conformance suite against the real server; nothing is expected to fail."""

from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from support.mcp.conformance_suite import Check, fixture_server, program, required, run
from support.mcp.http_to_websocket import http_over_socket
from support.mcp.sockets import VERSION, modern

pytestmark = pytest.mark.conformance
WAYS = ("http", "websocket")
REVISIONS = ("2025-11-25", "2026-07-28")
FAULTS = frozenset({"FAILURE", "WARNING"})
# What HTTP alone has: its headers, statuses, streams that are taken up again, and sessions.
OF_HTTP = {
    "dns-rebinding-protection",
    "http-custom-header-server-validation",
    "http-header-validation",
    "server-session-lifecycle",
    "server-sse-polling",
    "tasks-request-headers",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The real server, with what the suite wants to find there."""
    with fixture_server(tmp_path_factory.mktemp("conformance")) as url:
        yield url


@asynccontextmanager
async def reached(server: str, way: str) -> AsyncIterator[str]:
    """Where the suite finds the server."""
    if way == "http":
        yield f"{server}/mcp"
    else:
        async with http_over_socket(server.replace("http", "ws", 1) + "/mcp") as front:
            yield front


def faults(checks: list[Check], way: str, statuses: Collection[str]) -> list[str]:
    """What failed, but for what the way does not have."""
    failed = [check for check in checks if check.status in statuses]
    return [str(each) for each in failed if way == "http" or each.scenario not in OF_HTTP]


async def checked(
    line: str, server: str, way: str, out: Path, *choice: str, statuses: Collection[str] = FAULTS
) -> list[Check]:
    """All checks that a suite made; no fault is among them.

    The suites have deadlines of their own, which a busy machine may miss. So a suite that finds
    faults runs once more: a fault of the server is found again.
    """
    found: list[str] = []
    for attempt in ("first", "second"):
        async with reached(server, way) as url:
            checks = await run(line, url, out / attempt, *choice)
        if not (found := faults(checks, way, statuses)):
            return checks
    raise AssertionError(found)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("revision", REVISIONS)
async def test_conformance_to_a_revision(
    server: str, way: str, revision: str, tmp_path: Path
) -> None:
    checks = await checked("next", server, way, tmp_path, "--requirements", revision)
    assert {check.scenario for check in checks} == required(revision)


@pytest.mark.parametrize("revision", ["2025-03-26", "2025-06-18"])
async def test_conformance_to_older_revisions(server: str, revision: str, tmp_path: Path) -> None:
    choice = ("--suite", "all", "--spec-version", revision)
    assert await checked("next", server, "http", tmp_path, *choice)


@pytest.mark.parametrize("way", WAYS)
async def test_conformance_by_the_stable_suite(server: str, way: str, tmp_path: Path) -> None:
    """It warns of what its own client, of an older revision, cannot be sent."""
    choice = ("--suite", "all")
    checks = await checked("stable", server, way, tmp_path, *choice, statuses={"FAILURE"})
    assert len({check.scenario for check in checks}) == 32


async def test_conformance_of_the_tasks_extension(server: str) -> None:
    headers = {"accept": "application/json, text/event-stream", "mcp-protocol-version": VERSION}
    async with httpx2.AsyncClient(headers=headers) as client:
        answer = await client.post(
            f"{server}/mcp",
            json=modern(1, "server/discover"),
            headers={"mcp-method": "server/discover"},
        )
    capabilities = answer.json()["result"]["capabilities"]
    assert "io.modelcontextprotocol/tasks" in capabilities["extensions"]


def test_the_pinned_suite_is_installed() -> None:
    versions = [(program(line) / "package.json").read_text() for line in ("next", "stable")]
    assert '"version": "0.2.0-alpha.12"' in versions[0]
    assert '"version": "0.1.16"' in versions[1]
