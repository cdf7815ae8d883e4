"""Tools of a source, from its entry point to MCP clients, models and the API, user by user."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from basicchat.domain.plugins import ToolServices, ToolSourcePlugin
from basicchat.domain.tools import ToolsChanged
from basicchat.testing.scripted_tools import ScriptedTool, ScriptedToolSource
from support.mcp.client import Refused, Talk, everywhere, talking
from support.servers import SECONDS, RunningServer, WireFailure, running, settings_for
from support.users import Person

CHANGED = "notifications/tools/list_changed"
made: list[ScriptedToolSource] = []


def _create(services: ToolServices, changed: ToolsChanged) -> ScriptedToolSource:
    made.append(ScriptedToolSource(changed))
    return made[-1]


PLUGIN = ToolSourcePlugin(name="scripted", create=_create)


@pytest.fixture
async def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RunningServer]:
    """A server with a source, which a package of a third party brings."""
    metadata = tmp_path / "site" / "sources-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: sources\nVersion: 1.0\n")
    entry = f"[basicchat.tool_sources]\nscripted = {__name__}:PLUGIN\n"
    (metadata / "entry_points.txt").write_text(entry)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    async with running(settings_for(tmp_path)) as here:
        yield here
    # A source refers to its server.
    made.clear()


@pytest.fixture
def source(server: RunningServer) -> ScriptedToolSource:
    """The server's source."""
    return made[-1]


async def names(talk: Talk) -> set[str]:
    """The tools that a client is shown."""
    return {tool["name"] for tool in (await talk.call("tools/list"))["tools"]}


async def hear_changes(talk: Talk) -> None:
    """Have a client notified of changed lists of tools, as its era does it."""
    if talk.era == "modern":
        await talk.ask("subscriptions/listen", notifications={"toolsListChanged": True})
        await talk.said("notifications/subscriptions/acknowledged")
    else:
        assert talk.welcome["capabilities"]["tools"]["listChanged"] is True


@everywhere
async def test_users_see_their_own_tools_and_changes_of_them(
    ada: Person, bob: Person, source: ScriptedToolSource, way: str, era: str
) -> None:
    async with talking(ada, way, era) as hers, talking(bob, way, era) as his:
        await hear_changes(hers)
        await hear_changes(his)
        assert "notes" not in await names(hers)
        source.give(ada.user.id, ScriptedTool("notes"))
        await hers.said(CHANGED)
        assert "notes" in await names(hers)
        assert (await hers.tool("notes", text="a"))["content"][0]["text"] == "notes: a"
        assert "notes" not in await names(his)
        with pytest.raises(Refused, match="Unknown tool: notes"):
            await his.tool("notes", text="a")
        assert his.notes(CHANGED) == []
        source.give(ada.user.id)
        await hers.said(CHANGED)
        assert "notes" not in await names(hers)


async def test_the_api_offers_the_same_tools(
    ada: Person, bob: Person, source: ScriptedToolSource
) -> None:
    source.give(ada.user.id, ScriptedTool("notes"))
    assert "notes" in await _listed(ada)
    assert "notes" not in await _listed(bob)
    call: dict[str, Any] = {"name": "notes", "arguments": {"text": "a"}}
    assert (await ada.call("tool_execution", **call))["content"] == "notes: a"
    with pytest.raises(WireFailure, match="There is no tool notes"):
        await bob.call("tool_execution", **call)


async def _listed(who: Person) -> set[str]:
    return {tool["name"] for tool in (await who.call("tools.list"))["tools"]}


async def test_server_tools_are_never_replaced(ada: Person, source: ScriptedToolSource) -> None:
    source.give(ada.user.id, ScriptedTool("calculator"), ScriptedTool("ask"))
    async with talking(ada, "websocket") as talk:
        listed = (await talk.call("tools/list"))["tools"]
        titles = {tool["name"]: tool["title"] for tool in listed}
        assert (titles["calculator"], titles["ask"]) == ("Calculator", "Ask the assistant")
        assert len(titles) == len(listed)
        result = await talk.tool("calculator", expression="6*7")
        assert result["content"][0]["text"] == "42"


async def test_a_slow_source_delays_no_question(ada: Person, source: ScriptedToolSource) -> None:
    source.hang()
    async with asyncio.timeout(SECONDS):
        done = await ada.call("query", query="Where is food?")
        assert done["run_id"]
        async with talking(ada, "websocket") as talk:
            assert "calculator" in await names(talk)
    assert source.fetches == {ada.user.id: 1}
    source.go_on()
    source.give(ada.user.id, ScriptedTool("notes"))
    assert "notes" in await _listed(ada)
