"""Streamable HTTP at `/mcp`: who gets in, and when they are out again."""

import asyncio
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp.client.client import Client
from mcp.shared.exceptions import MCPError

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
async def test_the_server_says_what_it_is(ada: Person, kind: Kind) -> None:
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
    ("another site", {"authorization": "Bearer {token}", "origin": "https://evil.example"}, 403),
    ("a rebound name", {"authorization": "Bearer {token}", "host": "evil.example"}, 421),
    ("a token", {"authorization": "Bearer {token}"}, 200),
]


@pytest.mark.parametrize(("what", "headers", "status"), REFUSED, ids=[row[0] for row in REFUSED])
async def test_who_gets_in(
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


async def test_a_session_is_nobody_elses(ada: Person, bob: Person) -> None:
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


async def test_open_streams_end_with_access(server: RunningServer, ada: Person) -> None:
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
    limits = {"messages_per_minute": 3}
    async with running(settings_for(tmp_path, limits=limits)) as server:
        async with visiting(await person(server, "Ada"), kind) as client:
            with pytest.raises(MCPError, match="Too many messages") as refused:
                await often(client)
        assert refused.value.error.data["retry_after_ms"] > 0


@pytest.mark.parametrize("text", [r'"\ud800"', "1" * 400])
async def test_what_json_cannot_keep_is_refused_in_words(ada: Person, text: str) -> None:
    async with ada.http() as http:
        session = await open_session(http)
        call = '{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"search_documents",'
        body = f'{call}"arguments":{{"query":{text}}}}}}}'
        headers = session | {"content-type": "application/json"}
        answer = await http.post("/mcp", content=body, headers=headers)
    assert "Processing error" not in answer.text
    assert "Traceback" not in answer.text


async def test_what_a_client_did_not_declare_is_a_bad_request(ada: Person) -> None:
    about = {"mcp-protocol-version": VERSION, "mcp-method": "tasks/get", "mcp-name": "x"}
    async with ada.http() as http:
        asked = modern(1, "tasks/get", taskId="x")
        answer = await http.post("/mcp", json=asked, headers=ACCEPT | about)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, -32021)
