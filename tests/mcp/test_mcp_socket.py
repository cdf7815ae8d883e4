"""MCP over WebSocket: who gets in, what is said to what comes, and what becomes of the rest."""

import asyncio
import base64
import gc
import json
import random
from pathlib import Path
from typing import Any

import pytest
from test_mcp_frames import BROKEN
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from basicchat.mcp.wire.dispatcher import FrameDispatcher
from basicchat.protocol.errors import Close
from basicchat.testing.clock import FakeClock
from basicchat.transports import connection
from support.mcp.sockets import (
    MCP,
    META,
    greeted,
    hello,
    modern,
    note,
    quiet,
    request,
    said,
    socket,
    url,
)
from support.mcp.tool_server import SECRET, ToolServer
from support.servers import SECONDS, RunningServer, Talk, eventually, running, settings_for
from support.users import Person, key_of, person, set_status


@pytest.fixture
async def shop(server: RunningServer) -> ToolServer:
    """Tools of the test's own, served by the real server."""
    shop = ToolServer()
    shop.serve(server)
    return shop


REFUSED: list[tuple[str, dict[str, str], int]] = [
    ("no token", {}, 401),
    ("a wrong token", {"authorization": "Bearer x"}, 401),
    ("a wrong password", {"authorization": "Basic " + base64.b64encode(b"a:x").decode()}, 401),
    ("no base64", {"authorization": "Basic ?"}, 401),
    ("a cookie", {"cookie": "basicchat={token}"}, 401),
    ("another site", {"authorization": "Bearer {token}", "origin": "https://evil.example"}, 403),
    ("a rebound name", {"authorization": "Bearer {token}", "host": "evil.example"}, 403),
]


@pytest.mark.parametrize(("what", "headers", "status"), REFUSED, ids=[row[0] for row in REFUSED])
async def test_who_stays_out(
    server: RunningServer, ada: Person, what: str, headers: dict[str, str], status: int
) -> None:
    sent = {name: value.format(token=ada.token) for name, value in headers.items()}
    with pytest.raises(InvalidStatus) as refused:
        await connect(url(server), subprotocols=[MCP], additional_headers=sent)
    assert refused.value.response.status_code == status
    assert ("www-authenticate" in refused.value.response.headers) is (status == 401)
    await eventually(lambda: not server.app.server_context.connections)


async def test_who_is_suspended_stays_out(server: RunningServer, ada: Person) -> None:
    await set_status(server, ada, status="suspended")
    with pytest.raises(InvalidStatus) as refused:
        await connect(url(server), subprotocols=[MCP], additional_headers=ada.bearer)
    assert refused.value.response.status_code == 403


async def test_a_client_that_knows_only_a_url(ada: Person) -> None:
    """Its token is the password in it, which is sent in a header."""
    address = url(ada.server).replace("//", f"//token:{ada.token}@")
    async with connect(address, subprotocols=[MCP]) as opened:
        assert opened.subprotocol == "mcp"
        talk = Talk(opened)
        await talk.send(hello())
        assert (await talk.reply(0))["result"]["serverInfo"]["name"] == "basicchat"


async def test_another_subprotocol(ada: Person) -> None:
    async with socket(ada, subprotocols=[Subprotocol("basicchat.v1")]) as talk:
        assert await talk.close_code() == Close.PROTOCOL


async def test_too_many_from_one_address(tmp_path: Path) -> None:
    async with running(settings_for(tmp_path, limits={"connections_per_address": 1})) as server:
        ada = await person(server, "Ada")
        async with greeted(ada), socket(ada) as talk:
            assert await talk.close_code() == Close.TOO_MANY
        await eventually(lambda: not server.app.server_context.connections)
        async with greeted(ada) as talk:
            assert talk.welcome["protocolVersion"] == "2025-11-25"


async def test_too_many_of_one_user(tmp_path: Path) -> None:
    async with running(settings_for(tmp_path, limits={"mcp_sessions_per_user": 2})) as server:
        ada, bob = await person(server, "Ada"), await person(server, "Bob")
        # By whatever token: it is the user who is counted.
        key = await key_of(ada, "read")
        async with greeted(ada) as one, greeted(key), socket(ada) as talk:
            assert await talk.close_code() == Close.TOO_MANY
            async with socket(key) as more, greeted(bob) as other:
                assert await more.close_code() == Close.TOO_MANY
                assert await quiet(other)
            assert await quiet(one)
        await eventually(lambda: not server.app.server_context.open)
        async with greeted(ada), greeted(ada) as talk:
            assert await quiet(talk)


@pytest.mark.parametrize("greet", [True, False], ids=["after the handshake", "before"])
async def test_what_is_no_message_is_answered(ada: Person, greet: bool) -> None:
    async with greeted(ada) if greet else socket(ada) as talk:
        for raw, known, code, named in BROKEN:
            await talk.send(raw)
            frame = await talk.receive()
            assert frame["id"] == known
            assert frame["error"]["code"] == code
            assert named in frame["error"]["message"]
        assert await quiet(talk)


async def test_text_that_is_no_utf8_closes(ada: Person) -> None:
    """As RFC 6455, 8.1 asks for."""
    async with greeted(ada) as talk:
        await talk.socket.send(b"\xff", text=True)
        assert await talk.close_code() == 1007


async def test_too_long_a_message(tmp_path: Path) -> None:
    limits = {"max_frame_bytes": 4096, "mcp_body_bytes": 100_000}
    async with running(settings_for(tmp_path, limits=limits)) as server:
        ada = await person(server, "Ada")
        async with greeted(ada) as talk:
            await talk.send(request(1, "ping", x="x" * 90_000))
            assert (await talk.reply(1))["result"] == {}
            await talk.send(request(2, "ping", x="x" * 100_000))
            assert await talk.close_code() == Close.TOO_BIG


@pytest.mark.parametrize("version", ["2025-11-25", "2025-06-18", "2025-03-26", "1999-01-01"])
async def test_the_handshake_settles_the_revision(ada: Person, version: str) -> None:
    async with socket(ada) as talk:
        await talk.send(hello(version=version))
        agreed = (await talk.reply(0))["result"]["protocolVersion"]
        assert agreed == ("2025-11-25" if version == "1999-01-01" else version)


async def test_what_is_sent_behind_the_handshake_waits_for_it(
    ada: Person, shop: ToolServer
) -> None:
    async with socket(ada) as talk:
        await talk.send(hello())
        await talk.send(note("notifications/initialized"))
        await talk.send(request(1, "tools/call", name="echo", arguments={"text": "hi"}))
        assert (await talk.reply(1))["result"]["content"][0]["text"] == "hi"


async def test_nothing_is_served_before_the_handshake(ada: Person) -> None:
    async with socket(ada) as talk:
        await talk.send(request(1, "tools/list"))
        assert (await talk.reply(1))["error"]["code"] == -32602
        await talk.send(request(2, "ping"))
        assert (await talk.reply(2))["result"] == {}
        await talk.send(hello(3))
        assert "result" in await talk.reply(3)


async def test_the_era_of_2026_needs_none(ada: Person) -> None:
    async with socket(ada) as talk:
        await talk.send(modern(1, "server/discover"))
        found = (await talk.reply(1))["result"]
        assert found["supportedVersions"] == ["2026-07-28"]
        assert found["resultType"] == "complete"
        await talk.send(modern(2, "tools/list"))
        assert (await talk.reply(2))["result"]["tools"]


# what comes after the first request, the code of its answer, and what its data names
OTHER_ERA: list[tuple[dict[str, Any], dict[str, Any], int, str]] = [
    (modern(1, "server/discover"), hello(2), -32022, "2026-07-28"),
    (modern(1, "server/discover"), request(2, "tools/list"), -32602, ""),
    (hello(1), modern(2, "tools/list"), -32600, ""),
    (hello(1), request(2, "server/discover"), -32600, ""),
]


@pytest.mark.parametrize(("first", "second", "code", "named"), OTHER_ERA)
async def test_a_connection_stays_in_its_era(
    ada: Person, first: dict[str, Any], second: dict[str, Any], code: int, named: str
) -> None:
    async with socket(ada) as talk:
        await talk.send(first)
        assert "result" in await talk.reply(1)
        await talk.send(second)
        error = (await talk.reply(2))["error"]
        assert error["code"] == code
        assert named in json.dumps(error)


@pytest.mark.parametrize("left_out", ["protocolVersion", "clientCapabilities", "all of it"])
async def test_what_a_request_of_2026_lacks_is_named(ada: Person, left_out: str) -> None:
    asked = modern(1, "server/discover")
    meta = asked["params"].pop("_meta")
    if left_out != "all of it":
        kept = {key: told for key, told in meta.items() if not key.endswith(left_out)}
        asked["params"]["_meta"] = kept
    async with socket(ada) as talk:
        await talk.send(asked)
        error = (await talk.reply(1))["error"]
        assert error["code"] == -32602
        assert left_out in error["message"] or "_meta" in error["message"]


async def test_an_unknown_revision_is_told_which_are_known(ada: Person) -> None:
    async with socket(ada) as talk:
        asked = modern(1, "tools/list")
        key = "io.modelcontextprotocol/protocolVersion"
        asked["params"]["_meta"] = {**asked["params"]["_meta"], key: "2199-01-01"}
        await talk.send(asked)
        error = (await talk.reply(1))["error"]
        assert error["code"] == -32022
        assert error["data"] == {"supported": ["2026-07-28"], "requested": "2199-01-01"}


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
async def test_calls_know_who_asks(ada: Person, bob: Person, shop: ToolServer, era: str) -> None:
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
async def test_cancelling_in_the_same_breath(ada: Person, shop: ToolServer, era: str) -> None:
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
async def test_cancelling_what_is_not_there(ada: Person, params: dict[str, Any]) -> None:
    async with greeted(ada) as talk:
        await talk.send(note("notifications/cancelled", **params))
        assert await quiet(talk)


@pytest.mark.parametrize("era", ERAS)
async def test_progress_comes_before_the_answer(ada: Person, shop: ToolServer, era: str) -> None:
    async with opened(ada, era) as talk:
        await talk.send(call(era, 1, "count", to=200, text="hm"))
        for number in range(200):
            frame = await talk.receive()
            assert frame["method"] == "notifications/progress"
            assert frame["params"]["progress"] == number
            assert (frame["params"]["progressToken"], frame["params"]["message"]) == ("t", "hm")
        assert (await talk.receive())["result"]["content"][0]["text"] == "counted"


async def test_no_progress_that_nobody_asked_for(ada: Person, shop: ToolServer) -> None:
    async with greeted(ada) as talk:
        await talk.send(request(1, "tools/call", name="count", arguments={"to": 3}))
        assert (await talk.receive())["id"] == 1


async def test_the_server_asks_in_the_older_era(ada: Person, shop: ToolServer) -> None:
    async with greeted(ada, roots={}) as talk:
        await talk.send(call("legacy", 1, "ask"))
        asked = await said(talk, "roots/list")
        answer = {"roots": [{"uri": "file:///home"}]}
        await talk.send({"jsonrpc": "2.0", "id": asked["id"], "result": answer})
        assert (await talk.reply(1))["result"]["content"][0]["text"] == "file:///home"


async def test_a_question_is_taken_back_when_its_request_is_cancelled(
    ada: Person, shop: ToolServer
) -> None:
    async with greeted(ada, roots={}) as talk:
        await talk.send(call("legacy", 1, "ask"))
        asked = await said(talk, "roots/list")
        await talk.send(note("notifications/cancelled", requestId=1))
        told = await said(talk, "notifications/cancelled")
        assert told["params"]["requestId"] == asked["id"]
        # An answer that comes too late does no harm.
        await talk.send({"jsonrpc": "2.0", "id": asked["id"], "result": {"roots": []}})
        assert await quiet(talk)


async def test_the_server_asks_nothing_in_the_era_of_2026(ada: Person, shop: ToolServer) -> None:
    async with socket(ada) as talk:
        await talk.send(call("modern", 1, "ask"))
        assert (await talk.receive())["error"]["code"] == -32600


@pytest.mark.parametrize("era", ERAS)
async def test_no_exception_is_told(ada: Person, shop: ToolServer, era: str) -> None:
    async with opened(ada, era) as talk:
        await talk.send(call(era, 1, "crash"))
        frame = await talk.receive()
        assert frame["error"]["code"] == -32603
        assert SECRET not in json.dumps(frame)


async def test_an_id_that_is_in_use(ada: Person, shop: ToolServer) -> None:
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
    async with running(settings_for(tmp_path, limits={"messages_per_minute": 5})) as server:
        ada = await person(server, "Ada")
        async with greeted(ada) as talk:
            await talk.send(request(0, "tools/list"))
            assert "result" in await talk.reply(0)
            for number in range(1, 9):
                await talk.send(request(number, "tools/list"))
            kinds = [(await talk.reply(n)).get("error", {}).get("data") for n in range(1, 9)]
            assert kinds[-1]["kind"] == "rate_limited"
            assert kinds[-1]["retry_after_ms"] > 0


async def test_a_reader_that_does_not_keep_up_slows_its_own_tool(
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
        assert max(waiting) <= server.app.server_context.limits["max_queue_bytes"]
        for number in range(20_000):
            assert (await slow.receive())["params"]["progress"] == number
        assert "result" in await slow.receive()


async def test_a_reader_that_takes_no_answers_is_cut_off(tmp_path: Path) -> None:
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
async def test_who_leaves_takes_the_work_along(ada: Person, shop: ToolServer, era: str) -> None:
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
async def test_a_loss_of_access_ends_the_connection(
    server: RunningServer, ada: Person, shop: ToolServer, change: dict[str, str], code: int
) -> None:
    async with greeted(ada) as talk:
        await talk.send(call("legacy", 1, "wait"))
        await asyncio.wait_for(shop.working.wait(), SECONDS)
        await set_status(server, ada, **change)
        assert await talk.close_code() == code
    await asyncio.wait_for(shop.stopped.wait(), SECONDS)


async def test_a_token_that_ends_ends_the_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "TOKEN_RECHECK_SECONDS", 0.05)
    clock = FakeClock()
    async with running(settings_for(tmp_path), clock=clock) as server:
        ada = await person(server, "Ada")
        async with greeted(ada) as talk:
            assert await quiet(talk)
            clock.advance(25 * 3600)
            assert await talk.close_code() == Close.UNAUTHENTICATED


async def test_a_stopping_server_says_so(tmp_path: Path) -> None:
    async with running(settings_for(tmp_path)) as server:
        ada = await person(server, "Ada")
        async with greeted(ada) as talk:
            stopping = asyncio.create_task(server.stop())
            assert await talk.close_code() == Close.DRAINING
            await stopping


async def test_nothing_is_left_of_connections(
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


METHODS = (
    "initialize", "ping", "tools/list", "tools/call", "resources/read", "resources/list",
    "prompts/get", "completion/complete", "server/discover", "logging/setLevel", "tasks/get",
    "notifications/initialized", "dance", "",
)  # fmt: skip
VALUES = (
    None,
    0,
    -1,
    1.5,
    "",
    "x",
    [],
    {},
    [[]],
    {"a": None},
    True,
    "test://static-text",
    "é" * 99,
)
KEYS = (
    "name",
    "arguments",
    "uri",
    "ref",
    "argument",
    "_meta",
    "cursor",
    "protocolVersion",
    "level",
)


def odd(chance: random.Random, number: int) -> dict[str, Any]:
    """A well-formed request with parameters that make no sense."""
    params = {key: chance.choice(VALUES) for key in chance.sample(KEYS, chance.randrange(4))}
    if chance.random() < 0.3:
        params["_meta"] = {key: chance.choice(VALUES) for key in META}
    return request(number, chance.choice(METHODS), **params)


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_is_asked_is_answered_once(ada: Person, seed: int) -> None:
    chance = random.Random(seed)
    async with socket(ada) as talk:
        await talk.send(modern("first", "server/discover") if seed % 2 else hello("first"))
        await talk.reply("first")
        for number in range(100):
            await talk.send(odd(chance, number))
            answer = await talk.receive()
            assert answer["id"] == number
            assert ("result" in answer) is not ("error" in answer)
        assert await quiet(talk) or seed % 2
