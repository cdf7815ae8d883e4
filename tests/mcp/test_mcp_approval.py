"""Approval of a run's tool calls over MCP: the user is asked by elicitation, or it is refused."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import mcp_types as types
import pytest

from basicchat.app import App
from basicchat.config.tool_servers import ToolServer
from basicchat.domain.chat import ChatRequest, ToolCall
from basicchat.domain.values import Actor
from basicchat.testing.scripted_llm import PacedLLM, ScriptItem
from support.mcp.client import Refused, Talk, talking
from support.mcp.official_client import Kind, every_kind, text_of, visiting
from support.mcp.wires import WAYS
from support.servers import SECONDS, running, settings_for
from support.tool_programs import NOTES
from support.users import Person, person

QUESTION = {"question": "Add bee", "mode": "agent"}
DONE = '{"words":3}'
FORM: dict[str, Any] = {"elicitation": {"form": {}}}


def calls(request: ChatRequest) -> Sequence[ScriptItem]:
    """Call a tool that writes for each word "bee" of the question, then tell what came of it."""
    results = [message.text for message in request.messages if message.role == "tool"]
    if results:
        return [" | ".join(results)]
    words = [f"bee{n or ''}" for n in range(request.question.count("bee"))]
    return [ToolCall(id=word, name="notes__add", arguments={"word": word}) for word in words]


@pytest.fixture
async def asker(tmp_path: Path) -> AsyncIterator[Person]:
    """Somebody on a server whose assistant wants to use a tool that writes."""
    tools = ToolServer(name="notes", command=NOTES, tools=("*",))
    settings = settings_for(tmp_path, mcp_servers=[tools])
    async with running(settings, PacedLLM(calls, capabilities=("tools",))) as server:
        ada = await person(server, "Ada")
        for app in server.apps:
            await offered(app, ada, "notes__add")
        yield ada


async def offered(app: App, whose: Person, name: str) -> None:
    """Ask a node until its program has started; the program's state cannot be awaited."""
    actor = Actor(user=whose.user, session_id="s")
    async with asyncio.timeout(SECONDS):
        while await app.services.tools.find(actor, name) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def remembered(whose: Person) -> list[Any]:
    return list((await whose.call("approvals.list"))["approvals"])


def without_space(text: str) -> str:
    return "".join(text.split())


async def begin(talk: Talk, **arguments: Any) -> str:
    """Ask the assistant; the request's id."""
    return await talk.ask("tools/call", name="ask", arguments=QUESTION | arguments)


Answer = tuple[str, dict[str, Any] | None, bool]
ANSWERS: list[Answer] = [
    ("accept", {"decision": "once"}, True),
    ("accept", {"decision": "deny"}, False),
    ("decline", None, False),
    ("cancel", None, False),
]


@every_kind
async def test_the_user_is_asked_and_decides(asker: Person, kind: Kind) -> None:
    asked: list[types.ElicitRequestFormParams] = []
    answers = iter(ANSWERS)

    async def elicit(context: Any, params: Any) -> Any:
        asked.append(params)
        action, content, _ = next(answers)
        return types.ElicitResult(action=action, content=content)

    async with visiting(asker, kind, elicitation_callback=elicit) as client:
        for number, (action, content, called) in enumerate(ANSWERS, 1):
            result = await client.call_tool("ask", QUESTION)
            assert not result.is_error, text_of(result)
            assert (DONE in without_space(text_of(result))) is called, (action, content)
            assert len(asked) == number
    assert "“add” of the server notes" in asked[0].message
    assert '{"word": "bee"}' in asked[0].message
    rooms = (await asker.call("rooms.list"))["rooms"]
    assert len(rooms) == len(ANSWERS), "a request that is sent again goes on with its run"
    assert await remembered(asker) == []


@every_kind
async def test_a_decision_is_remembered(asker: Person, kind: Kind) -> None:
    asked: list[Any] = []

    async def elicit(context: Any, params: Any) -> Any:
        asked.append(params)
        return types.ElicitResult(action="accept", content={"decision": "always"})

    async with visiting(asker, kind, elicitation_callback=elicit) as client:
        for _ in range(2):
            assert DONE in without_space(text_of(await client.call_tool("ask", QUESTION)))
    assert len(asked) == 1
    (approval,) = await remembered(asker)
    assert approval["tool"] == "notes__add"


@every_kind
async def test_each_call_is_asked_about(asker: Person, kind: Kind) -> None:
    asked: list[str] = []

    async def elicit(context: Any, params: Any) -> Any:
        asked.append(params.message)
        decision = "deny" if "bee1" in params.message else "once"
        return types.ElicitResult(action="accept", content={"decision": decision})

    async with visiting(asker, kind, elicitation_callback=elicit) as client:
        result = await client.call_tool("ask", {**QUESTION, "question": "Add bee and bee"})
    first, second = text_of(result).split(" | ")[:2]
    assert DONE in without_space(first)
    assert "did not allow" in second
    assert len(asked) == 2


@every_kind
async def test_a_client_that_cannot_ask_is_told_why(asker: Person, kind: Kind) -> None:
    async with visiting(asker, kind) as client:
        result = await client.call_tool("ask", QUESTION)
    assert not result.is_error
    assert "needs approval" in text_of(result)
    assert DONE not in without_space(text_of(result))


@pytest.mark.parametrize("way", WAYS)
async def test_a_detached_answer_cannot_ask(asker: Person, way: str) -> None:
    async with talking(asker, way, "modern", **FORM) as talk:
        begun = await talk.tool("ask", **QUESTION, detached=True)
        run_id = begun["structuredContent"]["run_id"]
        await asker.server.app.services.run_waits.wait(run_id, SECONDS)
        read = await talk.tool("read_answer", run_id=run_id)
    assert "needs approval" in read["structuredContent"]["answer"]


INVALID: list[dict[str, Any]] = [
    {"error": {"code": -1, "message": "User rejected"}},
    {"result": {}},
    {"result": {"action": "accept"}},
    {"result": {"action": "accept", "content": {"decision": "yes"}}},
]


@pytest.mark.parametrize("way", WAYS)
async def test_only_a_decision_allows_a_call(asker: Person, way: str) -> None:
    """With sessions, where a wrong answer counts as a refusal."""
    async with talking(asker, way, "legacy", **FORM) as talk:
        for answer in INVALID:
            number = await begin(talk)
            asked = await talk.said("elicitation/create")
            await talk.wire.send({"jsonrpc": "2.0", "id": asked["id"], **answer})
            done = await talk.result(number)
            assert "did not allow" in done["structuredContent"]["answer"], answer


@pytest.mark.parametrize("way", WAYS)
async def test_a_question_decided_elsewhere_is_withdrawn(asker: Person, way: str) -> None:
    async with talking(asker, way, "legacy", **FORM) as talk:
        number = await begin(talk)
        asked = await talk.said("elicitation/create")
        (room,) = (await asker.call("rooms.list"))["rooms"]
        (run,) = (await asker.call("rooms.join", room_id=room["room_id"]))["active_runs"]
        (pending,) = run["awaiting"]
        named = {"run_id": run["run_id"], "call_id": pending["call_id"]}
        assert (await asker.call("runs.approve", **named, decision="once"))["accepted"]
        withdrawn = await talk.said("notifications/cancelled")
        assert withdrawn["params"]["requestId"] == asked["id"]
        done = await talk.result(number)
        assert DONE in without_space(done["structuredContent"]["answer"])


@pytest.mark.parametrize("way", WAYS)
async def test_a_cancelled_request_ends_the_run_that_waits(asker: Person, way: str) -> None:
    async with talking(asker, way, "legacy", **FORM) as talk:
        number = await begin(talk)
        await talk.said("elicitation/create")
        (room,) = (await asker.call("rooms.list"))["rooms"]
        joined = await asker.call("rooms.join", room_id=room["room_id"])
        run_id = joined["active_runs"][0]["run_id"]
        await talk.wire.cancel(number)
        await asker.server.app.services.run_waits.wait(run_id, SECONDS)
        assert (await asker.call("runs.get", run_id=run_id))["status"] == "cancelled"


@pytest.mark.parametrize("way", WAYS)
async def test_nobody_goes_on_with_the_run_of_another(asker: Person, way: str) -> None:
    """Without sessions, where the run is named by what the client sends again."""
    eve = await person(asker.server, "Eve")
    async with talking(asker, way, "modern", **FORM) as talk:
        needed = await talk.result(await begin(talk))
        (key,) = needed["inputRequests"]
        yes = {key: {"action": "accept", "content": {"decision": "once"}}}
        again = {"name": "ask", "arguments": QUESTION, "inputResponses": yes}
        state = {"requestState": needed["requestState"]}
        async with talking(eve, way, "modern", **FORM) as other:
            number = await other.ask("tools/call", **again, **state)
            with pytest.raises(Refused, match="requestState"):
                await other.result(number)
        done = await talk.result(await talk.ask("tools/call", **again, **state))
    assert DONE in without_space(done["structuredContent"]["answer"])


@pytest.mark.parametrize("way", WAYS)
async def test_each_repetition_asks_about_the_next_call(asker: Person, way: str) -> None:
    """Without sessions; between the requests the run waits, and any client can stop it."""
    async with talking(asker, way, "modern", **FORM) as talk:
        needed = await talk.result(await begin(talk, question="Add bee and bee"))
        (key,) = needed["inputRequests"]
        run_id = key.split("/")[1]
        named = {"name": "ask", "arguments": {**QUESTION, "question": "Add bee and bee"}}
        once = {key: {"action": "accept", "content": {"decision": "once"}}}
        state = {"requestState": needed["requestState"]}
        again = await talk.call("tools/call", **named, inputResponses=once, **state)
        assert again["resultType"] == "input_required"
        assert list(again["inputRequests"]) != [key]
        assert (await asker.call("runs.cancel", run_id=run_id))["status"] == "cancelled"
