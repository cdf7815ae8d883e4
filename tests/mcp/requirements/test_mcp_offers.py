"""Requirements on tools, resources, prompts, completions and their lists."""

import base64
import json
import re
from typing import Any

import jsonschema

from support.mcp.client import Talk
from support.mcp.requirement_tests import proves, refused
from support.mcp.wires import WAYS

KINDS = {"text", "image", "audio", "resource", "resource_link"}


async def tools_of(talk: Talk) -> list[dict[str, Any]]:
    """All tools."""
    found: list[dict[str, Any]] = []
    page = await talk.call("tools/list")
    found += page["tools"]
    while "nextCursor" in page:
        page = await talk.call("tools/list", cursor=page["nextCursor"])
        found += page["tools"]
    return found


@proves("tools-list")
async def test_tools_are_listed(talk: Talk) -> None:
    for tool in await tools_of(talk):
        assert tool["description"]
        assert tool["inputSchema"]["type"] == "object"
        for schema in (tool["inputSchema"], tool.get("outputSchema", {"type": "object"})):
            jsonschema.Draft202012Validator.check_schema(schema)
            assert schema["type"] == "object"


def refs_in(schema: Any) -> list[str]:
    """What a schema refers to."""
    if isinstance(schema, list):
        return [ref for each in schema for ref in refs_in(each)]
    if not isinstance(schema, dict):
        return []
    own = [schema["$ref"]] if isinstance(schema.get("$ref"), str) else []
    return own + [ref for each in schema.values() for ref in refs_in(each)]


@proves("schemas-whole")
async def test_tools_have_valid_schemas(talk: Talk) -> None:
    schemas = [
        tool[kind]
        for tool in await tools_of(talk)
        for kind in ("inputSchema", "outputSchema")
        if kind in tool
    ]
    assert schemas
    for schema in schemas:
        jsonschema.Draft202012Validator.check_schema(schema)
        assert all(ref.startswith("#") for ref in refs_in(schema))


@proves("tool-names")
async def test_tool_names_are_valid(talk: Talk) -> None:
    names = [tool["name"] for tool in await tools_of(talk)]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[A-Za-z0-9_.\-]{1,128}", name) for name in names)


@proves("tools-order")
async def test_lists_are_equal_on_all_connections(
    talk: Talk, server: tuple[str, str], way: str
) -> None:
    lists = ("tools/list", "prompts/list", "resources/templates/list")
    before = [await talk.call(method) for method in lists]
    await talk.tool("test_simple_text")
    assert [await talk.call(method) for method in lists] == before
    async with WAYS[way](*server) as wire:
        other = Talk(wire, talk.era)
        await other.greet()
        assert [await other.call(method) for method in lists] == before


@proves("task-ignored")
async def test_a_call_that_wants_a_task(talk: Talk) -> None:
    assert "tasks" not in talk.welcome["capabilities"]
    wanted = {"name": "test_simple_text", "arguments": {}, "task": {"ttl": 60_000}}
    assert (await talk.call("tools/call", **wanted))["content"]


@proves("tools-call")
async def test_a_call(talk: Talk) -> None:
    done = await talk.tool("test_simple_text")
    text = "This is a simple text response for testing."
    assert done["content"] == [{"type": "text", "text": text}]
    assert not done.get("isError")


@proves("tool-content")
async def test_content_types(talk: Talk) -> None:
    for name in ("test_image_content", "test_audio_content", "test_multiple_content_types"):
        content = (await talk.tool(name))["content"]
        assert content
        assert {block["type"] for block in content} <= KINDS
        for block in content:
            if block["type"] in ("image", "audio"):
                assert base64.b64decode(block["data"], validate=True)
                assert block["mimeType"].startswith(block["type"])


@proves("structured-content")
async def test_structured_content_matches_its_schema(talk: Talk) -> None:
    tools = {tool["name"]: tool for tool in await tools_of(talk)}
    for name, arguments in {
        "list_collections": {},
        "list_documents": {},
        "search_documents": {"query": "bees"},
        "calculator": {"expression": "6*7"},
    }.items():
        done = await talk.tool(name, **arguments)
        jsonschema.validate(done["structuredContent"], tools[name]["outputSchema"])
        assert done["content"]


@proves("tool-errors")
async def test_a_tool_that_fails(talk: Talk) -> None:
    done = await talk.tool("test_error_handling")
    assert done["isError"] is True
    assert done["content"][0]["text"]


@proves("tool-arguments")
async def test_invalid_arguments(talk: Talk) -> None:
    done = await talk.tool("search_documents", query=7)
    assert done["isError"] is True
    assert "query" in done["content"][0]["text"]


@proves("unknown-tool")
async def test_an_unknown_tool(talk: Talk) -> None:
    assert (await refused(talk, "tools/call", name="dance", arguments={})).code == -32602


@proves("resources-list")
async def test_resources(talk: Talk) -> None:
    found = {each["uri"]: each for each in (await talk.call("resources/list"))["resources"]}
    assert found["test://static-text"]["mimeType"] == "text/plain"
    assert all(each["name"] for each in found.values())


@proves("resources-read")
async def test_a_text(talk: Talk) -> None:
    (content,) = (await talk.call("resources/read", uri="test://static-text"))["contents"]
    assert (content["uri"], content["mimeType"]) == ("test://static-text", "text/plain")
    assert content["text"] == "This is the content of the static text resource."


@proves("resources-binary")
async def test_bytes(talk: Talk) -> None:
    (content,) = (await talk.call("resources/read", uri="test://static-binary"))["contents"]
    assert base64.b64decode(content["blob"], validate=True).startswith(b"\x89PNG")


@proves("templates")
async def test_templates(talk: Talk) -> None:
    templates = (await talk.call("resources/templates/list"))["resourceTemplates"]
    assert "test://template/{id}/data" in [each["uriTemplate"] for each in templates]
    (content,) = (await talk.call("resources/read", uri="test://template/9/data"))["contents"]
    assert json.loads(content["text"])["id"] == "9"


@proves("resource-missing")
async def test_an_unknown_resource(talk: Talk) -> None:
    uri = "test://nothing"
    error = await refused(talk, "resources/read", uri=uri)
    assert error.code == (-32602 if talk.era == "modern" else -32002)
    assert error.data["uri"] == uri


@proves("resource-uris")
async def test_resource_uris(talk: Talk) -> None:
    for each in (await talk.call("resources/list"))["resources"]:
        assert re.fullmatch(r"[a-z][a-z0-9+.-]*://[!-~]+", each["uri"])


@proves("subscribe-missing")
async def test_subscribing_to_an_unknown_resource(plain: Talk) -> None:
    for uri in ("test://nothing", "basicchat://document/none", "basicchat://conversation/none"):
        assert (await refused(plain, "resources/subscribe", uri=uri)).code == -32002


@proves("resource-subscribe")
async def test_subscribing(plain: Talk) -> None:
    uri = "test://watched-resource"
    assert await plain.call("resources/subscribe", uri=uri) == {}
    assert await plain.call("resources/unsubscribe", uri=uri) == {}


@proves("prompts-list")
async def test_prompts(talk: Talk) -> None:
    found = {each["name"]: each for each in (await talk.call("prompts/list"))["prompts"]}
    arguments = found["test_prompt_with_arguments"]["arguments"]
    assert [(each["name"], each["required"]) for each in arguments] == [
        ("arg1", True),
        ("arg2", True),
    ]


@proves("prompts-get")
async def test_a_prompt(talk: Talk) -> None:
    told = {"arg1": "one", "arg2": "two"}
    got = await talk.call("prompts/get", name="test_prompt_with_arguments", arguments=told)
    (message,) = got["messages"]
    assert message["role"] == "user"
    assert "one" in message["content"]["text"]
    assert "two" in message["content"]["text"]


@proves("prompt-content")
async def test_prompt_contents(talk: Talk) -> None:
    shown = (await talk.call("prompts/get", name="test_prompt_with_image"))["messages"]
    (image,) = (each["content"] for each in shown if each["content"]["type"] == "image")
    assert base64.b64decode(image["data"], validate=True)
    assert image["mimeType"] == "image/png"
    about = {"resourceUri": "test://here"}
    name = "test_prompt_with_embedded_resource"
    shown = (await talk.call("prompts/get", name=name, arguments=about))["messages"]
    (block,) = (each["content"] for each in shown if each["content"]["type"] == "resource")
    assert block["resource"]["uri"] == "test://here"
    assert block["resource"]["mimeType"]
    assert block["resource"]["text"]


@proves("prompt-arguments")
async def test_a_prompt_without_required_arguments(talk: Talk) -> None:
    error = await refused(talk, "prompts/get", name="test_prompt_with_arguments")
    assert error.code == -32602


@proves("unknown-prompt")
async def test_an_unknown_prompt(talk: Talk) -> None:
    assert (await refused(talk, "prompts/get", name="dance")).code == -32602


@proves("completion")
async def test_completion(talk: Talk) -> None:
    reference = {"type": "ref/prompt", "name": "test_prompt_with_arguments"}
    argument = {"name": "arg1", "value": "t"}
    found = (await talk.call("completion/complete", ref=reference, argument=argument))["completion"]
    assert len(found["values"]) <= 100
    assert found.get("total", 0) >= len(found["values"])


@proves("completion-unknown")
async def test_completion_of_an_unknown_prompt(talk: Talk) -> None:
    reference = {"type": "ref/prompt", "name": "dance"}
    argument = {"name": "arg1", "value": "t"}
    error = await refused(talk, "completion/complete", ref=reference, argument=argument)
    assert error.code == -32602


@proves("cursor-invalid")
async def test_an_invalid_cursor(talk: Talk) -> None:
    for method in ("tools/list", "prompts/list", "resources/list", "resources/templates/list"):
        assert (await refused(talk, method, cursor="made up")).code == -32602


@proves("cache-hints")
async def test_cache_hints(plain: Talk) -> None:
    lists = ("tools/list", "prompts/list", "resources/list", "resources/templates/list")
    read = ("resources/read", {"uri": "test://static-text"})
    asked = [*((method, {}) for method in lists), ("server/discover", {}), read]
    for method, params in asked:
        told = await plain.call(method, **params)
        assert isinstance(told["ttlMs"], int)
        assert told["ttlMs"] >= 0
        assert told["cacheScope"] in ("public", "private")
