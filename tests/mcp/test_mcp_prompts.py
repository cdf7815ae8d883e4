"""Prompts, in both eras."""

import mcp_types as types
import pytest
from mcp.shared.exceptions import MCPError

from support.mcp.official_client import Kind, add, every_kind, visiting
from support.users import Person

BEES = b"Bees dance to tell where food is.\n"
WASPS = b"Wasps build nests of paper.\n"
GOOD = [
    ("ask-my-documents", {"question": "Where is food?"}, "Bees dance"),
    ("summarise-document", {"document": "bees.txt", "length": "short"}, "three sentences"),
    ("compare-documents", {"first": "bees.txt", "second": "wasps.txt"}, "nests of paper"),
    ("deep-research", {"topic": "insects"}, "wasps.txt"),
]
WRONG = [
    ("nothing", {}, "Unknown prompt"),
    ("ask-my-documents", {}, "question"),
    ("ask-my-documents", {"question": " "}, "question"),
    ("ask-my-documents", {"question": "x" * 20_001}, "longer than"),
    ("summarise-document", {"document": "hornets.txt"}, "There is no document"),
]


def words(result: types.GetPromptResult) -> str:
    """All that a prompt says and shows."""
    blocks = [message.content for message in result.messages]
    return "\n".join(
        block.text
        if isinstance(block, types.TextContent)
        else block.resource.text
        if isinstance(block, types.EmbeddedResource)
        and isinstance(block.resource, types.TextResourceContents)
        else ""
        for block in blocks
    )


@every_kind
async def test_prompts_contain_their_documents(ada: Person, bob: Person, kind: Kind) -> None:
    await add(ada, "bees.txt", BEES)
    await add(ada, "wasps.txt", WASPS)
    await add(bob, "hornets.txt", b"Hornets hunt bees.\n")
    async with visiting(ada, kind) as client:
        listed = {prompt.name for prompt in (await client.list_prompts()).prompts}
        assert listed == {name for name, _, _ in GOOD}
        for name, arguments, expected in GOOD:
            made = words(await client.get_prompt(name, arguments))
            assert expected in made
            assert "ornets" not in made
        for name, arguments, problem in WRONG:
            with pytest.raises(MCPError, match=problem):
                await client.get_prompt(name, arguments)


@every_kind
async def test_arguments_are_completed(ada: Person, bob: Person, kind: Kind) -> None:
    await add(ada, "bees.txt", BEES)
    await add(bob, "beetles.txt", WASPS)
    rows = [
        ("summarise-document", "document", "bee", ["bees.txt"]),
        ("summarise-document", "length", "s", ["short"]),
        ("compare-documents", "second", "", ["bees.txt"]),
        ("deep-research", "topic", "x", []),
    ]
    async with visiting(ada, kind) as client:
        for name, argument, typed, expected in rows:
            ref = types.PromptReference(type="ref/prompt", name=name)
            found = await client.complete(ref, {"name": argument, "value": typed})
            assert found.completion.values == expected
