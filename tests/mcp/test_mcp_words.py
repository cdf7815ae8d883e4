"""Tools' errors speak of their arguments by the names that the tools give them."""

from typing import Any

import pytest

from support.mcp.client import Talk, everywhere, talking
from support.users import Person

# tool, arguments, what it says, the field
SAID: list[tuple[str, dict[str, Any], str, str | None]] = [
    ("ask", {"question": "?", "mode": "guessing"}, "mode: guessing is not available", "mode"),
    ("ask", {"question": "Again?", "idempotency_key": "k"}, "This idempotency_key was used", None),
    ("add_document", {"name": "a.txt"}, "text: give either text or data_base64", "text"),
    ("add_document", {"name": "a.txt", "data_base64": "!"}, "data_base64: ", "data_base64"),
    ("read_conversation", {"conversation_id": 7}, "conversation_id: ", "conversation_id"),
    ("post_message", {"conversation_id": "", "text": "x"}, "conversation_id: ", "conversation_id"),
]
OTHERS = ("client_msg_id", "reasoning_mode", "room_id")


async def error_of(talk: Talk, tool: str, arguments: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """What a call says that fails, to its model and to programs."""
    result = await talk.tool(tool, **arguments)
    assert result["isError"]
    return result["content"][0]["text"], result["_meta"]["basicchat/error"]


@everywhere
async def test_errors_use_argument_names_of_tools(ada: Person, way: str, era: str) -> None:
    async with talking(ada, way, era) as talk:
        await talk.tool("ask", question="Once?", idempotency_key="k")
        for tool, arguments, text, field in SAID:
            said, told = await error_of(talk, tool, arguments)
            assert said.startswith(text), (tool, arguments, said)
            assert told.get("field") == field, (tool, arguments, told)
            assert not any(each in f"{said} {told}" for each in OTHERS)


@pytest.mark.parametrize("era", ["legacy", "modern"])
async def test_a_few_resources_fit_on_one_page(ada: Person, era: str) -> None:
    await ada.call("rooms.create", name="Bees")
    async with talking(ada, "websocket", era) as talk:
        await talk.tool("add_document", name="bees.txt", text="Bees dance.\n")
        listed = await talk.call("resources/list")
    kinds = {each["uri"].split("/")[2] for each in listed["resources"]}
    assert kinds == {"document", "conversation"}
    assert "nextCursor" not in listed
