"""The official conformance suite against the real server; nothing is expected to fail."""

from collections.abc import AsyncIterator, Iterator
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


def faults(checks: list[Check], way: str, *statuses: str) -> list[str]:
    """What failed, but for what the way does not have."""
    failed = [check for check in checks if check.status in statuses]
    return [str(each) for each in failed if way == "http" or each.scenario not in OF_HTTP]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("revision", REVISIONS)
async def test_the_requirements_of_a_revision(
    server: str, way: str, revision: str, tmp_path: Path
) -> None:
    async with reached(server, way) as url:
        checks = await run("next", url, tmp_path, "--requirements", revision)
    assert {check.scenario for check in checks} == required(revision)
    assert faults(checks, way, "FAILURE", "WARNING") == []


@pytest.mark.parametrize("revision", ["2025-03-26", "2025-06-18"])
async def test_what_the_suite_has_for_older_revisions(
    server: str, revision: str, tmp_path: Path
) -> None:
    async with reached(server, "http") as url:
        checks = await run("next", url, tmp_path, "--suite", "all", "--spec-version", revision)
    assert faults(checks, "http", "FAILURE", "WARNING") == []


@pytest.mark.parametrize("way", WAYS)
async def test_the_stable_line(server: str, way: str, tmp_path: Path) -> None:
    """It warns of what its own client, of an older revision, cannot be sent."""
    async with reached(server, way) as url:
        checks = await run("stable", url, tmp_path, "--suite", "all")
    assert len({check.scenario for check in checks}) == 32
    assert faults(checks, way, "FAILURE") == []


async def test_the_tasks_extension_is_there_to_be_tested(server: str) -> None:
    headers = {"accept": "application/json, text/event-stream", "mcp-protocol-version": VERSION}
    async with httpx2.AsyncClient(headers=headers) as client:
        answer = await client.post(
            f"{server}/mcp",
            json=modern(1, "server/discover"),
            headers={"mcp-method": "server/discover"},
        )
    capabilities = answer.json()["result"]["capabilities"]
    assert "io.modelcontextprotocol/tasks" in capabilities["extensions"]


def test_the_suite_is_the_one_that_is_meant() -> None:
    versions = [(program(line) / "package.json").read_text() for line in ("next", "stable")]
    assert '"version": "0.2.0-alpha.12"' in versions[0]
    assert '"version": "0.1.16"' in versions[1]
