"""The tools of each user: fetched once, kept until they change, and never waited for long."""

import asyncio
from collections.abc import Sequence

import pytest

from basicchat.domain.errors import Conflict
from basicchat.domain.ports import Tool
from basicchat.domain.tools import ToolsChanged
from basicchat.domain.values import Actor, Scope, User
from basicchat.engine.tool_calls import call_tool
from basicchat.engine.tool_catalog import MAX_TOOLS_PER_SOURCE, ToolCatalog
from basicchat.testing.scripted_tools import ScriptedTool, ScriptedToolSource
from support.servers import SECONDS

SHORT = 0.01


def user(name: str) -> Actor:
    return Actor(user=User(id=name, name=name, role="member"), session_id="s")


ADA, BOB = user("ada"), user("bob")


async def nothing() -> Scope:
    return Scope(user_id=None)


def catalog_of(
    *names: str, fetch_seconds: float = SECONDS, retry_seconds: float = 0.0, built_in: Sequence = ()
) -> tuple[ToolCatalog, list[ScriptedToolSource]]:
    """A catalog of scripted sources, and the sources."""
    sources: list[ScriptedToolSource] = []

    def create(name: str, changed: ToolsChanged) -> ScriptedToolSource:
        sources.append(ScriptedToolSource(changed, name))
        return sources[-1]

    catalog = ToolCatalog(
        built_in,
        [lambda changed, name=name: create(name, changed) for name in names],
        fetch_seconds=fetch_seconds,
        retry_seconds=retry_seconds,
    )
    return catalog, sources


def answer(tool: Tool | None) -> str:
    assert isinstance(tool, ScriptedTool)
    return tool._prefix


async def test_each_user_has_their_own_tools() -> None:
    catalog, (source,) = catalog_of("one", built_in=[ScriptedTool("calculator")])
    source.give("ada", ScriptedTool("notes"))
    assert list(await catalog.tools(ADA)) == ["calculator", "notes"]
    assert list(await catalog.tools(BOB)) == ["calculator"]
    assert await catalog.find(ADA, "notes") is not None
    assert await catalog.find(BOB, "notes") is None


async def test_a_list_is_fetched_once_until_it_changes() -> None:
    catalog, (source,) = catalog_of("one")
    changes: list[str | None] = []
    catalog.watch(changes.append)
    for _ in range(3):
        await catalog.tools(ADA)
        await catalog.tools(BOB)
    assert source.fetches == {"ada": 1, "bob": 1}
    source.give("ada", ScriptedTool("notes"))
    assert "notes" in await catalog.tools(ADA)
    await catalog.tools(BOB)
    assert source.fetches == {"ada": 2, "bob": 1}
    source.announce()
    await catalog.tools(BOB)
    assert source.fetches == {"ada": 2, "bob": 2}
    assert changes == ["ada", None]


async def test_questions_at_the_same_time_share_a_fetch() -> None:
    catalog, (source,) = catalog_of("one")
    await asyncio.gather(*(catalog.tools(ADA) for _ in range(20)))
    assert source.fetches == {"ada": 1}


async def test_a_change_during_a_fetch_is_not_lost() -> None:
    catalog, (source,) = catalog_of("one")
    source.hang()
    async with asyncio.TaskGroup() as group:
        early = group.create_task(catalog.tools(ADA))
        await source.fetching.wait()
        source.give("ada", ScriptedTool("notes"))
        source.go_on()
    assert early.result() == {}
    assert "notes" in await catalog.tools(ADA)


async def test_a_slow_source_delays_nobody_twice_and_hides_no_other() -> None:
    catalog, (slow, quick) = catalog_of("a", "b", fetch_seconds=SHORT, retry_seconds=SECONDS)
    slow.hang()
    quick.give("ada", ScriptedTool("notes"))
    async with asyncio.timeout(SECONDS):
        for _ in range(3):
            assert list(await catalog.tools(ADA)) == ["notes"]
    assert slow.fetches == {"ada": 1}
    slow.go_on()
    # A change says that it is worth asking again.
    slow.give("ada", ScriptedTool("mail"))
    assert list(await catalog.tools(ADA)) == ["mail", "notes"]


async def test_known_tools_are_offered_while_a_source_fails() -> None:
    catalog, (source,) = catalog_of("one")
    source.give("ada", ScriptedTool("notes"))
    await catalog.tools(ADA)
    source.failure = RuntimeError("down")
    source.announce()
    assert list(await catalog.tools(ADA)) == ["notes"]
    source.failure = None
    source.give("ada")
    assert await catalog.tools(ADA) == {}


async def test_of_two_tools_with_one_name_the_first_is_offered() -> None:
    ours = ScriptedTool("same", "built-in")
    catalog, (b, a) = catalog_of("b", "a", built_in=[ours])
    b.give("ada", ScriptedTool("same", "b"), ScriptedTool("shared", "b"))
    a.give("ada", ScriptedTool("same", "a"), ScriptedTool("shared", "a"))
    tools = await catalog.tools(ADA)
    assert {name: answer(tool) for name, tool in tools.items()} == {
        "same": "built-in",
        "shared": "a",
    }
    assert answer(await catalog.find(ADA, "same")) == "built-in"
    assert answer(await catalog.find(ADA, "shared")) == "a"


def test_names_that_must_be_unique() -> None:
    with pytest.raises(Conflict):
        ToolCatalog([ScriptedTool("same"), ScriptedTool("same")])
    with pytest.raises(Conflict):
        catalog_of("one", "one")


async def test_a_source_is_bounded() -> None:
    catalog, (source,) = catalog_of("one")
    source.give("ada", ScriptedTool("no name"), ScriptedTool("x" * 65), ScriptedTool("fine"))
    assert list(await catalog.tools(ADA)) == ["fine"]
    source.give("ada", *(ScriptedTool(f"t{n}") for n in range(MAX_TOOLS_PER_SOURCE + 5)))
    assert len(await catalog.tools(ADA)) == MAX_TOOLS_PER_SOURCE


async def test_a_users_tool_is_called_for_them_alone() -> None:
    catalog, (source,) = catalog_of("one")
    source.give("ada", ScriptedTool("notes"))
    hers = await call_tool(catalog, "notes", {"text": "a"}, ADA, nothing)
    assert (hers.content, hers.is_error) == ("notes: a", False)
    his = await call_tool(catalog, "notes", {"text": "a"}, BOB, nothing)
    assert his.is_error
    assert "There is no tool notes" in his.content
