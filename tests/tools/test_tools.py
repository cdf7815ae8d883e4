"""The built-in tools: what they answer, and that errors are answers too."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from basicchat.domain.chat import ToolResult
from basicchat.domain.errors import UpstreamUnavailable
from basicchat.domain.passages import Hit
from basicchat.domain.plugins import ToolPlugin, ToolServices, discover
from basicchat.domain.ports import Tool, ToolContext
from basicchat.domain.search import Cited
from basicchat.domain.values import Actor, Scope, User

ANN = Actor(user=User(id="ann", name="Ann", role="owner"), session_id="s")
SCOPE = Scope(user_id="ann", collection_ids=("k1",), document_ids=("c", "d"))


async def scope() -> Scope:
    return SCOPE


CONTEXT = ToolContext(actor=ANN, scope=scope)


class Noon:
    """A clock that stands still."""

    def now(self) -> datetime:
        return datetime(2026, 11, 20, 12, 0, 5, tzinfo=UTC)

    def monotonic(self) -> float:
        return 0.0


class Shelf:
    """A retriever that remembers what it was asked."""

    def __init__(self, hits: tuple[Hit, ...] = (), *, broken: bool = False) -> None:
        self.asked: list[tuple[Scope, str, int]] = []
        self._hits = hits
        self._broken = broken

    async def search(
        self, scope: Scope, query: str, k: int, *, misspelt: bool = False
    ) -> tuple[Hit, ...]:
        self.asked.append((scope, query, k))
        if self._broken:
            raise UpstreamUnavailable("The index is away.", provider="x", hint="Wait.")
        return self._hits

    async def cite(self, scope: Scope, answer: str, hits: Sequence[Hit]) -> Cited:
        return Cited(citations=(), dropped=0)


def tool(name: str, shelf: Shelf | None = None) -> Tool:
    plugins = discover("basicchat.tools", "basicchat.tools", ToolPlugin)
    (plugin,) = [plugin for plugin in plugins if plugin.name == name]
    return plugin.create(ToolServices(retriever=shelf or Shelf(), clock=Noon()))


async def answer(name: str, arguments: dict[str, Any], shelf: Shelf | None = None) -> ToolResult:
    async with asyncio.timeout(60):
        return await tool(name, shelf).run(arguments, CONTEXT)


def test_each_tool_describes_its_parameters() -> None:
    for plugin in discover("basicchat.tools", "basicchat.tools", ToolPlugin):
        spec = plugin.create(ToolServices(retriever=Shelf(), clock=Noon())).spec
        assert spec.name == plugin.name
        assert spec.parameters["type"] == "object"
        assert spec.description


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("2 ** 10", 1024),
        ("2 ^ 10", 1024),
        ("-7 // 2", -4),
        ("10 % 4", 2),
        ("1 / 8", 0.125),
        ("sqrt(2) ** 2", pytest.approx(2)),
        ("round(pi, 2)", 3.14),
        ("max(1, 5, 3) - min(4, 2)", 3),
        ("log(e)", 1.0),
        ("2 ** 100", str(2**100)),
    ],
)
async def test_calculator(expression: str, value: object) -> None:
    result = await answer("calculator", {"expression": expression})
    assert not result.is_error
    assert result.structured == {"value": value}


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "1 +",
        "1 / 0",
        "9 ** 9 ** 9",
        "10 ** 400",
        "10.0 ** 400",
        "round(5, -999999999)",
        "(-8) ** 0.5",
        "sqrt(-1)",
        "factorial(9)",
        "x + 1",
        "'a' * 99",
        "[1, 2][0]",
        "(1).__class__",
        "().__class__.__bases__",
        "__import__('os').system('true')",
        "lambda: 1",
        "1 if 2 else 3",
        "sqrt",
        "max(*[1])",
        "1e999",
        "1+" * 300 + "1",
        "9" * 499,
        "\0",
    ],
)
async def test_calculator_refuses(expression: str) -> None:
    result = await answer("calculator", {"expression": expression})
    assert result.is_error
    assert result.content
    assert "Traceback" not in result.content


@pytest.mark.parametrize(
    ("arguments", "content"),
    [
        ({}, "Friday, 2026-11-20T12:00:05+00:00 (UTC)"),
        ({"time_zone": "Asia/Tokyo"}, "Friday, 2026-11-20T21:00:05+09:00 (Asia/Tokyo)"),
        ({"time_zone": "Pacific/Auckland"}, "Saturday, 2026-11-21T01:00:05+13:00"),
    ],
)
async def test_current_time(arguments: dict[str, Any], content: str) -> None:
    result = await answer("current_time", arguments)
    assert result.content.startswith(content)
    assert not result.is_error


@pytest.mark.parametrize(
    "zone", ["Mars/Olympus", "../../etc/passwd", "/etc/localtime", "a\0b", "."]
)
async def test_current_time_knows_no_such_zone(zone: str) -> None:
    assert (await answer("current_time", {"time_zone": zone})).is_error


async def test_search_is_limited_to_the_actors_scope() -> None:
    hit = Hit(document_id="d", title="Notes", text="cats", score=1.0, start=0, end=4, page=3)
    shelf = Shelf((hit,))
    result = await answer("search_documents", {"query": "cats", "k": 2}, shelf)
    assert shelf.asked == [(SCOPE, "cats", 2)]
    assert result.content == "[1] Notes, page 3\ncats"
    assert result.structured is not None
    assert result.structured["hits"][0]["document_id"] == "d"
    named = {"query": "cats", "document_ids": ["d", "e"], "k": 999}
    await answer("search_documents", named, shelf)
    assert shelf.asked[1] == (replace(SCOPE, document_ids=("d",)), "cats", 20)


async def test_search_answers_without_documents_or_index() -> None:
    nothing = await answer("search_documents", {"query": "cats"})
    assert (nothing.is_error, nothing.structured) == (False, {"hits": []})
    broken = await answer("search_documents", {"query": "cats"}, Shelf(broken=True))
    assert (broken.is_error, broken.content) == (True, "The index is away. Wait.")
