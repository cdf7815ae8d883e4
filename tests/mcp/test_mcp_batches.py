"""Several messages in one, over every way, where the revision has that."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from test_mcp_http_sessions import ACCEPT
from test_mcp_http_streams import session

from basicchat.bridge.batches import MAX_MESSAGES
from basicchat.mcp.wire.frames import BATCHING
from support.mcp.client import Talk
from support.mcp.sockets import note, request
from support.mcp.tool_server import ToolServer
from support.mcp.wires import WAYS
from support.servers import SECONDS, RunningServer, running, settings_for
from support.users import Person

every_way = pytest.mark.parametrize("way", WAYS)
MOST = 4
INVALID = -32600
RATE_LIMITED = -31029


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    """A server that lets each connection have few requests in flight."""
    async with running(settings_for(tmp_path, limits={"requests_in_flight": MOST})) as here:
        yield here


@pytest.fixture
def workshop(server: RunningServer) -> ToolServer:
    """The tools that are there."""
    workshop = ToolServer()
    workshop.serve(server)
    return workshop


@asynccontextmanager
async def talking(whose: Person, way: str, version: str = BATCHING) -> AsyncIterator[Talk]:
    """A client after its handshake."""
    async with WAYS[way](whose.server.url, whose.token) as wire:
        talk = Talk(wire, "legacy")
        await talk.greet(version, roots={})
        yield talk


def call(number: object, tool: str, **arguments: Any) -> dict[str, Any]:
    meta = {"progressToken": number}
    return request(number, "tools/call", name=tool, arguments=arguments, _meta=meta)


def shape(answers: list[dict[str, Any]]) -> dict[object, object]:
    """By id, the code of an error or the text of a result."""
    return {
        each["id"]: each["error"]["code"]
        if "error" in each
        else "".join(block["text"] for block in each["result"].get("content", ()))
        for each in answers
    }


ECHO, TOLD = call("e", "echo", text="hello"), note("notifications/initialized")
# what is sent, and what is answered
BATCHES: list[tuple[list[Any], dict[object, object]]] = [
    ([ECHO], {"e": "hello"}),
    ([ECHO, TOLD, request(7, "ping")], {"e": "hello", 7: ""}),
    ([ECHO, 7], {"e": "hello", None: INVALID}),
    ([ECHO, [ECHO]], {"e": "hello", None: INVALID}),
    ([ECHO, {"jsonrpc": "1.0", "id": 5, "method": "ping"}], {"e": "hello", 5: INVALID}),
    ([ECHO, {"jsonrpc": "2.0", "id": 5, "result": {}}], {"e": "hello"}),
    ([request(n, "ping") for n in range(MAX_MESSAGES + 1)], {None: INVALID}),
    ([call("c", "crash"), ECHO], {"c": -32603, "e": "hello"}),
]


@every_way
async def test_responses_to_a_batch(ada: Person, workshop: ToolServer, way: str) -> None:
    async with talking(ada, way) as talk:
        for sent, answered in BATCHES:
            await talk.wire.send(json.dumps(sent))
            assert shape(await talk.batch()) == answered, sent


@every_way
async def test_notifications_precede_the_responses(
    ada: Person, workshop: ToolServer, way: str
) -> None:
    async with talking(ada, way) as talk:
        await talk.wire.send(json.dumps([call("c", "count", to=2), ECHO]))
        assert shape(await talk.batch()) == {"c": "counted", "e": "hello"}
        told = talk.notes("notifications/progress")
        assert [each["progress"] for each in told] == [0, 1]


@every_way
async def test_a_client_may_batch_its_responses(
    ada: Person, workshop: ToolServer, way: str
) -> None:
    async with talking(ada, way) as talk, asyncio.TaskGroup() as group:
        asking = [call(number, "ask_along") for number in ("a", "b")]
        posting = group.create_task(talk.wire.send(json.dumps(asking)))
        asked = [await talk.said("roots/list") for _ in asking]
        roots = {"roots": [{"uri": "file:///here"}]}
        replies = [{"jsonrpc": "2.0", "id": each["id"], "result": roots} for each in asked]
        await talk.wire.send(json.dumps(replies))
        assert shape(await talk.batch()) == {"a": "file:///here", "b": "file:///here"}
        await posting


@every_way
async def test_cancelled_requests_are_left_out(ada: Person, workshop: ToolServer, way: str) -> None:
    async with talking(ada, way) as talk, asyncio.TaskGroup() as group:
        both = json.dumps([call("w", "wait"), ECHO])
        posting = group.create_task(talk.wire.send(both))
        async with asyncio.timeout(SECONDS):
            await workshop.working.wait()
        await talk.wire.cancel("w")
        assert shape(await talk.batch()) == {"e": "hello"}
        await posting


@every_way
@pytest.mark.parametrize("version", ["2025-06-18", "2025-11-25"])
async def test_later_revisions_have_no_batches(
    ada: Person, workshop: ToolServer, way: str, version: str
) -> None:
    async with talking(ada, way, version) as talk:
        await talk.wire.send(json.dumps([ECHO]))
        answer = await talk.wire.receive()
        assert (answer["id"], answer["error"]["code"]) == (None, INVALID)


# a batch, the status, and whether something is answered
OVER_HTTP: list[tuple[list[Any], int, bool]] = [
    ([TOLD, TOLD], 202, False),
    ([{"jsonrpc": "2.0", "id": 5, "result": {}}] * 2, 202, False),
    ([TOLD, ECHO], 200, True),
    ([], 400, True),
]


@pytest.mark.parametrize(("sent", "status", "answered"), OVER_HTTP)
async def test_http_statuses_of_batches(
    ada: Person, workshop: ToolServer, sent: list[Any], status: int, answered: bool
) -> None:
    async with session(ada, BATCHING) as http:
        answer = await http.post("/mcp", json=sent)
    assert (answer.status_code, bool(answer.content)) == (status, answered)


async def test_a_batch_without_a_session_is_refused(ada: Person, workshop: ToolServer) -> None:
    async with ada.http() as http:
        answer = await http.post("/mcp", json=[ECHO], headers=ACCEPT)
        unknown = {**ACCEPT, "mcp-session-id": "unknown"}
        elsewhere = await http.post("/mcp", json=[ECHO], headers=unknown)
    assert (answer.status_code, elsewhere.status_code) == (400, 404)


async def test_deleting_a_session_ends_its_batches(ada: Person, workshop: ToolServer) -> None:
    async with session(ada, BATCHING) as http, asyncio.timeout(SECONDS):
        both: Any = [call("w", "wait"), ECHO]
        posting: asyncio.Task[httpx2.Response]
        async with asyncio.TaskGroup() as group:
            posting = group.create_task(http.post("/mcp", json=both))
            await workshop.working.wait()
            await http.delete("/mcp")
            await workshop.stopped.wait()
        assert "counted" not in posting.result().text
