"""Requirements on what a client is asked for, and on subscriptions."""

from contextlib import suppress
from typing import Any

import pytest

from support.mcp.client import Refused, Talk
from support.mcp.requirement_tests import INPUT, proves, refused


@proves("elicitation")
async def test_the_user_is_asked(talk: Talk) -> None:
    number = await talk.ask("tools/call", name="test_elicitation", arguments={"message": "Well?"})
    asked = await talk.said("elicitation/create")
    assert asked["params"]["message"] == "Well?"
    assert asked["params"]["requestedSchema"]["type"] == "object"
    properties = asked["params"]["requestedSchema"]["properties"]
    answer = {"action": "accept", "content": dict.fromkeys(properties, "yes")}
    await talk.wire.send({"jsonrpc": "2.0", "id": asked["id"], "result": answer})
    assert "accept" in (await talk.result(number))["content"][0]["text"]


@proves("sampling")
async def test_the_model_is_asked(talk: Talk) -> None:
    number = await talk.ask("tools/call", name="test_sampling", arguments={"prompt": "Hm?"})
    asked = await talk.said("sampling/createMessage")
    assert asked["params"]["messages"][0]["content"]["text"] == "Hm?"
    content = {"type": "text", "text": "Aha"}
    answer = {"role": "assistant", "content": content, "model": "m", "stopReason": "endTurn"}
    await talk.wire.send({"jsonrpc": "2.0", "id": asked["id"], "result": answer})
    assert "Aha" in (await talk.result(number))["content"][0]["text"]


@proves("roots")
async def test_roots_are_requested(talk: Talk) -> None:
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
async def test_the_sampling_request_is_valid(talk: Talk) -> None:
    params = await asked_for(talk, "test_input_required_result_sampling")
    assert not {"tools", "toolChoice", "includeContext"} & set(params)
    assert params["maxTokens"] > 0
    for message in params["messages"]:
        assert message["role"] in ("user", "assistant")
        assert message["content"]["text"]


@proves("elicitation-schema")
async def test_forms_are_flat_objects(talk: Talk) -> None:
    params = await asked_for(talk, INPUT)
    assert params.get("mode", "form") == "form"
    assert params["message"]
    schema = params["requestedSchema"]
    assert schema["type"] == "object"
    kinds = {each["type"] for each in schema["properties"].values()}
    assert kinds <= {"string", "number", "integer", "boolean", "array"}


@proves("elicitation-mode")
async def test_a_client_without_forms_is_not_asked(raw: Talk) -> None:
    await raw.greet(elicitation={"url": {}})
    with pytest.raises(Refused) as error:
        await raw.tool(INPUT)
    assert error.value.code == -32021
    assert not [each for each in raw.beside if "id" in each]


@proves("elicitation-checked")
async def test_an_answer_that_does_not_fit_the_form(talk: Talk) -> None:
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


@proves("input-required")
async def test_a_result_requires_input(talk: Talk) -> None:
    needed = await talk.tool(INPUT)
    assert needed["resultType"] == "input_required"
    assert needed["inputRequests"]["user_name"]["method"] == "elicitation/create"


def given(needed: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The parameters of the call with the input."""
    answer = {"user_name": {"action": "accept", "content": {"name": "Ada"}}}
    again = {"name": INPUT, "arguments": {}, "inputResponses": answer}
    return {**again, "requestState": needed["requestState"], **changes}


@proves("input-given")
async def test_input_is_provided(talk: Talk) -> None:
    done = await talk.call("tools/call", **given(await talk.tool(INPUT)))
    assert done["resultType"] == "complete"
    assert done["content"][0]["text"] == "Hello, Ada!"


@proves("input-missing")
async def test_incomplete_input(talk: Talk) -> None:
    needed = await talk.tool(INPUT)
    wrong = {"user_name": {"action": "accept", "content": {"name": 7}}}
    for little in ({}, wrong):
        again = await talk.call("tools/call", **given(needed, inputResponses=little))
        assert again["resultType"] == "input_required"
        assert list(again["inputRequests"]) == ["user_name"]


@proves("input-unknown")
async def test_superfluous_input(talk: Talk) -> None:
    needed = await talk.tool(INPUT)
    answers = {**given(needed)["inputResponses"], "other": {"action": "decline"}}
    done = await talk.call("tools/call", **given(needed, inputResponses=answers))
    assert done["content"][0]["text"] == "Hello, Ada!"


@proves("input-malformed")
async def test_invalid_input(talk: Talk) -> None:
    needed = await talk.tool(INPUT)
    for wrong in ([], 7, {"user_name": 7}):
        error = await refused(talk, "tools/call", **given(needed, inputResponses=wrong))
        assert error.code == -32602


@proves("input-state")
async def test_a_tampered_state(talk: Talk) -> None:
    needed = await talk.tool(INPUT)
    state = needed["requestState"]
    for changed in (state[:-4] + "AAAA", "made up"):
        error = await refused(talk, "tools/call", **given(needed, requestState=changed))
        assert error.code == -32602


@proves("no-requests")
async def test_no_requests_to_the_client(talk: Talk) -> None:
    needed = await talk.tool("test_elicitation", message="Well?")
    assert needed["resultType"] == "input_required"
    assert not [each for each in talk.beside if "id" in each]


TAG = "io.modelcontextprotocol/subscriptionId"


async def listening(talk: Talk, **wanted: bool) -> tuple[str, dict[str, Any]]:
    """An open subscription, and its first message."""
    number = await talk.ask("subscriptions/listen", notifications=wanted)
    return number, await talk.wire.receive()


@proves("listen-ack")
async def test_subscriptions(plain: Talk) -> None:
    _, first = await listening(plain, toolsListChanged=True)
    assert first["method"] == "notifications/subscriptions/acknowledged"
    assert first["params"]["notifications"] == {"toolsListChanged": True}


@proves("listen-tagged")
async def test_subscribed_changes_are_notified(plain: Talk) -> None:
    number, first = await listening(plain, toolsListChanged=True)
    await plain.tool("test_trigger_tool_change")
    changed = await plain.said("notifications/tools/list_changed")
    for told in (first, changed):
        assert told["params"]["_meta"][TAG] == number


@proves("listen-filter")
async def test_other_changes_are_not_notified(plain: Talk) -> None:
    await listening(plain, promptsListChanged=True)
    await plain.tool("test_trigger_tool_change")
    await plain.tool("test_trigger_prompt_change")
    await plain.said("notifications/prompts/list_changed")
    assert plain.notes("notifications/tools/list_changed") == []


@proves("listen-ended")
async def test_cancelling_a_subscription(plain: Talk) -> None:
    number, _ = await listening(plain, toolsListChanged=True)
    await plain.wire.cancel(number)
    await plain.tool("test_trigger_tool_change")
    await plain.call("tools/list")
    assert plain.notes("notifications/tools/list_changed") == []


@proves("list-changed")
async def test_changed_lists_are_notified(plain: Talk) -> None:
    await plain.call("ping")
    await plain.tool("test_trigger_tool_change")
    assert await plain.said("notifications/tools/list_changed")
