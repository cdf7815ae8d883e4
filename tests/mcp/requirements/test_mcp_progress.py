"""Requirements on progress, cancelling and the log."""

from support.mcp.client import Talk
from support.mcp.requirement_tests import INPUT, proves, refused
from support.mcp.sockets import note


@proves("progress")
async def test_progress(talk: Talk) -> None:
    await talk.tool("test_tool_with_progress", token="mine")
    told = talk.notes("notifications/progress")
    assert [each["progress"] for each in told] == [0, 50, 100]
    assert {each["progressToken"] for each in told} == {"mine"}


@proves("progress-tokens")
async def test_progress_tokens_are_strings_or_integers(talk: Talk) -> None:
    for token in ("", "a", 0, 7):
        talk.beside.clear()
        await talk.tool("test_tool_with_progress", token=token)
        told = talk.notes("notifications/progress")
        assert [(each["progressToken"], type(each["progressToken"])) for each in told] == [
            (token, type(token))
        ] * 3


@proves("progress-ends")
async def test_no_progress_after_the_answer(talk: Talk) -> None:
    await talk.tool("test_tool_with_progress", token="mine")
    talk.beside.clear()
    await talk.tool("slow_compute", seconds=0.1)
    assert talk.notes("notifications/progress") == []


@proves("progress-wanted")
async def test_no_progress_without_a_token(talk: Talk) -> None:
    await talk.tool("test_tool_with_progress")
    assert talk.notes("notifications/progress") == []


@proves("cancelled")
async def test_cancelling(talk: Talk, way: str) -> None:
    # So long that a busy machine cancels it before its end.
    slow = await talk.ask("tools/call", name="slow_compute", arguments={"seconds": 60})
    await talk.call("tools/list")
    await talk.wire.cancel(slow)
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
async def test_cancelling_without_a_reason(talk: Talk) -> None:
    for params in ({}, {"requestId": None}, {"requestId": [1]}, {"requestId": True}):
        await talk.wire.send(note("notifications/cancelled", **params))
    assert await talk.call("tools/list")


@proves("cancel-taken-back")
async def test_cancelling_withdraws_questions(talk: Talk) -> None:
    number = await talk.ask("tools/call", name="test_elicitation", arguments={"message": "Well?"})
    asked = await talk.said("elicitation/create")
    await talk.wire.cancel(number)
    told = await talk.said("notifications/cancelled")
    assert told["params"]["requestId"] == asked["id"]


@proves("cancel-from-client")
async def test_the_server_cancels_no_requests_of_the_client(talk: Talk) -> None:
    assert (await talk.tool(INPUT))["resultType"] == "input_required"
    slow = await talk.ask("tools/call", name="slow_compute", arguments={"seconds": 60})
    await talk.call("tools/list")
    await talk.wire.cancel(slow)
    await talk.call("tools/list")
    assert talk.notes("notifications/cancelled") == []


@proves("cancel-unknown")
async def test_cancelling_an_unknown_request(talk: Talk) -> None:
    await talk.wire.send(note("notifications/cancelled", requestId="never was"))
    assert await talk.call("tools/list")


@proves("log-level")
async def test_log_levels(plain: Talk) -> None:
    await plain.call("logging/setLevel", level="error")
    await plain.tool("test_tool_with_logging")
    assert plain.notes("notifications/message") == []
    await plain.call("logging/setLevel", level="info")
    await plain.tool("test_tool_with_logging")
    told = plain.notes("notifications/message")
    assert len(told) == 3
    assert all(each["level"] == "info" and each["data"] for each in told)


@proves("log-level-invalid")
async def test_an_invalid_log_level(plain: Talk) -> None:
    assert (await refused(plain, "logging/setLevel", level="loud")).code == -32602


@proves("log-wanted")
async def test_no_log_messages_without_a_level(plain: Talk) -> None:
    await plain.tool("test_logging_tool")
    assert plain.notes("notifications/message") == []


@proves("log-request-invalid")
async def test_a_request_with_an_invalid_log_level(plain: Talk) -> None:
    level = {"io.modelcontextprotocol/logLevel": "loud"}
    called = {"name": "test_logging_tool", "arguments": {}}
    assert (await refused(plain, "tools/call", **called, _meta=level)).code == -32602


@proves("log-request")
async def test_log_messages_of_a_request(plain: Talk) -> None:
    level = {"io.modelcontextprotocol/logLevel": "info"}
    await plain.call("tools/call", name="test_logging_tool", arguments={}, _meta=level)
    assert plain.notes("notifications/message")
