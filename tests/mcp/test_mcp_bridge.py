"""`basicchat mcp --server` when the server is killed, comes back, refuses, or is hard to reach."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from basicchat.cli.in_process import owner_token
from basicchat.config import Settings
from basicchat.testing.loopback import own_port
from support.command_line import KILL, launched
from support.mcp.blocking_proxy import WAYS as BLOCKED
from support.mcp.blocking_proxy import Proxy, blocking
from support.mcp.bridge_process import Program, program
from support.mcp.conformance_suite import ENVIRONMENT
from support.mcp.sockets import hello, modern, note, request
from support.mcp.tool_server import ToolServer
from support.servers import SECONDS, RunningServer, eventually, running, settings_for
from support.users import Person, set_status

GREETED = "Hello, Ada!"
LOST = "The connection to the server was lost before it answered"


class Served:
    """A server on one port, to be cut off and started again.

    It runs in the test's own process: for a bridge, which is another process, a killed server is
    one whose connections break while nothing listens any more.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = own_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._open = AsyncExitStack()
        self._server: RunningServer | None = None

    async def token(self) -> str:
        """A token of the owner."""
        assert self._server is not None
        return self._server.token()

    async def start(self) -> None:
        """Start it, and wait until it listens."""
        settings = settings_for(self.home.parent, data_dir=self.home, port=self.port)
        self._server = await self._open.enter_async_context(running(settings))

    async def stop(self) -> None:
        """As SIGTERM does."""
        await self._open.aclose()
        self._server = None

    async def kill(self) -> None:
        """Break all connections, as the system does for a killed process."""
        if self._server is not None:
            server = self._server.server
            for listener in server.servers:
                listener.close()
            for connection in tuple(server.server_state.connections):
                assert connection.transport is not None
                connection.transport.abort()
            server.stop(at_once=True)
            await self.stop()


class ServedProcess(Served):
    """A server that is a process of its own."""

    _child: asyncio.subprocess.Process | None = None

    async def token(self) -> str:
        settings = Settings(data_dir=self.home, provider="extractive")
        return await asyncio.to_thread(owner_token, settings)

    async def start(self) -> None:
        options = ["--port", str(self.port), "--data-dir", str(self.home)]
        self._child = await asyncio.create_subprocess_exec(
            *launched(), "serve", *options,
            env={**os.environ, **ENVIRONMENT},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert self._child.stdout is not None
        async with asyncio.timeout(SECONDS):
            assert b"is listening on" in await self._child.stdout.readline()

    async def kill(self) -> None:
        """SIGKILL."""
        if self._child is not None:
            self._child.send_signal(KILL)
            await self._child.communicate()
            self._child = None


SERVERS = {"here": Served, "process": ServedProcess}


@pytest.fixture
async def served(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Served]:
    """A server that runs; in a process of its own if a test says so."""
    monkeypatch.setenv("BASICCHAT_MCP_FIXTURES", "1")
    here = SERVERS[getattr(request, "param", "here")](tmp_path / "home")
    await here.start()
    try:
        yield here
    finally:
        await here.kill()


as_process = pytest.mark.parametrize("served", ["process"], indirect=True)


@asynccontextmanager
async def bridged(server: str, token: str, folder: Path) -> AsyncIterator[Program]:
    """The program, for a server."""
    async with program(folder, "--server", server, environ={"BASICCHAT_TOKEN": token}) as talk:
        yield talk


@asynccontextmanager
async def hindered(
    server: str, token: str, folder: Path, way: str = "refuses"
) -> AsyncIterator[tuple[Proxy, Program]]:
    """The program, for a server where a proxy lets no WebSocket through."""
    async with blocking(server, way) as proxy, bridged(proxy.url, token, folder) as talk:
        yield proxy, talk


@pytest.fixture
async def talk(served: Served, tmp_path: Path) -> AsyncIterator[Program]:
    """The program, for that server, as its owner."""
    token = await served.token()
    async with bridged(served.url, token, tmp_path / "none") as here:
        yield here


async def greet(talk: Program) -> dict[str, Any]:
    """The handshake; what the server says of itself."""
    await talk.send(hello())
    welcome = (await talk.reply(0))["result"]
    await talk.send(note("notifications/initialized"))
    return dict(welcome)


async def call(talk: Program, number: object, name: str, /, **arguments: Any) -> None:
    """Call a tool; its progress is told."""
    params = {"name": name, "arguments": arguments, "_meta": {"progressToken": number}}
    await talk.send(request(number, "tools/call", **params))


async def said(talk: Program, method: str) -> dict[str, Any]:
    """The next message of a method."""
    while (message := await talk.receive()).get("method") != method:
        assert message
    return message


def text(reply: dict[str, Any]) -> str:
    """What a tool answered."""
    return str(reply["result"]["content"][0]["text"])


@as_process
async def test_a_session_survives_a_restart_of_the_server(served: Served, talk: Program) -> None:
    await greet(talk)
    await talk.send(request(1, "logging/setLevel", level="info"))
    await talk.send(request(2, "resources/subscribe", uri="test://watched-resource"))
    await talk.send(request(3, "tools/list"))
    for number in (1, 2, 3):
        assert "result" in await talk.reply(number)
    await served.kill()
    await call(talk, 4, "greet", name="Ada")
    await served.start()
    # What may have changed meanwhile is to be looked at again.
    await said(talk, "notifications/resources/list_changed")
    updated = await said(talk, "notifications/resources/updated")
    assert updated["params"] == {"uri": "test://watched-resource"}
    assert text(await talk.reply(4)) == GREETED
    # The new server was told what the one before was: lines of the log come.
    await call(talk, 5, "test_tool_with_logging")
    await said(talk, "notifications/message")
    assert "result" in await talk.reply(5)
    assert await talk.end() == 0


async def test_an_interrupted_write_fails_and_is_not_repeated(
    served: Served, talk: Program
) -> None:
    await greet(talk)
    await call(talk, 1, "slow_compute", seconds=100)
    await said(talk, "notifications/progress")
    await served.kill()
    error = (await talk.reply(1))["error"]
    assert (error["code"], error["data"]["kind"]) == (-31050, "upstream_unavailable")
    assert error["message"].startswith(LOST)
    assert error["data"]["retryable"] is False
    await served.start()
    await call(talk, 2, "greet", name="Ada")
    assert text(await talk.reply(2)) == GREETED
    await talk.end()
    complaints = await talk.complaints()
    assert "Reconnecting" in complaints
    assert "Traceback" not in complaints


async def test_an_answer_to_an_earlier_server_is_dropped(served: Served, talk: Program) -> None:
    await talk.send(hello(elicitation={}))
    await talk.reply(0)
    await talk.send(note("notifications/initialized"))
    await call(talk, 1, "test_elicitation", message="Sure?")
    first = await said(talk, "elicitation/create")
    await served.kill()
    assert (await said(talk, "notifications/cancelled"))["params"]["requestId"] == first["id"]
    await served.start()
    await call(talk, 2, "test_elicitation", message="Really?")
    second = await said(talk, "elicitation/create")
    assert second["id"] != first["id"]
    for asked, name in ((first, "old"), (second, "new")):
        result = {"action": "accept", "content": {"response": name}}
        await talk.send({"jsonrpc": "2.0", "id": asked["id"], "result": result})
    answered = text(await talk.reply(2))
    assert "new" in answered
    assert "old" not in answered


async def test_requests_and_subscriptions_of_2026_survive_a_restart(
    served: Served, talk: Program
) -> None:
    await talk.send(modern("all", "subscriptions/listen", notifications={"toolsListChanged": True}))
    await said(talk, "notifications/subscriptions/acknowledged")
    await served.kill()
    await talk.send(modern(2, "tools/call", name="greet", arguments={"name": "Ada"}))
    await served.start()
    changed = await said(talk, "notifications/tools/list_changed")
    assert changed["params"]["_meta"] == {"io.modelcontextprotocol/subscriptionId": "all"}
    assert text(await talk.reply(2)) == GREETED
    await talk.send(modern(3, "tools/call", name="test_trigger_tool_change", arguments={}))
    await said(talk, "notifications/tools/list_changed")


TAG = "io.modelcontextprotocol/subscriptionId"
END = {"resultType": "complete", "_meta": {TAG: "all"}}


@pytest.mark.parametrize("way", ["websocket", "http"])
async def test_subscriptions_end_only_with_the_client(
    served: Served, tmp_path: Path, way: str
) -> None:
    token = await served.token()
    proxied = blocking(served.url) if way == "http" else nullcontext(served)
    async with proxied as there, bridged(there.url, token, tmp_path / "none") as talk:
        wanted = {"toolsListChanged": True}
        await talk.send(modern("all", "subscriptions/listen", notifications=wanted))
        await said(talk, "notifications/subscriptions/acknowledged")
        # It says that it goes; whoever listens goes on with the next.
        await served.stop()
        await served.start()
        missed = await talk.receive()
        assert missed["method"] == "notifications/tools/list_changed"
        await said(talk, "notifications/subscriptions/acknowledged")
        await talk.send(modern(2, "tools/call", name="test_trigger_tool_change", arguments={}))
        await said(talk, "notifications/tools/list_changed")
        assert await talk.end() == 0
        assert (await talk.reply("all"))["result"] == END


async def test_subscriptions_end_when_the_key_is_revoked(
    server: RunningServer, ada: Person, tmp_path: Path
) -> None:
    async with ada.talk() as own:
        made = await own.call("keys.create", label="laptop", scopes=["read"])
        async with bridged(server.url, made["secret"], tmp_path / "none") as talk:
            await talk.send(modern("all", "subscriptions/listen", notifications={}))
            await said(talk, "notifications/subscriptions/acknowledged")
            await own.call("keys.revoke", key_id=made["key"]["key_id"])
            assert (await talk.reply("all"))["result"] == END
            await talk.send(modern(2, "subscriptions/listen", notifications={}))
            assert (await talk.reply(2))["error"]["data"]["kind"] == "unauthenticated"


@as_process
async def test_the_folder_is_opened_until_a_server_starts_again(
    served: Served, tmp_path: Path
) -> None:
    async with program(served.home, environ=ENVIRONMENT) as talk:
        await greet(talk)
        await call(talk, 1, "slow_compute", seconds=100)
        await said(talk, "notifications/progress")
        await served.kill()
        assert (await talk.reply(1))["error"]["message"].startswith(LOST)
        await call(talk, 2, "greet", name="Ada")
        assert text(await talk.reply(2)) == GREETED
        await served.start()
        await call(talk, 3, "greet", name="Ada")
        assert text(await talk.reply(3)) == GREETED
        assert await talk.end() == 0
        told = await talk.complaints()
    assert f"Connected to the data folder {served.home}" in told
    assert told.splitlines()[-1] == f"basicchat: Connected to {served.url}"
    assert "Traceback" not in told


async def test_a_server_that_starts_late(served: Served, tmp_path: Path) -> None:
    token = await served.token()
    await served.kill()
    async with bridged(served.url, token, tmp_path / "none") as talk:
        await talk.send(hello())
        assert talk.process.stderr is not None
        async with asyncio.timeout(SECONDS):
            line = (await talk.process.stderr.readline()).decode()
        assert f"No BasicChat server answers at {served.url}: nothing listens there" in line
        await served.start()
        assert (await talk.reply(0))["result"]["serverInfo"]["name"] == "basicchat"


async def test_requests_fail_if_no_server_starts(tmp_path: Path) -> None:
    async with bridged("http://127.0.0.1:1", "x", tmp_path / "none") as talk:
        await talk.send(hello())
        await talk.send(request(1, "ping"))
        await talk.send(note("notifications/cancelled", requestId=1))
        assert await talk.end() == 1
        error = (await talk.reply(0))["error"]
        assert "No BasicChat server answers at http://127.0.0.1:1" in error["message"]
        assert "repeating the request is enough" in error["message"]
        assert error["data"]["retryable"] is True
        with pytest.raises(EOFError):
            await talk.receive()


async def test_requests_fail_with_a_revoked_key(
    server: RunningServer, ada: Person, tmp_path: Path
) -> None:
    async with ada.talk() as own:
        made = await own.call("keys.create", label="laptop", scopes=["read"])
        async with bridged(server.url, made["secret"], tmp_path / "none") as talk:
            await greet(talk)
            await own.call("keys.revoke", key_id=made["key"]["key_id"])
            assert talk.process.stderr is not None
            async with asyncio.timeout(SECONDS):
                assert b"does not accept this token" in await talk.process.stderr.readline()
            await talk.send(request(1, "tools/list"))
            error = (await talk.reply(1))["error"]
            assert (error["code"], error["data"]["kind"]) == (-31001, "unauthenticated")
            assert "basicchat token create" in error["message"]
            assert await talk.end() == 1


@pytest.mark.parametrize("way", BLOCKED)
async def test_http_is_used_if_websocket_is_blocked(
    server: RunningServer, ada: Person, tmp_path: Path, way: str
) -> None:
    shop = ToolServer()
    shop.serve(server)
    async with hindered(server.url, ada.token, tmp_path / "none", way) as (proxy, talk):
        await talk.send(hello(roots={}))
        assert (await talk.reply(0))["result"]["protocolVersion"] == "2025-11-25"
        await talk.send(note("notifications/initialized"))
        await call(talk, 1, "who")
        assert text(await talk.reply(1)) == "Ada"
        await call(talk, 2, "count", to=3)
        assert [(await said(talk, "notifications/progress"))["params"]["progress"] for _ in "123"]
        assert text(await talk.reply(2)) == "counted"
        # Asked beside the call, and by the call itself.
        for number, name in ((3, "ask"), (4, "ask_along")):
            await call(talk, number, name)
            asked = await said(talk, "roots/list")
            roots = {"roots": [{"uri": f"file:///{name}"}]}
            await talk.send({"jsonrpc": "2.0", "id": asked["id"], "result": roots})
            assert text(await talk.reply(number)) == f"file:///{name}"
        await call(talk, 5, "wait")
        await asyncio.wait_for(shop.working.wait(), SECONDS)
        await talk.send(note("notifications/cancelled", requestId=5))
        await asyncio.wait_for(shop.stopped.wait(), SECONDS)
        assert proxy.blocked
        assert await talk.end() == 0
        assert "using HTTP" in await talk.complaints()


async def test_requests_of_2026_over_http(
    server: RunningServer, ada: Person, tmp_path: Path
) -> None:
    shop = ToolServer()
    shop.serve(server)
    async with hindered(server.url, ada.token, tmp_path / "none") as (_, talk):
        await talk.send(modern(1, "tools/call", name="echo", arguments={"text": "Grüße"}))
        assert text(await talk.reply(1)) == "Grüße"
        await talk.send(modern(2, "tools/call", name="ärger", arguments={}))
        assert "error" in await talk.reply(2)
        await talk.send(modern(3, "tools/call", name="wait", arguments={}))
        await asyncio.wait_for(shop.working.wait(), SECONDS)
        # One that names no request takes none back, nor the bridge along.
        await talk.send(note("notifications/cancelled", requestId=[3]))
        await talk.send(note("notifications/cancelled", requestId=3))
        await asyncio.wait_for(shop.stopped.wait(), SECONDS)
        await talk.send(modern(4, "server/discover"))
        assert "result" in await talk.reply(4)
        assert await talk.end() == 0


async def test_over_http_headers_repeat_marked_arguments(served: Served, tmp_path: Path) -> None:
    token = await served.token()
    async with hindered(served.url, token, tmp_path / "none") as (_, talk):
        await talk.send(modern(1, "tools/list"))
        await talk.reply(1)
        marked = {"name": "test_x_mcp_header", "arguments": {"region": "süd"}}
        await talk.send(modern(2, "tools/call", **marked))
        assert (await talk.reply(2))["result"]["isError"] is False


async def test_over_http_a_session_survives_a_restart_of_the_server(
    served: Served, tmp_path: Path
) -> None:
    token = await served.token()
    async with hindered(served.url, token, tmp_path / "none") as (_, talk):
        await greet(talk)
        await call(talk, 1, "slow_compute", seconds=100)
        await said(talk, "notifications/progress")
        await served.kill()
        assert (await talk.reply(1))["error"]["message"].startswith(LOST)
        await served.start()
        await call(talk, 2, "greet", name="Ada")
        assert text(await talk.reply(2)) == GREETED


async def test_over_http_lost_access_is_reported(
    server: RunningServer, ada: Person, tmp_path: Path
) -> None:
    async with hindered(server.url, ada.token, tmp_path / "none") as (_, talk):
        await greet(talk)
        await set_status(server, ada, status="suspended")
        await talk.send(request(1, "tools/list"))
        error = (await talk.reply(1))["error"]
        assert error["data"]["kind"] == "forbidden"
        assert "suspended" in error["message"]
        assert await talk.end() == 1


async def test_a_session_over_http_ends_with_the_bridge(
    server: RunningServer, ada: Person, tmp_path: Path
) -> None:
    async with hindered(server.url, ada.token, tmp_path / "none") as (_, talk):
        await greet(talk)
        await talk.send(request(1, "ping"))
        await talk.reply(1)
        assert await talk.end() == 0
    await eventually(lambda: not server.app.server_context.feeds)


@pytest.mark.parametrize("token", ["x", ""])
async def test_requests_fail_with_an_unknown_token(
    server: RunningServer, tmp_path: Path, token: str
) -> None:
    async with bridged(server.url, token, tmp_path / "none") as talk:
        await talk.send(hello())
        error = (await talk.reply(0))["error"]
        assert error["data"]["kind"] == "unauthenticated"
        assert "token" in error["message"]
        assert await talk.end() == 1
