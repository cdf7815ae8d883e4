"""Clients of others: the Inspector, the official library, and its 1.x line over WebSocket."""

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import mcp_types as types
import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp_types.version import LATEST_MODERN_VERSION

from support.mcp.conformance_suite import fixture_server, owner_token
from support.third_party import SUITES, environment, installed, node, run

SECONDS = 90.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A real server with things to find, and the owner's token."""
    home = tmp_path_factory.mktemp("clients")
    with fixture_server(home) as url:
        yield url, owner_token(home)


def inspector() -> Path:
    """The Inspector's command line."""
    return installed(SUITES / "inspector") / "node_modules" / ".bin" / "mcp-inspector"


async def inspect(era: str, target: list[str], *asked: str) -> str:
    """What the Inspector gets, as JSON."""
    options = ["--cli", "--protocol-era", era, "--format", "json", "--quiet", *asked, *target]
    code, out, err = await node(inspector(), *options, seconds=SECONDS)
    assert code == 0, err
    assert isinstance(json.loads(out), dict)
    return out


@pytest.mark.parametrize("era", ["legacy", "modern"])
@pytest.mark.parametrize("way", ["http", "stdio"])
async def test_the_inspector(server: tuple[str, str], way: str, era: str) -> None:
    url, token = server
    program = [sys.executable, "-m", "basicchat", "mcp", "--server", url, "--token", token]
    target = {
        "http": ["--server-url", f"{url}/mcp", "--header", f"Authorization: Bearer {token}"],
        "stdio": ["--transport", "stdio", "--", *program],
    }[way]
    call = ("--method", "tools/call", "--tool-name", "greet", "--tool-arg", "name=Ada")
    assert "search_documents" in await inspect(era, target, "--method", "tools/list")
    assert "Hello, Ada!" in await inspect(era, target, *call)


@pytest.mark.parametrize("era", ["legacy", "auto"])
async def test_the_official_client_over_stdio(server: tuple[str, str], era: str) -> None:
    url, token = server
    arguments = ["-m", "basicchat", "mcp", "--server", url]
    way = StdioServerParameters(
        command=sys.executable, args=arguments, env={"BASICCHAT_TOKEN": token}
    )
    heard: list[float] = []

    async def progress(now: float, total: float | None, message: str | None) -> None:
        heard.append(now)

    async with asyncio.timeout(SECONDS), Client(stdio_client(way), mode=era) as client:
        modern = client.protocol_version == LATEST_MODERN_VERSION
        assert modern is (era == "auto")
        called = await client.call_tool("greet", {"name": "Ada"})
        assert isinstance(called.content[0], types.TextContent)
        assert called.content[0].text == "Hello, Ada!"
        await client.call_tool("test_tool_with_progress", {}, progress_callback=progress)
        assert heard == [0, 50, 100]
        contents = (await client.read_resource("test://static-text")).contents
        assert contents[0].uri == "test://static-text"
        assert (await client.list_prompts()).prompts


async def test_the_websocket_client_of_the_1x_line(server: tuple[str, str]) -> None:
    url, token = server
    address = url.replace("http://", f"ws://token:{token}@") + "/mcp"
    script = Path(__file__).parents[1] / "support" / "mcp" / "old_client.py"
    code, out, err = await run(environment(SUITES / "mcp1"), script, address, seconds=SECONDS)
    assert code == 0, err
    told = json.loads(out)
    assert (told["version"], told["server"], told["prompt"]) == ("2025-11-25", "basicchat", 1)
    assert (told["text"], told["progress"]) == ("Hello, Ada!", [0, 50, 100])
    assert told["resource"] == "This is the content of the static text resource."
    assert told["tools"] > 10
