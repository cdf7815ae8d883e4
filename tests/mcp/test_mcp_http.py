"""Streamable HTTP at `/mcp`: who gets in, and when they are out again."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp.client.client import Client
from mcp.shared.exceptions import MCPError

from basicchat.mcp.wire import frames
from support.mcp.official_client import LEGACY, Kind, every_kind, visiting
from support.mcp.sockets import VERSION, modern
from support.servers import SECONDS, RunningServer, running, settings_for
from support.users import Person, key_of, person, set_status

ACCEPT = {"accept": "application/json, text/event-stream"}
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
PING = {"jsonrpc": "2.0", "id": 2, "method": "ping"}


@every_kind
async def test_the_server_identifies_itself(ada: Person, kind: Kind) -> None:
    async with visiting(ada, kind) as client:
        assert client.server_info.name == "basicchat"
        assert client.protocol_version == ("2025-11-25" if kind.era == LEGACY else "2026-07-28")
        assert "ask" in (client.instructions or "")


@pytest.mark.parametrize("version", ["2025-11-25", "2025-06-18", "2025-03-26"])
async def test_older_revisions_are_negotiated(ada: Person, version: str) -> None:
    hello = {**HELLO, "params": {**HELLO["params"], "protocolVersion": version}}  # type: ignore[dict-item]
    async with ada.http() as http:
        answer = await http.post("/mcp", json=hello, headers=ACCEPT)
    assert f'"protocolVersion":"{version}"' in answer.text.replace(" ", "")


REFUSED: list[tuple[str, dict[str, str], int]] = [
    ("no token", {}, 401),
    ("a wrong token", {"authorization": "Bearer x"}, 401),
    ("a cookie", {"cookie": "basicchat={token}"}, 401),
    ("another site", {"origin": "https://evil.example"}, 403),
    ("another site's cookie", {"cookie": "basicchat={token}", "origin": "https://a.example"}, 403),
    (
        "a page with a token",
        {"authorization": "Bearer {token}", "origin": "https://a.example"},
        200,
    ),
    ("a rebound name", {"authorization": "Bearer {token}", "host": "evil.example"}, 421),
    ("a token", {"authorization": "Bearer {token}"}, 200),
]


@pytest.mark.parametrize(("what", "headers", "status"), REFUSED, ids=[row[0] for row in REFUSED])
async def test_authentication_and_origins(
    server: RunningServer, ada: Person, what: str, headers: dict[str, str], status: int
) -> None:
    sent = {name: value.format(token=ada.token) for name, value in headers.items()}
    async with server.http() as http:
        answer = await http.post("/mcp", json=HELLO, headers=ACCEPT | sent)
    assert answer.status_code == status
    assert ("www-authenticate" in answer.headers) is (status == 401)
    assert ("mcp-session-id" in answer.headers) is (status == 200)


async def open_session(http: httpx2.AsyncClient) -> dict[str, str]:
    """The headers of a new session."""
    answer = await http.post("/mcp", json=HELLO, headers=ACCEPT)
    session = {"mcp-session-id": answer.headers["mcp-session-id"]}
    session |= {"mcp-protocol-version": "2025-11-25"} | ACCEPT
    note = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    assert (await http.post("/mcp", json=note, headers=session)).status_code == 202
    return session


async def test_sessions_belong_to_their_owner(ada: Person, bob: Person) -> None:
    async with ada.http() as http, bob.http() as other:
        session = await open_session(http)
        assert (await http.post("/mcp", json=PING, headers=session)).status_code == 200
        assert (await other.post("/mcp", json=PING, headers=session)).status_code == 404
        assert (await other.delete("/mcp", headers=session)).status_code == 404
        assert (await http.delete("/mcp", headers=session)).status_code == 200
        assert (await http.post("/mcp", json=PING, headers=session)).status_code == 404


async def test_too_large_a_body_is_refused(tmp_path: Path) -> None:
    async with running(settings_for(tmp_path, limits={"mcp_body_bytes": 65536})) as server:
        ada = await person(server, "Ada")
        async with ada.http() as http:
            large = {**PING, "params": {"_meta": {"x": "x" * 70_000}}}
            assert (await http.post("/mcp", json=large, headers=ACCEPT)).status_code == 413


async def stream_of(http: httpx2.AsyncClient, opened: "asyncio.Event") -> Any:
    """Read the stream of a session to its end."""
    session = await open_session(http)
    async with http.stream("GET", "/mcp", headers=session) as answer:
        assert answer.status_code == 200
        opened.set()
        async for _ in answer.aiter_bytes():
            pass


async def test_streams_end_when_access_is_lost(server: RunningServer, ada: Person) -> None:
    key, opened, both = await key_of(ada, "read"), asyncio.Event(), asyncio.Event()
    async with ada.http() as http, key.http() as by_key, asyncio.timeout(SECONDS):
        async with asyncio.TaskGroup() as group:
            group.create_task(stream_of(http, opened))
            reading = group.create_task(stream_of(by_key, both))
            await opened.wait()
            await both.wait()
            keys = await ada.call("keys.list")
            await ada.call("keys.revoke", key_id=keys["keys"][0]["key_id"])
            await reading
            await set_status(server, ada, status="suspended")
        refused = await http.post("/mcp", json=HELLO, headers=ACCEPT)
        assert refused.status_code == 403


async def test_streams_end_when_the_server_stops(tmp_path: Path) -> None:
    async with running(settings_for(tmp_path)) as server:
        ada, opened = await person(server, "Ada"), asyncio.Event()
        async with ada.http() as http, asyncio.TaskGroup() as group:
            group.create_task(stream_of(http, opened))
            await opened.wait()
            await server.stop()


async def often(client: Client) -> None:
    """List tools more often than the limit allows."""
    for _ in range(5):
        await client.list_tools(cache_mode="bypass")


@every_kind
async def test_requests_are_limited(tmp_path: Path, kind: Kind) -> None:
    limits = {"messages_per_minute": 3, "mcp_reads_per_minute": 3}
    async with running(settings_for(tmp_path, limits=limits)) as server:
        async with visiting(await person(server, "Ada"), kind) as client:
            with pytest.raises(
                MCPError, match=r"Too many requests that read\. .+ Try again in 20 seconds\."
            ) as refused:
                await often(client)
        assert refused.value.error.data["retry_after_ms"] > 0


@pytest.mark.parametrize("text", [r'"\ud800"', "1" * 400])
async def test_values_that_json_cannot_encode_are_refused(ada: Person, text: str) -> None:
    async with ada.http() as http:
        session = await open_session(http)
        call = '{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"search_documents",'
        body = f'{call}"arguments":{{"query":{text}}}}}}}'
        headers = session | {"content-type": "application/json"}
        answer = await http.post("/mcp", content=body, headers=headers)
    assert "Processing error" not in answer.text
    assert "Traceback" not in answer.text


async def test_an_undeclared_capability_is_a_bad_request(ada: Person) -> None:
    about = {"mcp-protocol-version": VERSION, "mcp-method": "tasks/get", "mcp-name": "x"}
    async with ada.http() as http:
        asked = modern(1, "tasks/get", taskId="x")
        answer = await http.post("/mcp", json=asked, headers=ACCEPT | about)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, -32021)


async def test_a_page_of_another_origin_connects_with_a_token(
    server: RunningServer, ada: Person
) -> None:
    origin = {"origin": "https://inspector.example"}
    asked = "authorization, content-type, mcp-protocol-version"
    preflight = {
        "access-control-request-method": "POST",
        "access-control-request-headers": asked,
    }
    token = {"authorization": f"Bearer {ada.token}"}
    async with server.http() as http:
        for path in ("/mcp", "/mcp/"):
            allowed = await http.request("OPTIONS", path, headers=origin | preflight)
            assert allowed.status_code == 204
            assert allowed.headers["access-control-allow-origin"] == origin["origin"]
            for name in asked.split(", "):
                assert name in allowed.headers["access-control-allow-headers"]
            answer = await http.post(path, json=HELLO, headers=ACCEPT | origin | token)
            assert answer.status_code == 200
            assert answer.headers["access-control-allow-origin"] == origin["origin"]
            assert "mcp-session-id" in answer.headers["access-control-expose-headers"]
            wrong = {"authorization": "Bearer x"}
            refused = await http.post(path, json=HELLO, headers=ACCEPT | origin | wrong)
            assert refused.status_code == 401
            assert "access-control-allow-origin" in refused.headers, "the page reads why"
            none = await http.post(path, json=HELLO, headers=ACCEPT | origin)
            assert none.status_code == 403
        other = await http.request("OPTIONS", "/api/rpc", headers=origin | preflight)
        assert "access-control-allow-origin" not in other.headers


COUNT = 8 * 1024 * 1024 // 3 - 50
HEAVY = {
    "a batch of arrays": b"[" + b"[]," * COUNT + b"[]]",
    "a batch of objects": b"[" + b"{}," * COUNT + b"{}]",
    "a batch of numbers": b"[" + b"1," * COUNT + b"1]",
    "arrays in a row": b"[]" * COUNT,
    "nested arrays": b"[" * COUNT + b"]" * COUNT,
    "nested objects": b'{"a":' * (COUNT // 3) + b"1" + b"}" * (COUNT // 3),
    "a batch of messages": b"[" + b'{"jsonrpc":"2.0","method":"a"},' * (COUNT // 12) + b"1]",
    "members of parameters": b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{'
    + b",".join(b'"%d":1' % n for n in range(COUNT // 5))
    + b"}}",
    "arrays in parameters": b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"x":['
    + b"[]," * (COUNT - 50)
    + b"[]]}}",
}


@pytest.mark.parametrize("what", HEAVY)
async def test_a_body_of_millions_of_values_is_refused_before_it_is_decoded(
    ada: Person, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames, "_decode_wire", None)
    monkeypatch.setattr(frames.jsonrpc, "_decode_array", None)
    headers = {**ACCEPT, "content-type": "application/json"}
    async with ada.http() as http:
        answer = await http.post("/mcp", content=HEAVY[what], headers=headers)
        assert answer.status_code in (400, 413)
        assert "100,000 values" in answer.json()["error"]["message"]


def test_brackets_within_strings_do_not_count() -> None:
    text = r"[{\"a\": [1]}]\\" * 100_000
    arguments = {"name": "x.json", "text": text}
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
    frame = json.dumps({**call, "params": {"name": "add_document", "arguments": arguments}})
    for data in (frame, frame.encode()):
        assert isinstance(frames.decode(data), frames.Request)
