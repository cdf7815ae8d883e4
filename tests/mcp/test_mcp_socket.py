"""MCP over WebSocket: who gets in, what is said to what comes, and what becomes of the rest."""

import base64
import json
import random
from pathlib import Path
from typing import Any

import pytest
from test_mcp_frames import BROKEN
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from basicchat.protocol.errors import Close
from support.mcp.sockets import (
    MCP,
    META,
    greeted,
    hello,
    modern,
    note,
    quiet,
    request,
    socket,
    url,
)
from support.mcp.tool_server import ToolServer
from support.servers import RunningServer, Talk, eventually, running, settings_for
from support.users import Person, key_of, person, set_status

REFUSED: list[tuple[str, dict[str, str], int]] = [
    ("no token", {}, 401),
    ("a wrong token", {"authorization": "Bearer x"}, 401),
    ("a wrong password", {"authorization": "Basic " + base64.b64encode(b"a:x").decode()}, 401),
    ("no base64", {"authorization": "Basic ?"}, 401),
    ("a cookie", {"cookie": "basicchat={token}"}, 401),
    ("another site", {"authorization": "Bearer {token}", "origin": "https://evil.example"}, 403),
]


@pytest.mark.parametrize(("what", "headers", "status"), REFUSED, ids=[row[0] for row in REFUSED])
async def test_unauthenticated_connections_are_refused(
    server: RunningServer, ada: Person, what: str, headers: dict[str, str], status: int
) -> None:
    sent = {name: value.format(token=ada.token) for name, value in headers.items()}
    with pytest.raises(InvalidStatus) as refused:
        await connect(url(server), subprotocols=[MCP], additional_headers=sent)
    assert refused.value.response.status_code == status
    assert ("www-authenticate" in refused.value.response.headers) is (status == 401)
    await eventually(lambda: not server.app.server_context.connections)


async def test_a_rebound_name_is_refused(server: RunningServer, ada: Person) -> None:
    sent = {"authorization": f"Bearer {ada.token}"}
    named, port = "ws://evil.example/mcp", server.app.settings.port
    with pytest.raises(InvalidStatus) as refused:
        await connect(
            named, subprotocols=[MCP], additional_headers=sent, host="127.0.0.1", port=port
        )
    assert refused.value.response.status_code == 403


async def test_suspended_users_are_refused(server: RunningServer, ada: Person) -> None:
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
async def test_malformed_messages_are_answered(ada: Person, greet: bool) -> None:
    async with greeted(ada) if greet else socket(ada) as talk:
        for raw, known, code, named in BROKEN:
            await talk.send(raw)
            frame = await talk.receive()
            assert frame["id"] == known
            assert frame["error"]["code"] == code
            assert named in frame["error"]["message"]
        assert await quiet(talk)


async def test_invalid_utf8_closes_the_connection(ada: Person) -> None:
    """As RFC 6455, 8.1 asks for."""
    async with greeted(ada) as talk:
        await talk.socket.send(b"\xff", text=True)
        assert await talk.close_code() == 1007


async def test_a_message_over_the_limit(tmp_path: Path) -> None:
    limits = {"max_frame_bytes": 4096, "mcp_body_bytes": 100_000}
    async with running(settings_for(tmp_path, limits=limits)) as server:
        ada = await person(server, "Ada")
        async with greeted(ada) as talk:
            await talk.send(request(1, "ping", x="x" * 90_000))
            assert (await talk.reply(1))["result"] == {}
            await talk.send(request(2, "ping", x="x" * 100_000))
            assert await talk.close_code() == Close.TOO_BIG


@pytest.mark.parametrize("version", ["2025-11-25", "2025-06-18", "2025-03-26", "1999-01-01"])
async def test_the_handshake_negotiates_the_revision(ada: Person, version: str) -> None:
    async with socket(ada) as talk:
        await talk.send(hello(version=version))
        agreed = (await talk.reply(0))["result"]["protocolVersion"]
        assert agreed == ("2025-11-25" if version == "1999-01-01" else version)


async def test_messages_after_the_handshake_wait_for_it(ada: Person, shop: ToolServer) -> None:
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


async def test_requests_of_2026_need_no_handshake(ada: Person) -> None:
    async with socket(ada) as talk:
        await talk.send(modern(1, "server/discover"))
        found = (await talk.reply(1))["result"]
        assert found["supportedVersions"] == ["2026-07-28"]
        assert found["resultType"] == "complete"
        await talk.send(modern(2, "tools/list"))
        assert (await talk.reply(2))["result"]["tools"]


# what comes after the first request, the code of its answer, and what its data names
OTHER_ERA: list[tuple[dict[str, Any], dict[str, Any], int, str]] = [
    (modern(1, "tools/list"), hello(2), -32022, "2026-07-28"),
    (modern(1, "tools/list"), request(2, "tools/list"), -32602, ""),
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


PROBES = {
    "bare": request(1, "server/discover"),
    "complete": modern(1, "server/discover"),
}


@pytest.mark.parametrize("probe", PROBES)
async def test_a_probe_leaves_both_eras_open(ada: Person, probe: str) -> None:
    async with socket(ada) as talk:
        await talk.send(PROBES[probe])
        assert ("result" in await talk.reply(1)) is (probe == "complete")
        await talk.send(hello(2))
        assert (await talk.reply(2))["result"]["protocolVersion"] == "2025-11-25"
        await talk.send(note("notifications/initialized"))
        await talk.send(request(3, "tools/list"))
        assert (await talk.reply(3))["result"]["tools"]
    async with socket(ada) as talk:
        await talk.send(PROBES[probe])
        await talk.reply(1)
        await talk.send(modern(2, "tools/list"))
        assert (await talk.reply(2))["result"]["tools"]


@pytest.mark.parametrize("left_out", ["protocolVersion", "clientCapabilities", "all of it"])
async def test_errors_name_missing_metadata_of_2026(ada: Person, left_out: str) -> None:
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


async def test_errors_list_the_supported_revisions(ada: Person) -> None:
    async with socket(ada) as talk:
        asked = modern(1, "tools/list")
        key = "io.modelcontextprotocol/protocolVersion"
        asked["params"]["_meta"] = {**asked["params"]["_meta"], key: "2199-01-01"}
        await talk.send(asked)
        error = (await talk.reply(1))["error"]
        assert error["code"] == -32022
        assert error["data"] == {"supported": ["2026-07-28"], "requested": "2199-01-01"}


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
async def test_every_request_is_answered_once(ada: Person, seed: int) -> None:
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
