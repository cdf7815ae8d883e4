"""MCP through a load balancer that gives each request to another of two nodes."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import httpx2
import mcp_types as types
import pytest
from websockets.exceptions import ConnectionClosed

from basicchat.config import Settings
from basicchat.domain.node_streams import NodeGone, ask
from basicchat.mcp.http.forwarding import KIND
from support.mcp.client import talking
from support.mcp.http_session import ACCEPT, calling, events, messages_after, resumed_call, session
from support.mcp.official_client import ERAS, Kind, text_of, visiting
from support.mcp.sockets import hello, note, request
from support.mcp.tool_server import ToolServer
from support.nodes import node_settings
from support.redis_server import RedisServer
from support.servers import SECONDS, RunningServer, eventually, running_alone
from support.users import Person, key_of, person

pytestmark = pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning")


@pytest.fixture
def workshop(server: RunningServer) -> ToolServer:
    """Tools that wait, tell and ask, on both nodes."""
    workshop = ToolServer()
    workshop.serve(server)
    return workshop


def at(whose: Person, node: RunningServer) -> Person:
    """The same user, at one node."""
    return replace(whose, server=node)


async def ping(http: httpx2.AsyncClient) -> int:
    """The status of a ping's answer."""
    return (await http.post("/mcp", json=request(1, "ping"))).status_code


async def status(whose: Person, http: httpx2.AsyncClient) -> int:
    """The status of a ping of a session at one node."""
    headers = {**dict(http.headers), **whose.bearer}
    async with whose.http() as other:
        return (await other.post("/mcp", json=request(1, "ping"), headers=headers)).status_code


async def test_a_session_is_served_by_every_node(
    server: RunningServer, ada: Person, bob: Person, workshop: ToolServer
) -> None:
    async with session(ada) as http:
        assert [await ping(http) for _ in range(4)] == [200] * 4
        assert server.balancer is not None
        assert min(server.balancer.served.values()) >= 3
        for node in server.nodes:
            assert await status(at(ada, node), http) == 200
            # Neither of another user, nor of the same user through a key.
            assert await status(at(bob, node), http) == 404
            assert await status(at(await key_of(ada, "read"), node), http) == 404
        # Long ones, too, in both directions.
        text = "é" * 200_000
        for _ in range(2):
            echoed = await http.post("/mcp", json=calling("echo", text=text))
            assert echoed.json()["result"]["content"][0]["text"] == text
        for _ in range(2):
            refused = await http.post("/mcp", json=calling("echo", text="x" * (1 << 20)))
            assert refused.status_code == 413
        assert (await http.delete("/mcp")).status_code == 200
        assert [await ping(http) for _ in range(2)] == [404] * 2


async def test_a_stream_is_resumed_through_the_other_node(
    ada: Person, workshop: ToolServer
) -> None:
    async with session(ada) as http, asyncio.timeout(SECONDS):
        event_id, rest = await resumed_call(http, workshop.working, workshop.go)
        for _ in range(2):
            assert await messages_after(http, event_id) == rest


async def test_a_parked_question_is_answered_and_a_call_cancelled_through_the_other_node(
    ada: Person, workshop: ToolServer
) -> None:
    async with session(ada) as http, asyncio.timeout(SECONDS):
        for _ in range(2):
            async with http.stream("POST", "/mcp", json=calling("ask_along")) as answer:
                coming = events(answer)
                asked = [await anext(coming), await anext(coming)][-1].message
                assert asked["method"] == "roots/list"
                roots = {"roots": [{"uri": "file:///here"}]}
                reply = {"jsonrpc": "2.0", "id": asked["id"], "result": roots}
                # Once more or less, so that the next round begins on the other node.
                assert (await http.post("/mcp", json=reply)).status_code == 202
                last = [each.message async for each in coming][-1]
            assert last["result"]["content"][0]["text"] == "file:///here"
            await ping(http)
        async with asyncio.TaskGroup() as group:
            waiting = group.create_task(http.post("/mcp", json=calling("wait", 5)))
            await workshop.working.wait()
            gone = note("notifications/cancelled", requestId=5)
            assert (await http.post("/mcp", json=gone)).status_code == 202
            await workshop.stopped.wait()
            assert "result" not in (await waiting).text


@pytest.mark.parametrize("era", ERAS)
async def test_the_official_client(
    server: RunningServer, ada: Person, gate: asyncio.Semaphore, era: str
) -> None:
    """Tools, progress, a question to the user and changes of resources, in both revisions."""
    for _ in range(100):
        gate.release()
    room = (await ada.call("rooms.create", name="Bees"))["room_id"]
    uri = f"basicchat://conversation/{room}"
    updated = asyncio.Event()
    progress: list[float] = []

    async def hear(message: Any) -> None:
        if isinstance(message, types.ResourceUpdatedNotification):
            updated.set()

    async def note_progress(now: float, total: float | None, message: str | None) -> None:
        progress.append(now)

    options = {"message_handler": hear} if era == "legacy" else {}
    async with asyncio.timeout(SECONDS), visiting(ada, Kind("http", era), **options) as client:
        assert "search_documents" in {tool.name for tool in (await client.list_tools()).tools}
        for _ in range(4):
            told = await client.call_tool("calculator", {"expression": "6 * 7"})
            assert "42" in text_of(told)
        told = await client.call_tool(
            "ask", {"question": "Where?"}, progress_callback=note_progress
        )
        assert "where food is." in text_of(told)
        assert progress == sorted(progress)
        if era == "legacy":
            await client.session.subscribe_resource(uri)
            await ada.call("messages.post", room_id=room, text="hello")
            await updated.wait()
            return
        for _ in range(2):
            async with client.listen(resource_subscriptions=[uri]) as stream:
                await ada.call("messages.post", room_id=room, text="hello")
                await anext(aiter(stream))


async def test_a_revoked_key_ends_what_it_has_begun_through_another_node(
    server: RunningServer, ada: Person, workshop: ToolServer
) -> None:
    one, other = server.nodes
    made = await ada.call("keys.create", label="test", scopes=["read"])
    key = replace(ada, token=made["secret"])
    async with session(at(key, one)) as http, at(key, other).http() as through:
        through.headers |= {**dict(http.headers)}
        async with asyncio.timeout(SECONDS), asyncio.TaskGroup() as group:
            waiting = group.create_task(through.post("/mcp", json=calling("wait")))
            await workshop.working.wait()
            await at(ada, one).call("keys.revoke", key_id=made["key"]["key_id"])
            await workshop.stopped.wait()
            assert (await waiting).status_code in (200, 401)
        assert await ping(http) == 401


async def test_the_sessions_of_a_node_that_is_gone_are_gone(settings: Settings) -> None:
    workshop = ToolServer()
    async with running_alone(node_settings(settings, 0)) as survivor:
        workshop.serve(survivor)
        ada = await person(survivor, "Ada")
        async with ada.http() as through, asyncio.timeout(SECONDS), AsyncExitStack() as stack:
            async with running_alone(node_settings(settings, 1)) as dying:
                workshop.serve(dying)
                async with session(at(ada, dying)) as http:
                    through.headers |= {**dict(http.headers)}
                listening = await stack.enter_async_context(through.stream("GET", "/mcp"))
                assert listening.status_code == 200
            await listening.aread()
            assert await ping(through) == 404
            del through.headers["mcp-session-id"]
            assert (await through.post("/mcp", json=hello())).status_code == 200


@pytest.mark.parametrize("limits", [{"mcp_sessions_per_user": 2}])
async def test_a_users_sessions_are_limited_over_all_nodes(
    server: RunningServer, ada: Person, bob: Person
) -> None:
    one, other = (at(ada, node) for node in server.nodes)
    async with asyncio.timeout(SECONDS), AsyncExitStack() as stack:

        async def opened(whose: Person) -> httpx2.AsyncClient:
            return await stack.enter_async_context(session(whose))

        first, second = await opened(one), await opened(one)
        # It takes the place of the one on the other node that was idle for longest.
        third = await opened(other)
        assert [await status(one, each) for each in (first, second, third)] == [404, 200, 200]
        listening = [
            await stack.enter_async_context(each.stream("GET", "/mcp")) for each in (second, third)
        ]
        assert [answer.status_code for answer in listening] == [200, 200]
        for whose in (one, other):
            async with whose.http() as http:
                refused = await http.post("/mcp", json=hello(), headers=ACCEPT)
            assert refused.status_code == 429
            assert refused.json()["error"]["data"]["reason"] == "mcp_sessions_busy"
        # Other users have places of their own, and one that is given back is free on each node.
        await opened(at(bob, server.nodes[0]))
        assert (await second.delete("/mcp")).status_code == 200
        await opened(other)


@pytest.mark.parametrize("limits", [{"mcp_sessions_per_user": 1}])
async def test_a_users_sockets_are_limited_over_all_nodes(
    server: RunningServer, ada: Person
) -> None:
    one, other = (at(ada, node) for node in server.nodes)
    async with asyncio.timeout(SECONDS):
        async with talking(one, "websocket", "legacy"):
            with pytest.raises(EOFError) as ended:
                async with talking(other, "websocket", "legacy"):
                    pytest.fail("the user already has a connection at the other node")
            closed = ended.value.__cause__
            assert isinstance(closed, ConnectionClosed)
            assert closed.rcvd is not None
            assert closed.rcvd.code == 4429


async def test_while_nodes_cannot_reach_each_other_the_client_is_to_try_again(
    server: RunningServer, ada: Person, workshop: ToolServer, redis: RedisServer
) -> None:
    one, other = server.nodes
    async with session(at(ada, one)) as http, at(ada, other).http() as through:
        through.headers |= {**dict(http.headers)}
        redis.pause()
        try:
            refused = await through.post("/mcp", json=request(1, "ping"))
            assert refused.status_code == 503
            assert refused.json()["error"]["data"]["reason"] == "redis_unavailable"
            assert await ping(http) == 200
        finally:
            redis.resume()
        links = [app.resources.link for app in server.apps]
        await eventually(lambda: all(link and link.healthy for link in links))
        assert await ping(through) == 200


async def test_requests_that_no_node_has_signed_are_refused(
    server: RunningServer, ada: Person, workshop: ToolServer
) -> None:
    one, other = (app.services.node_streams for app in server.apps)
    await ping_all(ada)
    for forged in (b"", b"x" * 31, b"\0" * 32 + b"{}", b"\0" * 2000):
        with pytest.raises(NodeGone):
            async with asyncio.timeout(SECONDS):
                await ask(one, other.node, KIND, forged)


async def ping_all(ada: Person) -> None:
    """Let both nodes load what serves MCP."""
    async with session(ada) as http:
        for _ in range(2):
            await ping(http)
