"""Each tool's results are as its output schema says: of nothing, of much, and of what fails."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from basicchat.llm.extractive import Extractive
from support.mcp.client import Talk, everywhere, recorded
from support.mcp.official_client import add
from support.mcp.requests import Asked, Things, everything, settled, things_about
from support.mcp.wires import Message
from support.servers import running, settings_for
from support.users import Person, person


async def much(whose: Person) -> Things:
    """Documents, a conversation with answers, and a task."""
    first = await add(whose, "bees.txt", b"Bees dance to tell where food is.\n" * 1000)
    second = await add(whose, "pages.txt", b"One.\x0cTwo.\x0cThree.")
    turn = await whose.call("query", query="Where do bees find food?")
    await whose.call("query", query="Where else?", room_id=turn["room_id"])
    task_id = (await whose.call("tasks.list"))["tasks"][0]["task_id"]
    made = await whose.call("collections.create", name="Bees", description="All of them")
    collection_id = made["collection"]["collection_id"]
    return things_about(
        document_id=(first, second),
        document=first,
        first=first,
        second="pages.txt",
        document_ids=([first], [first, second]),
        collection_id=collection_id,
        collection_ids=([collection_id], [collection_id, whose.user.id]),
        conversation_id=turn["room_id"],
        run_id=turn["run_id"],
        task_id=task_id,
        id=(first, turn["room_id"]),
        after=second,
        query=("food", "bees", "nowhere"),
        question="Where do bees find food?",
        model="extractive",
    )


def nothing() -> Things:
    """What is not there."""
    ids = (
        "document_id",
        "document",
        "first",
        "second",
        "conversation_id",
        "run_id",
        "task_id",
        "collection_id",
    )
    absent = dict.fromkeys((*ids, "id", "after", "query", "question"), "absent")
    return things_about(**absent, document_ids=["absent"], collection_ids=["absent"])


def fitting(tool: Mapping[str, Any], asked: Asked, answer: Message) -> str:
    """Whether a call succeeded, its result being as the tool's schema says; which must hold."""
    told = answer["result"]
    result = told["result"] if "taskId" in told else told
    assert result["content"], asked
    if result.get("isError"):
        assert "structuredContent" not in result, asked
        return "error"
    jsonschema.validate(result["structuredContent"], tool["outputSchema"])
    jsonschema.validate(asked.params["arguments"], tool["inputSchema"])
    return "success"


async def calls(talk: Talk, things: Things, tools: Mapping[str, Any]) -> list[Asked]:
    """Calls of all tools; those that take something away come last."""
    asked = [each for each in await everything(talk, things) if each.method == "tools/call"]
    wrong = [
        # No argument is an object.
        Asked("tools/call", {"name": name, "arguments": {next(iter(_properties(tool))): {}}})
        for name, tool in tools.items()
    ]
    destructive = {name for name, tool in tools.items() if tool["annotations"]["destructiveHint"]}
    return [*wrong, *sorted(asked, key=lambda each: each.params["name"] in destructive)]


def _properties(tool: Mapping[str, Any]) -> Mapping[str, Any]:
    properties: Mapping[str, Any] = tool["inputSchema"]["properties"]
    return properties


@everywhere
async def test_results_match_their_schemas(tmp_path: Path, way: str, era: str) -> None:
    seen: dict[str, set[str]] = defaultdict(set)
    async with running(settings_for(tmp_path), Extractive()) as server:
        ada, eve = await person(server, "Ada"), await person(server, "Eve")
        for whose, things in ((eve, nothing()), (ada, await much(ada))):
            async with recorded(whose, way, era) as (talk, _):
                tools = {each["name"]: each for each in (await talk.call("tools/list"))["tools"]}
                for asked in await calls(talk, things, tools):
                    name = asked.params["name"]
                    seen[name].add(fitting(tools[name], asked, await settled(talk, asked)))
    assert {name: seen[name] for name in tools} == {name: {"success", "error"} for name in tools}


@pytest.mark.parametrize(("value", "problem"), [({"hits": []}, None), ({"hits": 1}, "hits")])
def test_the_schema_check_detects_mismatches(value: dict[str, Any], problem: str | None) -> None:
    schema = {"type": "object", "properties": {"hits": {"type": "array"}}}
    tool = {"outputSchema": schema, "inputSchema": {"type": "object"}}
    answer = {"result": {"content": [{}], "structuredContent": value}}
    asked = Asked("tools/call", {"arguments": {}})
    if problem is None:
        assert fitting(tool, asked, answer) == "success"
    else:
        with pytest.raises(jsonschema.ValidationError):
            fitting(tool, asked, answer)
