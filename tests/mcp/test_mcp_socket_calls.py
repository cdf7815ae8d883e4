"""Calls over WebSocket: whose they are, what they are told meanwhile, and what ends them."""

import asyncio
import gc
import json
from pathlib import Path
from typing import Any

import pytest

from basicchat.mcp.wire.dispatcher import FrameDispatcher
from basicchat.protocol.errors import Close
from basicchat.testing.clock import FakeClock
from basicchat.transports import token_recheck
from support.mcp.sockets import (
    greeted,
    modern,
    note,
    quiet,
    request,
    said,
    socket,
)
from support.mcp.tool_server import SECRET, ToolServer
from support.servers import SECONDS, RunningServer, eventually, running, settings_for
from support.users import Person, person, set_status


def call(era: str, number: object, name: str, **arguments: Any) -> dict[str, Any]:
    """A tool call, with a progress token, in either era."""
    if era == "modern":
        return modern(number, "tools/call", token="t", name=name, arguments=arguments)
    meta = {"progressToken": "t"}
    return request(number, "tools/call", name=name, arguments=arguments, _meta=meta)


ERAS = ("legacy", "modern")


def opened(whose: Person, era: str) -> Any:
    """A connection that is ready in an era."""
    return socket(whose) if era == "modern" else greeted(whose, roots={})


@pytest.mark.parametrize("era", ERAS)
async def test_calls_have_the_callers_rights(
    ada: Person, bob: Person, shop: ToolServer, era: str
) -> None:
    async with opened(ada, era) as hers, opened(bob, era) as his:
        for talk, name in ((hers, "Ada"), (his, "Bob")):
            await talk.send(call(era, 1, "who"))
            assert (await talk.reply(1))["result"]["content"][0]["text"] == name


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("tool", ["wait", "stubborn"])
async def test_cancelling_stops_the_work(
    ada: Person, shop: ToolServer, era: str, tool: str
) -> None:
    async with opened(ada, era) as talk:
        await talk.send(call(era, 1, tool))
        await asyncio.wait_for(shop.working.wait(), SECONDS)
        await talk.send(note("notifications/cancelled", requestId=1, reason="enough"))
        await asyncio.wait_for(shop.stopped.wait(), SECONDS)
        # Nothing is said about it any more; the id may be used again.
        await talk.send(call(era, 1, "echo", text="again"))
        assert (await talk.receive())["result"]["content"][0]["text"] == "again"


@pytest.mark.parametrize("era", ERAS)
async def test_cancelling_immediately(ada: Person, shop: ToolServer, era: str) -> None:
    async with opened(ada, era) as talk:
        if era == "modern":
            await talk.send(modern("first", "server/discover"))
            await talk.reply("first")
        connection = next(iter(ada.server.app.server_context.open))
        connection.received(json.dumps(call(era, 1, "wait")))
        connection.received(json.dumps(note("notifications/cancelled", requestId=1)))
        await talk.send(call(era, 2, "echo", text="on"))
        assert (await talk.receive())["id"] == 2
        assert not shop.working.is_set()


@pytest.mark.parametrize("params", [{}, {"requestId": None}, {"requestId": "no"}, {"requestId": 0}])
async def test_cancelling_an_unknown_request(ada: Person, params: dict[str, Any]) -> None:
    async with greeted(ada) as talk:
        await talk.send(note("notifications/cancelled", **params))
        assert await quiet(talk)


@pytest.mark.parametrize("era", ERAS)
async def test_progress_precedes_the_answer(ada: Person, shop: ToolServer, era: str) -> None:
    async with opened(ada, era) as talk:
        await talk.send(call(era, 1, "count", to=200, text="hm"))
        for number in range(200):
            frame = await talk.receive()
            assert frame["method"] == "notifications/progress"
            assert frame["params"]["progress"] == number
            assert (frame["params"]["progressToken"], frame["params"]["message"]) == ("t", "hm")
        assert (await talk.receive())["result"]["content"][0]["text"] == "counted"


async def test_no_progress_without_a_token(ada: Person, shop: ToolServer) -> None:
    async with greeted(ada) as talk:
        await talk.send(request(1, "tools/call", name="count", arguments={"to": 3}))
        assert (await talk.receive())["id"] == 1


async def test_requests_to_the_client_before_2026(ada: Person, shop: ToolServer) -> None:
    async with greeted(ada, roots={}) as talk:
        await talk.send(call("legacy", 1, "ask"))
        asked = await said(talk, "roots/list")
        answer = {"roots": [{"uri": "file:///home"}]}
        await talk.send({"jsonrpc": "2.0", "id": asked["id"], "result": answer})
        assert (await talk.reply(1))["result"]["content"][0]["text"] == "file:///home"


async def test_cancelling_a_request_withdraws_its_question(ada: Person, shop: ToolServer) -> None:
    async with greeted(ada, roots={}) as talk:
        await talk.send(call("legacy", 1, "ask"))
        asked = await said(talk, "roots/list")
        await talk.send(note("notifications/cancelled", requestId=1))
        told = await said(talk, "notifications/cancelled")
        assert told["params"]["requestId"] == asked["id"]
        # An answer that comes too late does no harm.
        await talk.send({"jsonrpc": "2.0", "id": asked["id"], "result": {"roots": []}})
        assert await quiet(talk)


async def test_no_requests_to_the_client_in_2026(ada: Person, shop: ToolServer) -> None:
    async with socket(ada) as talk:
        await talk.send(call("modern", 1, "ask"))
        assert (await talk.receive())["error"]["code"] == -32600


@pytest.mark.parametrize("era", ERAS)
async def test_no_exception_is_revealed(ada: Person, shop: ToolServer, era: str) -> None:
    async with opened(ada, era) as talk:
        await talk.send(call(era, 1, "crash"))
        frame = await talk.receive()
        assert frame["error"]["code"] == -32603
        assert SECRET not in json.dumps(frame)


async def test_an_id_in_use(ada: Person, shop: ToolServer) -> None:
    async with greeted(ada) as talk:
        await talk.send(call("legacy", 1, "wait"))
        await asyncio.wait_for(shop.working.wait(), SECONDS)
        await talk.send(call("legacy", 1, "echo", text="hi"))
        frame = await talk.receive()
        assert (frame["id"], frame["error"]["code"]) == (None, -32600)


async def test_requests_in_flight_are_limited(tmp_path: Path) -> None:
    async with running(settings_for(tmp_path, limits={"requests_in_flight": 2})) as server:
        ada = await person(server, "Ada")
        ToolServer().serve(server)
        async with greeted(ada) as talk:
            for number in (1, 2, 3):
                await talk.send(call("legacy", number, "wait"))
            error = (await talk.reply(3))["error"]
            assert error["data"]["kind"] == "rate_limited"
            # MCP keeps -32768 to -32000 for itself.
            assert not -32768 <= error["code"] <= -32000
            await talk.send(note("notifications/cancelled", requestId=1))
            await talk.send(call("legacy", 4, "echo", text="hi"))
            assert "result" in await talk.reply(4)


async def test_requests_are_limited_in_rate(tmp_path: Path) -> None:
    limits = {"messages_per_minute": 5, "mcp_reads_per_minute": 5}
    async with running(settings_for(tmp_path, limits=limits)) as server:
        ada = await person(server, "Ada")
        async with greeted(ada) as talk:
            await talk.send(request(0, "tools/list"))
            assert "result" in await talk.reply(0)
            for number in range(1, 9):
                await talk.send(request(number, "tools/list"))
            kinds = [(await talk.reply(n)).get("error", {}).get("data") for n in range(1, 9)]
            assert kinds[-1]["kind"] == "rate_limited"
            assert kinds[-1]["retry_after_ms"] > 0


async def test_a_slow_reader_slows_only_its_own_tool(
    server: RunningServer, ada: Person, shop: ToolServer
) -> None:
    """Its progress waits for it; nobody else does."""
    async with socket(ada, max_queue=1) as slow, greeted(ada) as other:
        await slow.send(call("modern", 1, "count", to=20_000, text="x" * 500))
        # Nothing is read of it while the other one is served.
        for number in range(20):
            await other.send(call("legacy", number, "echo", text="hi"))
            assert "result" in await other.reply(number)
        waiting = [each.outbox.waiting_bytes for each in server.app.server_context.open]
        assert max(waiting) <= server.app.server_context.limits.max_queue_bytes
        for number in range(20_000):
            assert (await slow.receive())["params"]["progress"] == number
        assert "result" in await slow.receive()


async def test_a_stalled_reader_is_disconnected(tmp_path: Path) -> None:
    limits = {"max_queue_bytes": 64 * 1024}
    async with running(settings_for(tmp_path, limits=limits)) as server:
        ada = await person(server, "Ada")
        ToolServer().serve(server)
        async with socket(ada, max_queue=1) as talk:
            talk.socket.transport.pause_reading()
            for number in range(30):
                await talk.send(call("modern", number, "long", length=200_000))
            await eventually(lambda: not server.app.server_context.open)
            # Reading nothing, it would wait in vain for the end of its connection.
            talk.socket.transport.abort()


@pytest.mark.parametrize("era", ERAS)
async def test_disconnecting_cancels_the_requests(ada: Person, shop: ToolServer, era: str) -> None:
    async with opened(ada, era) as talk:
        await talk.send(call(era, 1, "wait"))
        await asyncio.wait_for(shop.working.wait(), SECONDS)
    await asyncio.wait_for(shop.stopped.wait(), SECONDS)
    await eventually(lambda: not ada.server.app.server_context.open)
    assert not ada.server.app.server_context.connections


CHANGES: list[tuple[dict[str, str], int]] = [
    ({"status": "suspended"}, Close.FORBIDDEN),
]


@pytest.mark.parametrize(("change", "code"), CHANGES)
async def test_losing_access_closes_the_connection(
    server: RunningServer, ada: Person, shop: ToolServer, change: dict[str, str], code: int
) -> None:
    async with greeted(ada) as talk:
        await talk.send(call("legacy", 1, "wait"))
        await asyncio.wait_for(shop.working.wait(), SECONDS)
        await set_status(server, ada, **change)
        assert await talk.close_code() == code
    await asyncio.wait_for(shop.stopped.wait(), SECONDS)


async def test_an_expired_token_closes_the_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_recheck, "TOKEN_RECHECK_SECONDS", 0.05)
    clock = FakeClock()
    async with running(settings_for(tmp_path), clock=clock) as server:
        ada = await person(server, "Ada")
        async with greeted(ada) as talk:
            assert await quiet(talk)
            clock.advance(25 * 3600)
            assert await talk.close_code() == Close.UNAUTHENTICATED


async def test_a_stopping_server_closes_with_its_reason(tmp_path: Path) -> None:
    async with running(settings_for(tmp_path)) as server:
        ada = await person(server, "Ada")
        async with greeted(ada) as talk:
            stopping = asyncio.create_task(server.stop())
            assert await talk.close_code() == Close.DRAINING
            await stopping


async def test_connections_are_garbage_collected(
    server: RunningServer, ada: Person, shop: ToolServer
) -> None:
    async def come_and_go() -> None:
        async with socket(ada):
            pass
        async with greeted(ada):
            pass
        async with socket(ada) as talk:
            await talk.send(call("modern", 1, "wait"))

    await come_and_go()
    await eventually(lambda: not server.app.server_context.open)
    tasks = len(asyncio.all_tasks())
    for _ in range(10):
        await come_and_go()
    await eventually(
        lambda: not server.app.server_context.open and len(asyncio.all_tasks()) <= tasks
    )
    gc.collect()
    assert not [each for each in gc.get_objects() if type(each) is FrameDispatcher]
    assert not server.app.server_context.connections
