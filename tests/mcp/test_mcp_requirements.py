"""Each requirement of both revisions, over HTTP, WebSocket and stdio."""

import ast
import base64
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from requirements import BATCHING, MODERN, PROVEN_ELSEWHERE, REQUIREMENTS, Elsewhere

from support.mcp.client import EXTENSION, Refused, Talk
from support.mcp.conformance_suite import fixture_server, owner_token
from support.mcp.sockets import hello, modern, note, request
from support.mcp.wires import WAYS

PROVEN: dict[str, list[str]] = {}
KINDS = {"text", "image", "audio", "resource", "resource_link"}


def proves(name: str) -> Callable[[Any], Any]:
    """Tie a test to a requirement; it runs over every way, in each era that asks for it."""
    revisions = REQUIREMENTS[name].revisions
    eras = ["modern" if each == MODERN else "legacy" for each in revisions]

    def mark(test: Any) -> Any:
        PROVEN.setdefault(name, []).append(test.__name__)
        return pytest.mark.parametrize("era", eras)(pytest.mark.parametrize("way", WAYS)(test))

    return mark


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A real server with things to find, and the owner's token."""
    home = tmp_path_factory.mktemp("requirements")
    with fixture_server(home) as url:
        yield url, owner_token(home)


@pytest.fixture
async def raw(server: tuple[str, str], way: str, era: str) -> AsyncIterator[Talk]:
    """A client that has said nothing."""
    async with WAYS[way](*server) as wire:
        yield Talk(wire, era)


@pytest.fixture
async def talk(raw: Talk) -> Talk:
    """A client that can do everything."""
    await raw.greet(roots={}, sampling={}, elicitation={"form": {}})
    return raw


@pytest.fixture
async def plain(raw: Talk) -> Talk:
    """A client that can do nothing of its own."""
    await raw.greet()
    return raw


async def refused(talk: Talk, method: str, /, **params: Any) -> Refused:
    """What a request is refused with."""
    with pytest.raises(Refused) as error:
        await talk.call(method, **params)
    assert isinstance(error.value.code, int)
    assert str(error.value)
    return error.value


async def answer_to(talk: Talk, raw_message: Any) -> dict[str, Any]:
    """What is answered to something that is no request."""
    await talk.wire.send(raw_message)
    while "method" in (message := await talk.wire.receive()):
        pass
    return message


def test_every_requirement_is_proven() -> None:
    assert set(PROVEN) == set(REQUIREMENTS)


@pytest.mark.parametrize("row", PROVEN_ELSEWHERE, ids=lambda row: row.text)
def test_what_is_proven_elsewhere_is(row: Elsewhere) -> None:
    file, _, name = row.test.partition("::")
    tree = ast.parse((Path(__file__).parents[1] / file).read_text())
    assert name in {node.name for node in tree.body if isinstance(node, ast.AsyncFunctionDef)}


@proves("response-id")
async def test_ids_come_back(talk: Talk) -> None:
    for number in (7, "seven", 0, ""):
        message = modern(number, "tools/list") if talk.era == "modern" else request(number, "ping")
        await talk.wire.send(message)
        assert "result" in (answer := await talk.wire.receive())
        assert answer["id"] == number
        assert type(answer["id"]) is type(number)


@proves("parse-error")
async def test_no_json(talk: Talk) -> None:
    assert (await answer_to(talk, "{no"))["error"]["code"] == -32700


@proves("invalid-request")
async def test_no_message(talk: Talk) -> None:
    for broken in ({"id": 1, "method": "ping"}, {"jsonrpc": "1.0", "id": 1, "method": "ping"}, 7):
        answer = await answer_to(talk, json.dumps(broken))
        assert answer["error"]["code"] in (-32600, -32602, -32700)
    assert await talk.call("tools/list")


@proves("null-id")
async def test_an_id_that_is_null(talk: Talk) -> None:
    answer = await answer_to(talk, json.dumps(request(None, "tools/list")))
    assert answer["error"]["code"] in (-32600, -32602, -32700)
    assert await talk.call("tools/list")


@proves("no-batches")
async def test_a_batch(talk: Talk) -> None:
    answer = await answer_to(talk, json.dumps([request(1, "tools/list")]))
    assert answer["error"]["code"] in (-32600, -32602, -32700)
    assert await talk.call("tools/list")


PINGS = [request("a", "ping"), note("notifications/initialized"), request("b", "ping")]


@proves("batches")
async def test_a_batch_where_there_were_batches(raw: Talk) -> None:
    await raw.greet(BATCHING)
    await raw.wire.send(json.dumps([*PINGS, request("c", "tools/dance")]))
    answers = {each["id"]: each for each in await raw.batch()}
    assert answers.keys() == {"a", "b", "c"}
    assert answers["a"]["result"] == answers["b"]["result"] == {}
    assert answers["c"]["error"]["code"] == -32601


@proves("batched-notes")
async def test_a_batch_that_asks_for_no_answer(raw: Talk) -> None:
    await raw.greet(BATCHING)
    await raw.wire.send(json.dumps([note("notifications/initialized")] * 3))
    assert await raw.call("ping") == {}


@proves("batched-handshake")
async def test_a_handshake_in_a_batch(raw: Talk) -> None:
    answer = await answer_to(raw, json.dumps([hello(1, BATCHING)]))
    assert answer["error"]["code"] == -32600
    await raw.greet(BATCHING)
    await raw.wire.send(json.dumps([hello(1, BATCHING), request("a", "ping")]))
    answers = {each["id"]: each for each in await raw.batch()}
    assert answers[1]["error"]["code"] == -32600
    assert answers["a"]["result"] == {}


@proves("method-not-found")
async def test_an_unknown_method(talk: Talk) -> None:
    assert (await refused(talk, "tools/dance")).code == -32601


@proves("invalid-params")
async def test_wrong_parameters(talk: Talk) -> None:
    assert (await refused(talk, "tools/call", name="greet", arguments=[])).code == -32602
    assert (await refused(talk, "completion/complete", ref=7)).code == -32602


@proves("no-answer-to-notifications")
async def test_notifications(talk: Talk) -> None:
    for method in ("notifications/dance", "notifications/progress", "notifications/initialized"):
        await talk.wire.send(note(method))
    await talk.wire.send(note("tools/list"))
    number = await talk.ask("tools/list")
    answers = [await talk.wire.receive()]
    while answers[-1].get("id") != number:
        answers.append(await talk.wire.receive())
    assert not [each for each in answers if each.get("id") not in (number, None)]


@proves("utf-8")
async def test_letters(talk: Talk) -> None:
    for name in ("Jürgen \u2028 蜂 🐝", "two\nlines\r\n", "a\u0000b"):
        said = (await talk.tool("greet", name=name))["content"][0]["text"]
        assert said == f"Hello, {name}!"


@proves("directions")
async def test_ids_of_both_directions(talk: Talk) -> None:
    number = await talk.ask("tools/call", name="test_elicitation", arguments={"message": "Well?"})
    asked = await talk.said("elicitation/create")
    await talk.wire.send(request(asked["id"], "ping"))
    assert await talk.result(asked["id"]) == {}
    declined = {"action": "decline"}
    await talk.wire.send({"jsonrpc": "2.0", "id": asked["id"], "result": declined})
    assert "decline" in (await talk.result(number))["content"][0]["text"]


RESERVED = {*range(-32019, -31999), -32042}


@proves("error-codes")
async def test_codes(plain: Talk) -> None:
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("dance", {}),
        ("resources/read", {"uri": "test://nothing"}),
        ("resources/read", {"uri": "basicchat://document/none"}),
        ("tools/call", {"name": "none"}),
        ("tools/call", {"name": "failing_job"}),
        ("prompts/get", {"name": "none"}),
        ("prompts/get", {"name": "summarise-document", "arguments": {"document": "none"}}),
        ("tasks/get", {"taskId": "none"}),
        ("subscriptions/listen", {"notifications": {"taskIds": ["none"]}}),
    ]
    for method, params in wrong:
        assert (await refused(plain, method, **params)).code not in RESERVED, method


@proves("concurrent")
async def test_a_request_overtakes_another(talk: Talk) -> None:
    slow = await talk.ask("tools/call", name="slow_compute", arguments={"seconds": 60})
    assert (await talk.call("tools/list"))["tools"]
    await talk.wire.cancel(slow)


@proves("initialize")
async def test_the_handshake(plain: Talk) -> None:
    told = plain.welcome
    assert told["protocolVersion"] == "2025-11-25"
    assert told["serverInfo"]["name"] == "basicchat"
    assert told["serverInfo"]["version"]
    assert {"tools", "resources", "prompts", "completions", "logging"} <= set(told["capabilities"])


@proves("version-agreed")
async def test_known_revisions(raw: Talk) -> None:
    await raw.greet("2025-06-18")
    assert raw.welcome["protocolVersion"] == "2025-06-18"


@proves("version-offered")
async def test_unknown_revisions(raw: Talk) -> None:
    await raw.greet("1999-01-01")
    assert raw.welcome["protocolVersion"] == "2025-11-25"


@proves("ping")
async def test_a_ping(plain: Talk) -> None:
    assert await plain.call("ping") == {}


@proves("discover")
async def test_discovering(plain: Talk) -> None:
    found = await plain.call("server/discover")
    assert found["supportedVersions"] == ["2026-07-28"]
    declared = {"tools", "resources", "prompts", "completions", "logging"}
    assert declared <= set(found["capabilities"])


@proves("server-identity")
async def test_who_answers(plain: Talk) -> None:
    for method in ("server/discover", "tools/list"):
        meta = (await plain.call(method))["_meta"]
        assert meta["io.modelcontextprotocol/serverInfo"]["name"] == "basicchat"


@proves("meta-required")
async def test_metadata_is_needed(plain: Talk) -> None:
    await plain.call("server/discover")
    await plain.wire.send(request("bare", "tools/list"))
    with pytest.raises(Refused) as error:
        await plain.result("bare")
    assert error.value.code == -32602


@proves("version-unknown")
async def test_a_revision_of_the_future(plain: Talk) -> None:
    version = {"io.modelcontextprotocol/protocolVersion": "2199-01-01"}
    error = await refused(plain, "tools/list", _meta=version)
    assert error.code == -32022
    assert error.data["requested"] == "2199-01-01"
    assert "2026-07-28" in error.data["supported"]


@proves("result-type")
async def test_results_say_what_they_are(talk: Talk) -> None:
    for method in ("server/discover", "tools/list", "resources/list", "prompts/list"):
        assert (await talk.call(method))["resultType"] == "complete"
    assert (await talk.tool("test_simple_text"))["resultType"] == "complete"


@proves("removed-methods")
async def test_methods_of_handshakes(plain: Talk) -> None:
    await plain.call("server/discover")
    uri = {"uri": "test://static-text"}
    gone = {"ping": {}, "logging/setLevel": {"level": "info"}, "resources/subscribe": uri}
    gone |= {"tasks/list": {}, "tasks/result": {"taskId": "x"}}
    for method, params in {**gone, "resources/unsubscribe": uri}.items():
        assert (await refused(plain, method, **params)).code == -32601


@proves("stateless")
async def test_what_was_declared_before(talk: Talk) -> None:
    """What a client could do in one request says nothing of the next."""
    assert (await talk.tool(INPUT))["resultType"] == "input_required"
    talk.capabilities = {}
    assert (await refused(talk, "tools/call", name=INPUT, arguments={})).code == -32021


@proves("extension-undeclared")
async def test_without_an_extension(talk: Talk) -> None:
    done = await talk.tool("slow_compute", seconds=0)
    assert done["resultType"] == "complete"
    talk.capabilities = {"extensions": {EXTENSION: {}}}
    assert (await talk.tool("slow_compute", seconds=0))["resultType"] == "task"


@proves("capabilities-served")
async def test_what_is_declared_is_there(talk: Talk) -> None:
    told = talk.welcome if talk.era == "legacy" else await talk.call("server/discover")
    lists = {"tools": "tools", "resources": "resources", "prompts": "prompts"}
    for capability, key in lists.items():
        assert capability in told["capabilities"]
        assert (await talk.call(f"{capability}/list"))[key]


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
async def test_tools(talk: Talk) -> None:
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
async def test_schemas(talk: Talk) -> None:
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
async def test_names_of_tools(talk: Talk) -> None:
    names = [tool["name"] for tool in await tools_of(talk)]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[A-Za-z0-9_.\-]{1,128}", name) for name in names)


@proves("tools-order")
async def test_lists_are_the_same_everywhere(talk: Talk, server: tuple[str, str], way: str) -> None:
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
async def test_kinds_of_content(talk: Talk) -> None:
    for name in ("test_image_content", "test_audio_content", "test_multiple_content_types"):
        content = (await talk.tool(name))["content"]
        assert content
        assert {block["type"] for block in content} <= KINDS
        for block in content:
            if block["type"] in ("image", "audio"):
                assert base64.b64decode(block["data"], validate=True)
                assert block["mimeType"].startswith(block["type"])


@proves("structured-content")
async def test_structured_content(talk: Talk) -> None:
    tools = {tool["name"]: tool for tool in await tools_of(talk)}
    for name, arguments in {
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
async def test_wrong_arguments(talk: Talk) -> None:
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
async def test_a_resource_that_is_not_there(talk: Talk) -> None:
    uri = "test://nothing"
    error = await refused(talk, "resources/read", uri=uri)
    assert error.code == (-32602 if talk.era == "modern" else -32002)
    assert error.data["uri"] == uri


@proves("resource-uris")
async def test_addresses(talk: Talk) -> None:
    for each in (await talk.call("resources/list"))["resources"]:
        assert re.fullmatch(r"[a-z][a-z0-9+.-]*://[!-~]+", each["uri"])


@proves("subscribe-missing")
async def test_subscribing_to_nothing(plain: Talk) -> None:
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
async def test_what_prompts_show(talk: Talk) -> None:
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
async def test_a_prompt_without_its_arguments(talk: Talk) -> None:
    error = await refused(talk, "prompts/get", name="test_prompt_with_arguments")
    assert error.code == -32602


@proves("unknown-prompt")
async def test_an_unknown_prompt(talk: Talk) -> None:
    assert (await refused(talk, "prompts/get", name="dance")).code == -32602


@proves("completion")
async def test_completing(talk: Talk) -> None:
    reference = {"type": "ref/prompt", "name": "test_prompt_with_arguments"}
    argument = {"name": "arg1", "value": "t"}
    found = (await talk.call("completion/complete", ref=reference, argument=argument))["completion"]
    assert len(found["values"]) <= 100
    assert found.get("total", 0) >= len(found["values"])


@proves("completion-unknown")
async def test_completing_what_is_not_there(talk: Talk) -> None:
    reference = {"type": "ref/prompt", "name": "dance"}
    argument = {"name": "arg1", "value": "t"}
    error = await refused(talk, "completion/complete", ref=reference, argument=argument)
    assert error.code == -32602


@proves("cursor-invalid")
async def test_a_cursor_of_ones_own(talk: Talk) -> None:
    for method in ("tools/list", "prompts/list", "resources/list", "resources/templates/list"):
        assert (await refused(talk, method, cursor="made up")).code == -32602


@proves("cache-hints")
async def test_how_long_things_keep(plain: Talk) -> None:
    lists = ("tools/list", "prompts/list", "resources/list", "resources/templates/list")
    read = ("resources/read", {"uri": "test://static-text"})
    asked = [*((method, {}) for method in lists), ("server/discover", {}), read]
    for method, params in asked:
        told = await plain.call(method, **params)
        assert isinstance(told["ttlMs"], int)
        assert told["ttlMs"] >= 0
        assert told["cacheScope"] in ("public", "private")


@proves("progress")
async def test_progress(talk: Talk) -> None:
    await talk.tool("test_tool_with_progress", token="mine")
    told = talk.notes("notifications/progress")
    assert [each["progress"] for each in told] == [0, 50, 100]
    assert {each["progressToken"] for each in told} == {"mine"}


@proves("progress-tokens")
async def test_tokens_of_either_kind(talk: Talk) -> None:
    for token in ("", "a", 0, 7):
        talk.beside.clear()
        await talk.tool("test_tool_with_progress", token=token)
        told = talk.notes("notifications/progress")
        assert [(each["progressToken"], type(each["progressToken"])) for each in told] == [
            (token, type(token))
        ] * 3


@proves("progress-ends")
async def test_progress_after_the_answer(talk: Talk) -> None:
    await talk.tool("test_tool_with_progress", token="mine")
    talk.beside.clear()
    await talk.tool("slow_compute", seconds=0.1)
    assert talk.notes("notifications/progress") == []


@proves("progress-wanted")
async def test_progress_that_nobody_wants(talk: Talk) -> None:
    await talk.tool("test_tool_with_progress")
    assert talk.notes("notifications/progress") == []


@proves("cancelled")
async def test_cancelling(talk: Talk, way: str) -> None:
    slow = await talk.ask("tools/call", name="slow_compute", arguments={"seconds": 1})
    await talk.call("tools/list")
    await talk.wire.cancel(slow)
    # As long as it would have taken.
    number = await talk.ask("tools/call", name="slow_compute", arguments={"seconds": 1})
    while (message := await talk.wire.receive()).get("id") != number:
        # Over HTTP, its stream has to end with something.
        assert message.get("id") != slow or (way == "http" and message["error"]["code"] == -32800)
    assert "result" in message


@proves("cancel-late")
async def test_cancelling_too_late(talk: Talk) -> None:
    number = await talk.ask("tools/list")
    assert await talk.result(number)
    await talk.wire.send(note("notifications/cancelled", requestId=number))
    assert await talk.call("tools/list")


@proves("cancel-malformed")
async def test_cancelling_in_no_words(talk: Talk) -> None:
    for params in ({}, {"requestId": None}, {"requestId": [1]}, {"requestId": True}):
        await talk.wire.send(note("notifications/cancelled", **params))
    assert await talk.call("tools/list")


@proves("cancel-taken-back")
async def test_questions_are_taken_back(talk: Talk) -> None:
    number = await talk.ask("tools/call", name="test_elicitation", arguments={"message": "Well?"})
    asked = await talk.said("elicitation/create")
    await talk.wire.cancel(number)
    told = await talk.said("notifications/cancelled")
    assert told["params"]["requestId"] == asked["id"]


@proves("cancel-from-client")
async def test_servers_cancel_nothing(talk: Talk) -> None:
    assert (await talk.tool(INPUT))["resultType"] == "input_required"
    slow = await talk.ask("tools/call", name="slow_compute", arguments={"seconds": 60})
    await talk.call("tools/list")
    await talk.wire.cancel(slow)
    await talk.call("tools/list")
    assert talk.notes("notifications/cancelled") == []


@proves("cancel-unknown")
async def test_cancelling_nothing(talk: Talk) -> None:
    await talk.wire.send(note("notifications/cancelled", requestId="never was"))
    assert await talk.call("tools/list")


@proves("log-level")
async def test_levels_of_the_log(plain: Talk) -> None:
    await plain.call("logging/setLevel", level="error")
    await plain.tool("test_tool_with_logging")
    assert plain.notes("notifications/message") == []
    await plain.call("logging/setLevel", level="info")
    await plain.tool("test_tool_with_logging")
    told = plain.notes("notifications/message")
    assert len(told) == 3
    assert all(each["level"] == "info" and each["data"] for each in told)


@proves("log-level-invalid")
async def test_a_level_that_is_none(plain: Talk) -> None:
    assert (await refused(plain, "logging/setLevel", level="loud")).code == -32602


@proves("log-wanted")
async def test_a_log_that_nobody_wants(plain: Talk) -> None:
    await plain.tool("test_logging_tool")
    assert plain.notes("notifications/message") == []


@proves("log-request-invalid")
async def test_a_request_with_a_level_that_is_none(plain: Talk) -> None:
    level = {"io.modelcontextprotocol/logLevel": "loud"}
    called = {"name": "test_logging_tool", "arguments": {}}
    assert (await refused(plain, "tools/call", **called, _meta=level)).code == -32602


@proves("log-request")
async def test_the_log_of_a_request(plain: Talk) -> None:
    level = {"io.modelcontextprotocol/logLevel": "info"}
    await plain.call("tools/call", name="test_logging_tool", arguments={}, _meta=level)
    assert plain.notes("notifications/message")


@proves("elicitation")
async def test_asking_the_user(talk: Talk) -> None:
    number = await talk.ask("tools/call", name="test_elicitation", arguments={"message": "Well?"})
    asked = await talk.said("elicitation/create")
    assert asked["params"]["message"] == "Well?"
    assert asked["params"]["requestedSchema"]["type"] == "object"
    properties = asked["params"]["requestedSchema"]["properties"]
    answer = {"action": "accept", "content": dict.fromkeys(properties, "yes")}
    await talk.wire.send({"jsonrpc": "2.0", "id": asked["id"], "result": answer})
    assert "accept" in (await talk.result(number))["content"][0]["text"]


@proves("sampling")
async def test_asking_the_model(talk: Talk) -> None:
    number = await talk.ask("tools/call", name="test_sampling", arguments={"prompt": "Hm?"})
    asked = await talk.said("sampling/createMessage")
    assert asked["params"]["messages"][0]["content"]["text"] == "Hm?"
    content = {"type": "text", "text": "Aha"}
    answer = {"role": "assistant", "content": content, "model": "m", "stopReason": "endTurn"}
    await talk.wire.send({"jsonrpc": "2.0", "id": asked["id"], "result": answer})
    assert "Aha" in (await talk.result(number))["content"][0]["text"]


@proves("roots")
async def test_asking_for_roots(talk: Talk) -> None:
    name = "test_input_required_result_list_roots"
    number = await talk.ask("tools/call", name=name, arguments={})
    asked = await talk.said("roots/list")
    answer = {"roots": [{"uri": "file:///home/ada", "name": "Home"}]}
    await talk.wire.send({"jsonrpc": "2.0", "id": asked["id"], "result": answer})
    assert "1 root" in (await talk.result(number))["content"][0]["text"]


async def asked_for(talk: Talk, name: str) -> dict[str, Any]:
    """The parameters of what a tool asks its client, in either era."""
    number = await talk.ask("tools/call", name=name, arguments={})
    if talk.era == "modern":
        (asked,) = (await talk.result(number))["inputRequests"].values()
        return dict(asked["params"])
    message = await talk.wire.receive()
    while "id" not in message:
        message = await talk.wire.receive()
    return dict(message["params"])


@proves("sampling-plain")
async def test_what_the_model_is_asked(talk: Talk) -> None:
    params = await asked_for(talk, "test_input_required_result_sampling")
    assert not {"tools", "toolChoice", "includeContext"} & set(params)
    assert params["maxTokens"] > 0
    for message in params["messages"]:
        assert message["role"] in ("user", "assistant")
        assert message["content"]["text"]


@proves("elicitation-schema")
async def test_what_a_form_is(talk: Talk) -> None:
    params = await asked_for(talk, INPUT)
    assert params.get("mode", "form") == "form"
    assert params["message"]
    schema = params["requestedSchema"]
    assert schema["type"] == "object"
    kinds = {each["type"] for each in schema["properties"].values()}
    assert kinds <= {"string", "number", "integer", "boolean", "array"}


@proves("elicitation-mode")
async def test_who_fills_in_no_forms(raw: Talk) -> None:
    await raw.greet(elicitation={"url": {}})
    with pytest.raises(Refused) as error:
        await raw.tool(INPUT)
    assert error.value.code == -32021
    assert not [each for each in raw.beside if "id" in each]


@proves("elicitation-checked")
async def test_what_does_not_fit_the_form(talk: Talk) -> None:
    number = await talk.ask("tools/call", name=INPUT, arguments={})
    asked = await talk.said("elicitation/create")
    wrong = {"action": "accept", "content": {"name": 7}}
    await talk.wire.send({"jsonrpc": "2.0", "id": asked["id"], "result": wrong})
    assert (await talk.result(number))["isError"] is True


@proves("undeclared")
async def test_a_client_that_cannot_be_asked(plain: Talk) -> None:
    if plain.era == "modern":
        error = await refused(plain, "tools/call", name="test_missing_capability", arguments={})
        assert error.code == -32021
        assert error.data["requiredCapabilities"] == {"sampling": {}}
        return
    with suppress(Refused):
        assert (await plain.tool("test_elicitation", message="Well?"))["isError"]
    assert not [each for each in plain.beside if "id" in each]


INPUT = "test_input_required_result_elicitation"


@proves("input-required")
async def test_needing_input(talk: Talk) -> None:
    needed = await talk.tool(INPUT)
    assert needed["resultType"] == "input_required"
    assert needed["inputRequests"]["user_name"]["method"] == "elicitation/create"


def given(needed: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The parameters of the call with the input."""
    answer = {"user_name": {"action": "accept", "content": {"name": "Ada"}}}
    again = {"name": INPUT, "arguments": {}, "inputResponses": answer}
    return {**again, "requestState": needed["requestState"], **changes}


@proves("input-given")
async def test_giving_input(talk: Talk) -> None:
    done = await talk.call("tools/call", **given(await talk.tool(INPUT)))
    assert done["resultType"] == "complete"
    assert done["content"][0]["text"] == "Hello, Ada!"


@proves("input-missing")
async def test_giving_too_little(talk: Talk) -> None:
    needed = await talk.tool(INPUT)
    wrong = {"user_name": {"action": "accept", "content": {"name": 7}}}
    for little in ({}, wrong):
        again = await talk.call("tools/call", **given(needed, inputResponses=little))
        assert again["resultType"] == "input_required"
        assert list(again["inputRequests"]) == ["user_name"]


@proves("input-unknown")
async def test_giving_too_much(talk: Talk) -> None:
    needed = await talk.tool(INPUT)
    answers = {**given(needed)["inputResponses"], "other": {"action": "decline"}}
    done = await talk.call("tools/call", **given(needed, inputResponses=answers))
    assert done["content"][0]["text"] == "Hello, Ada!"


@proves("input-malformed")
async def test_giving_what_is_none(talk: Talk) -> None:
    needed = await talk.tool(INPUT)
    for wrong in ([], 7, {"user_name": 7}):
        error = await refused(talk, "tools/call", **given(needed, inputResponses=wrong))
        assert error.code == -32602


@proves("input-state")
async def test_a_state_that_was_changed(talk: Talk) -> None:
    needed = await talk.tool(INPUT)
    state = needed["requestState"]
    for changed in (state[:-4] + "AAAA", "made up"):
        error = await refused(talk, "tools/call", **given(needed, requestState=changed))
        assert error.code == -32602


@proves("no-requests")
async def test_no_requests_come(talk: Talk) -> None:
    needed = await talk.tool("test_elicitation", message="Well?")
    assert needed["resultType"] == "input_required"
    assert not [each for each in talk.beside if "id" in each]


TAG = "io.modelcontextprotocol/subscriptionId"


async def listening(talk: Talk, **wanted: bool) -> tuple[str, dict[str, Any]]:
    """An open subscription, and its first message."""
    number = await talk.ask("subscriptions/listen", notifications=wanted)
    return number, await talk.wire.receive()


@proves("listen-ack")
async def test_listening(plain: Talk) -> None:
    _, first = await listening(plain, toolsListChanged=True)
    assert first["method"] == "notifications/subscriptions/acknowledged"
    assert first["params"]["notifications"] == {"toolsListChanged": True}


@proves("listen-tagged")
async def test_what_listening_brings(plain: Talk) -> None:
    number, first = await listening(plain, toolsListChanged=True)
    await plain.tool("test_trigger_tool_change")
    changed = await plain.said("notifications/tools/list_changed")
    for told in (first, changed):
        assert told["params"]["_meta"][TAG] == number


@proves("listen-filter")
async def test_what_listening_does_not_bring(plain: Talk) -> None:
    await listening(plain, promptsListChanged=True)
    await plain.tool("test_trigger_tool_change")
    await plain.tool("test_trigger_prompt_change")
    await plain.said("notifications/prompts/list_changed")
    assert plain.notes("notifications/tools/list_changed") == []


@proves("listen-ended")
async def test_an_end_of_listening(plain: Talk) -> None:
    number, _ = await listening(plain, toolsListChanged=True)
    await plain.wire.cancel(number)
    await plain.tool("test_trigger_tool_change")
    await plain.call("tools/list")
    assert plain.notes("notifications/tools/list_changed") == []


@proves("list-changed")
async def test_changed_lists(plain: Talk) -> None:
    await plain.call("ping")
    await plain.tool("test_trigger_tool_change")
    assert await plain.said("notifications/tools/list_changed")
