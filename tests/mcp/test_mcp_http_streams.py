"""How answers come over Streamable HTTP: as JSON, as events, and as events once more."""

import asyncio
import json
from typing import Any

import httpx2
import pytest

from basicchat.transports import stalled_output
from support.mcp.http_session import (
    ACCEPT,
    LEGACY,
    calling,
    events,
    messages_after,
    resumed_call,
    session,
)
from support.mcp.sockets import VERSION, modern, note, request
from support.mcp.tool_server import SECRET, ToolServer
from support.servers import SECONDS, RunningServer, eventually, narrow
from support.users import Person


@pytest.fixture
def workshop(server: RunningServer) -> ToolServer:
    """The tools that are there."""
    workshop = ToolServer()
    workshop.serve(server)
    return workshop


def at_once(tool: str) -> dict[str, Any]:
    """A request of 2026-07-28."""
    call = modern(2, "tools/call", token=9, name=tool, arguments={"text": "hello", "to": 2})
    about = {"mcp-protocol-version": VERSION, "mcp-method": "tools/call", "mcp-name": tool}
    return {"json": call, "headers": ACCEPT | about}


async def test_an_answer_alone_is_json(ada: Person, workshop: ToolServer) -> None:
    async with session(ada) as http, ada.http() as plain:
        legacy = await http.post("/mcp", json=calling("echo", text="hello"))
        single = await plain.post("/mcp", **at_once("echo"))
    for answer in (legacy, single):
        assert answer.headers["content-type"] == "application/json"
        assert answer.json()["result"]["content"][0]["text"] == "hello"
    assert "mcp-session-id" in legacy.headers
    assert "mcp-session-id" not in single.headers


@pytest.mark.parametrize(("version", "primed"), [(LEGACY, True), ("2025-06-18", False)])
async def test_notifications_make_the_response_a_stream(
    ada: Person, workshop: ToolServer, version: str, primed: bool
) -> None:
    async with (
        session(ada, version) as http,
        http.stream("POST", "/mcp", json=calling("count", to=2)) as answer,
    ):
        sent = [each async for each in events(answer)]
    if primed:
        first = sent.pop(0)
        assert (first.data, first.retry) == ("", "1000")
    told = [each.message for each in sent]
    assert [each.get("method", "answer") for each in told] == [
        "notifications/progress",
        "notifications/progress",
        "answer",
    ]
    assert len({each.id for each in sent} - {""}) == 3


async def test_a_stream_of_2026_cannot_be_resumed(ada: Person, workshop: ToolServer) -> None:
    async with ada.http() as http, http.stream("POST", "/mcp", **at_once("count")) as answer:
        sent = [each async for each in events(answer)]
    assert [each.id for each in sent] == ["", "", ""]
    assert sent[-1].message["result"]["content"][0]["text"] == "counted"


async def test_a_stream_can_be_resumed(ada: Person, workshop: ToolServer) -> None:
    async with session(ada) as http, asyncio.timeout(SECONDS):
        event_id, rest = await resumed_call(http, workshop.working, workshop.go)
        # It is over, and still can be had again.
        assert await messages_after(http, event_id) == rest


async def test_event_ids_of_other_sessions_are_ignored(
    ada: Person, bob: Person, workshop: ToolServer
) -> None:
    async with session(ada) as http, session(bob) as other:
        async with http.stream("POST", "/mcp", json=calling("count", to=1)) as answer:
            sent = [each async for each in events(answer)]
        again = {"last-event-id": sent[0].id}
        async with other.stream("GET", "/mcp", headers=again) as answer:
            assert [each async for each in events(answer)] == []


async def test_requests_to_the_client_use_the_requests_stream(
    ada: Person, workshop: ToolServer
) -> None:
    async with (
        session(ada) as http,
        asyncio.timeout(SECONDS),
        http.stream("POST", "/mcp", json=calling("ask_along")) as answer,
    ):
        coming = events(answer)
        asked = [await anext(coming), await anext(coming)][-1].message
        assert asked["method"] == "roots/list"
        roots = {"roots": [{"uri": "file:///here"}]}
        reply = {"jsonrpc": "2.0", "id": asked["id"], "result": roots}
        assert (await http.post("/mcp", json=reply)).status_code == 202
        last = [each.message async for each in coming][-1]
    assert last["result"]["content"][0]["text"] == "file:///here"


async def test_a_cancelled_request_of_a_session_ends_its_stream(
    ada: Person, workshop: ToolServer
) -> None:
    async with session(ada) as http, asyncio.timeout(SECONDS), asyncio.TaskGroup() as group:
        waiting = group.create_task(http.post("/mcp", json=calling("wait", 5)))
        await workshop.working.wait()
        gone = note("notifications/cancelled", requestId=5)
        assert (await http.post("/mcp", json=gone)).status_code == 202
        await workshop.stopped.wait()
        ended = (await waiting).text
        assert '"id":5' not in ended, "nothing is sent after a cancellation"
        assert "result" not in ended
        assert "error" not in ended


async def test_closing_the_answer_cancels_a_request_of_2026(
    ada: Person, workshop: ToolServer
) -> None:
    async with ada.http() as http, asyncio.timeout(SECONDS):
        posting = asyncio.ensure_future(http.post("/mcp", **at_once("wait")))
        await workshop.working.wait()
        posting.cancel()
        await workshop.stopped.wait()


async def test_deleting_a_session_cancels_its_requests(ada: Person, workshop: ToolServer) -> None:
    async with session(ada) as http, asyncio.timeout(SECONDS), asyncio.TaskGroup() as group:
        waiting = group.create_task(http.post("/mcp", json=calling("wait")))
        await workshop.working.wait()
        assert (await http.delete("/mcp")).status_code == 200
        await workshop.stopped.wait()
        assert "result" not in (await waiting).text


async def test_requests_of_a_session_are_capped(ada: Person, workshop: ToolServer) -> None:
    async with session(ada) as http, asyncio.timeout(SECONDS), asyncio.TaskGroup() as group:
        waiting = [
            group.create_task(http.post("/mcp", json=calling("wait", number)))
            for number in range(10, 14)
        ]
        refused = await _refused(http)
        assert refused["error"]["data"]["kind"] == "rate_limited"
        await http.delete("/mcp")
        for each in waiting:
            await each


async def _refused(http: httpx2.AsyncClient) -> dict[str, Any]:
    """The first refusal, once the others have all arrived."""
    while True:
        answer = (await http.post("/mcp", json=calling("echo", text="x"))).json()
        if "error" in answer:
            return dict(answer)


async def test_exceptions_are_not_revealed(ada: Person, workshop: ToolServer) -> None:
    async with session(ada) as http, ada.http() as plain:
        answers = [
            await http.post("/mcp", json=calling("crash")),
            await plain.post("/mcp", **at_once("crash")),
        ]
    for answer in answers:
        assert answer.json()["error"]["message"] == "Internal server error"
        assert SECRET not in answer.text


# method, headers instead of the usual, status
REFUSED = [
    ("PUT", {}, 405),
    ("POST", {"accept": "application/json"}, 406),
    ("POST", {"accept": "text/event-stream"}, 406),
    ("POST", {"accept": "*/*"}, 200),
    ("GET", {"accept": "application/json"}, 406),
    ("POST", {"content-type": "text/plain"}, 415),
    ("POST", {"mcp-session-id": "unknown"}, 404),
    ("GET", {"mcp-session-id": "unknown"}, 404),
    ("DELETE", {"mcp-session-id": "unknown"}, 404),
    ("POST", {"mcp-protocol-version": "1999-01-01"}, 400),
    ("GET", {"mcp-protocol-version": VERSION}, 405),
]


@pytest.mark.parametrize(("method", "headers", "status"), REFUSED)
async def test_refused_http_requests(
    ada: Person, workshop: ToolServer, method: str, headers: dict[str, str], status: int
) -> None:
    async with session(ada) as http:
        body = json.dumps(request(2, "ping")) if method == "POST" else None
        answer = await http.request(method, "/mcp", content=body, headers=headers)
        assert answer.status_code == status
        if status >= 400:
            assert answer.json()["error"]["message"]


async def test_a_session_has_one_standalone_stream(ada: Person, workshop: ToolServer) -> None:
    async with session(ada) as http, http.stream("GET", "/mcp") as first:
        assert first.status_code == 200
        assert (await http.get("/mcp")).status_code == 409


async def test_requests_need_their_session(ada: Person, workshop: ToolServer) -> None:
    async with ada.http() as http:
        answer = await http.post("/mcp", json=request(2, "ping"), headers=ACCEPT)
    assert answer.status_code == 400


@pytest.mark.parametrize("version", [LEGACY, VERSION])
async def test_a_client_that_reads_nothing_is_disconnected(
    server: RunningServer,
    ada: Person,
    workshop: ToolServer,
    monkeypatch: pytest.MonkeyPatch,
    version: str,
) -> None:
    monkeypatch.setattr(stalled_output, "STUCK_SECONDS", 0.1)
    state = server.server.server_state
    async with session(ada) as http:
        sent = at_once("flood") if version == VERSION else {"json": calling("flood")}
        prepared = http.build_request("POST", "/mcp", **sent)
        if version == VERSION:
            del prepared.headers["mcp-session-id"]
        before = len(state.connections)
        _, writer = await narrow(server)
        head = f"POST /mcp HTTP/1.1\r\n{_lines(prepared)}\r\n\r\n"
        writer.write(head.encode() + prepared.content)
        async with asyncio.timeout(SECONDS):
            await workshop.working.wait()
        await eventually(lambda: len(state.connections) == before)
        if version == VERSION:
            async with asyncio.timeout(SECONDS):
                await workshop.stopped.wait()
        writer.transport.abort()


def _lines(prepared: httpx2.Request) -> str:
    return "\r\n".join(f"{name}: {value}" for name, value in prepared.headers.items())


@pytest.mark.parametrize("name", ["9" * 400, r'"\ud800"', '"' + "x" * 9000 + '"'])
async def test_any_client_name_is_accepted(ada: Person, workshop: ToolServer, name: str) -> None:
    sent = at_once("echo")
    body = json.dumps(sent.pop("json")).replace('"name": "test"', f'"name": {name}')
    async with ada.http() as http:
        answer = await http.post("/mcp", content=body, **sent)
    assert answer.headers["content-type"] == "application/json"
    assert "Internal" not in answer.text
