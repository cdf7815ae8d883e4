"""`basicchat mcp --server` when the server is killed, comes back, refuses, or is hard to reach."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from basicchat.testing.loopback import own_port
from support.mcp.blocking_proxy import WAYS as BLOCKED
from support.mcp.blocking_proxy import Proxy, blocking
from support.mcp.bridge_process import Program, program
from support.mcp.conformance_suite import ENVIRONMENT, owner_token
from support.mcp.sockets import hello, modern, note, request
from support.mcp.tool_server import ToolServer
from support.servers import SECONDS, RunningServer, eventually
from support.users import Person, set_status

GREETED = "Hello, Ada!"
LOST = "The connection to the server was lost before it answered"


class Served:
    """A server process on one port, to be killed and started again."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = own_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._child: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it, and wait until it listens."""
        options = ["--port", str(self.port), "--data-dir", str(self.home)]
        self._child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "basicchat", "serve", *options,
            env={**os.environ, **ENVIRONMENT},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert self._child.stdout is not None
        async with asyncio.timeout(SECONDS):
            assert b"is listening on" in await self._child.stdout.readline()

    async def stop(self) -> None:
        """SIGTERM."""
        assert self._child is not None
        self._child.terminate()
        await self._child.communicate()
        self._child = None

    async def kill(self) -> None:
        """SIGKILL."""
        if self._child is not None:
            self._child.kill()
            await self._child.communicate()
            self._child = None


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    """A server that runs."""
    here = Served(tmp_path / "home")
    await here.start()
    try:
        yield here
    finally:
        await here.kill()


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
    token = await asyncio.to_thread(owner_token, served.home)
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


async def test_a_session_outlives_its_server(served: Served, talk: Program) -> None:
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


async def test_what_was_on_its_way_is_answered_and_never_repeated(
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
    assert "again" in complaints
    assert "Traceback" not in complaints


async def test_an_answer_to_a_server_that_is_gone_reaches_no_other(
    served: Served, talk: Program
) -> None:
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


async def test_requests_of_2026_go_on_and_what_is_listened_to(
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
async def test_what_is_listened_to_ends_with_the_conversation_alone(
    served: Served, tmp_path: Path, way: str
) -> None:
    token = await asyncio.to_thread(owner_token, served.home)
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


async def test_what_is_listened_to_ends_with_the_key(
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


async def test_a_folder_takes_the_place_of_its_server_until_the_next(
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
    assert f"Connected to {served.home} itself" in told
    assert told.splitlines()[-1] == f"basicchat: Connected to {served.url}"
    assert "Traceback" not in told


async def test_a_server_that_comes_late(tmp_path: Path) -> None:
    served = Served(tmp_path / "home")
    await served.start()
    token = await asyncio.to_thread(owner_token, served.home)
    await served.kill()
    async with bridged(served.url, token, tmp_path / "none") as talk:
        await talk.send(hello())
        assert talk.process.stderr is not None
        async with asyncio.timeout(SECONDS):
            line = (await talk.process.stderr.readline()).decode()
        assert f"Nothing that is BasicChat answers at {served.url}: Nothing listens there" in line
        await served.start()
        assert (await talk.reply(0))["result"]["serverInfo"]["name"] == "basicchat"
    await served.kill()


async def test_a_server_that_never_comes_is_said_to_who_asks(tmp_path: Path) -> None:
    async with bridged("http://127.0.0.1:1", "x", tmp_path / "none") as talk:
        await talk.send(hello())
        await talk.send(request(1, "ping"))
        await talk.send(note("notifications/cancelled", requestId=1))
        assert await talk.end() == 1
        error = (await talk.reply(0))["error"]
        assert "Nothing that is BasicChat answers at http://127.0.0.1:1" in error["message"]
        assert "asking again is enough" in error["message"]
        assert error["data"]["retryable"] is True
        with pytest.raises(EOFError):
            await talk.receive()


async def test_a_revoked_key_is_said_to_who_asks(
    server: RunningServer, ada: Person, tmp_path: Path
) -> None:
    async with ada.talk() as own:
        made = await own.call("keys.create", label="laptop", scopes=["read"])
        async with bridged(server.url, made["secret"], tmp_path / "none") as talk:
            await greet(talk)
            await own.call("keys.revoke", key_id=made["key"]["key_id"])
            assert talk.process.stderr is not None
            async with asyncio.timeout(SECONDS):
                assert b"does not know this token" in await talk.process.stderr.readline()
            await talk.send(request(1, "tools/list"))
            error = (await talk.reply(1))["error"]
            assert (error["code"], error["data"]["kind"]) == (-31001, "unauthenticated")
            assert "basicchat token create" in error["message"]
            assert await talk.end() == 1


@pytest.mark.parametrize("way", BLOCKED)
async def test_where_websocket_is_blocked_it_goes_by_http(
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
        assert "speaking over HTTP" in await talk.complaints()


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


async def test_over_http_headers_repeat_what_a_tool_marks(served: Served, tmp_path: Path) -> None:
    token = await asyncio.to_thread(owner_token, served.home)
    async with hindered(served.url, token, tmp_path / "none") as (_, talk):
        await talk.send(modern(1, "tools/list"))
        await talk.reply(1)
        marked = {"name": "test_x_mcp_header", "arguments": {"region": "süd"}}
        await talk.send(modern(2, "tools/call", **marked))
        assert (await talk.reply(2))["result"]["isError"] is False


async def test_over_http_a_session_outlives_its_server(served: Served, tmp_path: Path) -> None:
    token = await asyncio.to_thread(owner_token, served.home)
    async with hindered(served.url, token, tmp_path / "none") as (_, talk):
        await greet(talk)
        await call(talk, 1, "slow_compute", seconds=100)
        await said(talk, "notifications/progress")
        await served.kill()
        assert (await talk.reply(1))["error"]["message"].startswith(LOST)
        await served.start()
        await call(talk, 2, "greet", name="Ada")
        assert text(await talk.reply(2)) == GREETED


async def test_over_http_a_loss_of_access_is_said(
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


async def test_a_session_over_http_ends_with_the_program(
    server: RunningServer, ada: Person, tmp_path: Path
) -> None:
    async with hindered(server.url, ada.token, tmp_path / "none") as (_, talk):
        await greet(talk)
        await talk.send(request(1, "ping"))
        await talk.reply(1)
        assert await talk.end() == 0
    await eventually(lambda: not server.app.server_context.feeds)


@pytest.mark.parametrize("token", ["x", ""])
async def test_a_token_that_is_not_known_is_said_to_who_asks(
    server: RunningServer, tmp_path: Path, token: str
) -> None:
    async with bridged(server.url, token, tmp_path / "none") as talk:
        await talk.send(hello())
        error = (await talk.reply(0))["error"]
        assert error["data"]["kind"] == "unauthenticated"
        assert "token" in error["message"]
        assert await talk.end() == 1
