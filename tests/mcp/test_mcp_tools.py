"""Tools, in both eras: what they are, what they do, and for whom."""

import jsonschema
import pytest
from mcp.shared.exceptions import MCPError

from support.mcp.official_client import Kind, add, every_kind, text_of, visiting
from support.users import Person

BEES = b"Bees dance to tell where food is.\n"
WASPS = b"Wasps build nests of paper.\n"


@every_kind
async def test_tools_have_schemas_and_annotations(ada: Person, kind: Kind) -> None:
    async with visiting(ada, kind) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert {"search_documents", "list_documents"} <= set(tools)
    for tool in tools.values():
        assert tool.title
        assert tool.description
        assert tool.annotations is not None
        jsonschema.Draft202012Validator.check_schema(tool.input_schema)
        assert tool.input_schema["type"] == "object"
        if tool.output_schema is not None:
            jsonschema.Draft202012Validator.check_schema(tool.output_schema)


@every_kind
async def test_users_search_their_own_documents(ada: Person, bob: Person, kind: Kind) -> None:
    await add(ada, "bees.txt", BEES)
    theirs = await add(bob, "wasps.txt", WASPS)
    async with visiting(ada, kind) as client:
        found = await client.call_tool("search_documents", {"query": "bees wasps"})
        assert found.structured_content is not None
        assert [hit["title"] for hit in found.structured_content["hits"]] == ["bees.txt"]
        assert "Bees dance" in text_of(found)
        listed = await client.call_tool("list_documents", {})
        assert theirs not in repr(listed)
        asked = {"query": "wasps", "document_ids": [theirs]}
        refused = await client.call_tool("search_documents", asked)
        assert refused.is_error
        assert "wasps" not in text_of(refused).lower()


WRONG = [
    ("search_documents", {}, "query"),
    ("search_documents", {"query": 7}, "query"),
    ("search_documents", {"query": "x", "limit": 0}, "limit"),
    ("list_documents", {"limit": "many"}, "limit"),
]


@every_kind
async def test_invalid_arguments_are_results(ada: Person, kind: Kind) -> None:
    async with visiting(ada, kind) as client:
        for name, arguments, field in WRONG:
            refused = await client.call_tool(name, arguments)
            assert refused.is_error, (name, arguments)
            assert field in text_of(refused)
        with pytest.raises(MCPError, match="Unknown tool: nothing"):
            await client.call_tool("nothing", {})
