"""The tools of other MCP servers: which are offered, what they return, and what may fail."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from basicchat.client import BasicChatClient
from basicchat.config.tool_servers import ToolServer as Stated
from basicchat.domain.chat import ToolAnnotations, ToolResult
from basicchat.ops.supervisor import Supervisor
from basicchat.tool_servers.connection import ToolServerConnection
from basicchat.tool_servers.server import ToolServer
from support.servers import running, settings_for

PROGRAM = (sys.executable, str(Path(__file__).parents[1] / "support/mcp/notes_program.py"))
SECONDS = 60


class Watched:
    """A connection, and waiting for its tools."""

    def __init__(self, **stated: Any) -> None:
        self._changed = asyncio.Event()
        server = ToolServer(**{"name": "notes", "command": PROGRAM, "tools": ("*",)} | stated)
        self.connection = ToolServerConnection(server, self._changed.set)

    async def offered(self, *, without: frozenset[str] = frozenset()) -> set[str]:
        """The names of the tools, once they differ from `without`."""
        async with asyncio.timeout(SECONDS):
            while (found := self._names()) == without:
                await self._changed.wait()
                self._changed.clear()
        return found

    async def call(self, name: str, /, **arguments: Any) -> ToolResult:
        async with asyncio.timeout(SECONDS):
            return await self.connection.call(name, arguments)

    def _names(self) -> set[str]:
        return {spec.name for spec in self.connection.tools.values()}


@asynccontextmanager
async def connected(**stated: Any) -> AsyncIterator[Watched]:
    watched = Watched(**stated)
    async with Supervisor() as spawn:
        spawn(watched.connection.run())
        await watched.offered()
        yield watched


ALLOWED = [
    ({"tools": ("add", "unknown")}, {"notes__add"}),
    ({"tools": (), "trust_annotations": True}, {"notes__lookup"}),
    ({"tools": ("add",), "trust_annotations": True}, {"notes__add", "notes__lookup"}),
]


@pytest.mark.parametrize(("stated", "names"), ALLOWED)
async def test_only_allowed_tools_are_offered(stated: dict[str, Any], names: set[str]) -> None:
    async with connected(**stated) as notes:
        assert await notes.offered() == names


@pytest.mark.parametrize("trusted", [True, False])
async def test_annotations_are_passed_on_if_they_are_trusted(trusted: bool) -> None:
    async with connected(trust_annotations=trusted) as notes:
        tools = notes.connection.tools
    assert (tools["lookup"].title, tools["lookup"].description) == ("Look up", "Look up a word.")
    assert tools["lookup"].annotations.read_only is trusted
    assert tools["add"].annotations == ToolAnnotations()


async def test_results(tmp_path: Path) -> None:
    async with connected(folder=tmp_path, env={"TOWN": "Ulm"}) as notes:
        assert await notes.call("lookup", word="bee") == ToolResult(
            content="bee: a flying insect", structured={"result": "bee: a flying insect"}
        )
        assert (await notes.call("add", word="bee")).structured == {"words": 3}
        assert (await notes.call("draw")).content == "[image: image/png]"
        assert (await notes.call("environment", name="TOWN")).content == f"Ulm in {tmp_path.name}"
        long = (await notes.call("write", characters=50_100)).content
        assert long.endswith("x\n[100 characters are left out]")
        failed = await notes.call("fail")
        assert failed.is_error
        assert "There is no such word." in failed.content
        wrong = await notes.call("lookup", nothing="")
        assert wrong.is_error


async def test_a_call_has_a_deadline() -> None:
    async with connected(call_seconds=0.05) as notes:
        late = await notes.call("wait")
        assert late == ToolResult(content="wait did not end within 0.05 seconds.", is_error=True)
        # The connection stays.
        assert "reached" not in (await notes.call("lookup", word="bee")).content


async def test_the_program_inherits_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "hush")
    async with connected() as notes:
        assert (await notes.call("environment", name="SECRET_KEY")).content.startswith("not set")


async def test_a_server_that_ends_is_started_again() -> None:
    async with connected() as notes:
        lost = await notes.call("crash")
        assert lost.is_error
        assert "unknown whether crash has taken effect" in lost.content

        async def works() -> bool:
            return not (await notes.call("lookup", word="bee")).is_error

        await until(works)


async def test_new_tools_are_offered() -> None:
    async with connected() as notes:
        before = await notes.offered()
        await notes.call("grow")
        assert await notes.offered(without=frozenset(before)) - before == {"notes__shrink"}


async def test_a_program_that_cannot_be_started_is_retried(tmp_path: Path) -> None:
    program = tmp_path / "later"
    notes = Watched(command=(str(program),))
    async with Supervisor() as spawn:
        spawn(notes.connection.run())
        assert "cannot be reached" in (await notes.call("lookup", word="bee")).content
        program.write_text(f'#!/bin/sh\nexec "{PROGRAM[0]}" "{PROGRAM[1]}"\n')
        program.chmod(0o755)
        assert "notes__lookup" in await notes.offered()


async def test_the_assistant_uses_the_tools_of_another_server_over_http(tmp_path: Path) -> None:
    async with running(settings_for(tmp_path / "library")) as library:
        stated = Stated(
            name="library",
            url=f"{library.url}/mcp",
            token=library.token(),
            tools=("search_documents",),
        )
        own_settings = settings_for(tmp_path / "own", mcp_servers=[stated])
        async with (
            running(own_settings) as own,
            BasicChatClient(own.url, own.token()) as client,
        ):
            await until(partial(_offers, client, "library__search_documents"))
            call = {"name": "library__search_documents", "arguments": {"query": "bees"}}
            result = await client.call("tool_execution", call)
    assert not result["is_error"]


async def _offers(client: BasicChatClient, name: str) -> bool:
    listed = (await client.call("tools.list"))["tools"]
    return name in [tool["name"] for tool in listed]


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Ask again and again; a foreign program's state cannot be awaited."""
    async with asyncio.timeout(SECONDS):
        while not await holds():  # noqa: ASYNC110
            await asyncio.sleep(0.05)
