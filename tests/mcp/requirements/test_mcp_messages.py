"""Requirements on messages, handshakes, revisions and capabilities."""

import json
from typing import Any

import pytest

from support.mcp.client import EXTENSION, Refused, Talk
from support.mcp.requirement_tests import INPUT, answer_to, proves, refused
from support.mcp.requirements import BATCHING
from support.mcp.sockets import hello, modern, note, request


@proves("response-id")
async def test_responses_have_the_requests_id(talk: Talk) -> None:
    for number in (7, "seven", 0, ""):
        message = modern(number, "tools/list") if talk.era == "modern" else request(number, "ping")
        await talk.wire.send(message)
        assert "result" in (answer := await talk.wire.receive())
        assert answer["id"] == number
        assert type(answer["id"]) is type(number)


@proves("parse-error")
async def test_invalid_json(talk: Talk) -> None:
    assert (await answer_to(talk, "{no"))["error"]["code"] == -32700


@proves("invalid-request")
async def test_an_invalid_message(talk: Talk) -> None:
    for broken in ({"id": 1, "method": "ping"}, {"jsonrpc": "1.0", "id": 1, "method": "ping"}, 7):
        answer = await answer_to(talk, json.dumps(broken))
        assert answer["error"]["code"] in (-32600, -32602, -32700)
    assert await talk.call("tools/list")


@proves("null-id")
async def test_a_null_id(talk: Talk) -> None:
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
async def test_a_batch_in_2025_03_26(raw: Talk) -> None:
    await raw.greet(BATCHING)
    await raw.wire.send(json.dumps([*PINGS, request("c", "tools/dance")]))
    answers = {each["id"]: each for each in await raw.batch()}
    assert answers.keys() == {"a", "b", "c"}
    assert answers["a"]["result"] == answers["b"]["result"] == {}
    assert answers["c"]["error"]["code"] == -32601


@proves("batched-notes")
async def test_a_batch_of_notifications(raw: Talk) -> None:
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
async def test_invalid_parameters(talk: Talk) -> None:
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
async def test_unicode_text(talk: Talk) -> None:
    for name in ("Jürgen \u2028 蜂 🐝", "two\nlines\r\n", "a\u0000b"):
        said = (await talk.tool("greet", name=name))["content"][0]["text"]
        assert said == f"Hello, {name}!"


@proves("directions")
async def test_ids_of_both_directions_are_independent(talk: Talk) -> None:
    number = await talk.ask("tools/call", name="test_elicitation", arguments={"message": "Well?"})
    asked = await talk.said("elicitation/create")
    await talk.wire.send(request(asked["id"], "ping"))
    assert await talk.result(asked["id"]) == {}
    declined = {"action": "decline"}
    await talk.wire.send({"jsonrpc": "2.0", "id": asked["id"], "result": declined})
    assert "decline" in (await talk.result(number))["content"][0]["text"]


RESERVED = {*range(-32019, -31999), -32042}


@proves("error-codes")
async def test_error_codes(plain: Talk) -> None:
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
async def test_requests_run_concurrently(talk: Talk) -> None:
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
async def test_discovery(plain: Talk) -> None:
    found = await plain.call("server/discover")
    assert found["supportedVersions"] == ["2026-07-28"]
    declared = {"tools", "resources", "prompts", "completions", "logging"}
    assert declared <= set(found["capabilities"])


@proves("server-identity")
async def test_the_server_identifies_itself(plain: Talk) -> None:
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
async def test_an_unsupported_revision(plain: Talk) -> None:
    version = {"io.modelcontextprotocol/protocolVersion": "2199-01-01"}
    error = await refused(plain, "tools/list", _meta=version)
    assert error.code == -32022
    assert error.data["requested"] == "2199-01-01"
    assert "2026-07-28" in error.data["supported"]


@proves("result-type")
async def test_results_have_a_type(talk: Talk) -> None:
    for method in ("server/discover", "tools/list", "resources/list", "prompts/list"):
        assert (await talk.call(method))["resultType"] == "complete"
    assert (await talk.tool("test_simple_text"))["resultType"] == "complete"


@proves("removed-methods")
async def test_handshake_methods_are_unknown(plain: Talk) -> None:
    await plain.call("server/discover")
    uri = {"uri": "test://static-text"}
    gone = {"ping": {}, "logging/setLevel": {"level": "info"}, "resources/subscribe": uri}
    gone |= {"tasks/list": {}, "tasks/result": {"taskId": "x"}}
    for method, params in {**gone, "resources/unsubscribe": uri}.items():
        assert (await refused(plain, method, **params)).code == -32601


@proves("stateless")
async def test_capabilities_are_declared_for_each_request(talk: Talk) -> None:
    """What a client could do in one request says nothing of the next."""
    assert (await talk.tool(INPUT))["resultType"] == "input_required"
    talk.capabilities = {}
    assert (await refused(talk, "tools/call", name=INPUT, arguments={})).code == -32021


@proves("extension-undeclared")
async def test_an_undeclared_extension(talk: Talk) -> None:
    done = await talk.tool("slow_compute", seconds=0)
    assert done["resultType"] == "complete"
    talk.capabilities = {"extensions": {EXTENSION: {}}}
    assert (await talk.tool("slow_compute", seconds=0))["resultType"] == "task"


@proves("capabilities-served")
async def test_declared_capabilities_are_available(talk: Talk) -> None:
    told = talk.welcome if talk.era == "legacy" else await talk.call("server/discover")
    lists = {"tools": "tools", "resources": "resources", "prompts": "prompts"}
    for capability, key in lists.items():
        assert capability in told["capabilities"]
        assert (await talk.call(f"{capability}/list"))[key]
