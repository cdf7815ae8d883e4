"""HTTP: login, cookies, CSRF, Host and Origin, headers, events, health, static files."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from support.servers import (
    ANSWER,
    SECONDS,
    RunningServer,
    lift,
    request,
    running,
    scripted,
    settings_for,
)
from support.transport_clients import server_sent

PING = request(1, "session.ping")
CSRF = {"x-basicchat": "1"}


@pytest.fixture
async def http(server: RunningServer) -> AsyncIterator[httpx2.AsyncClient]:
    async with server.http() as client:
        yield client


async def log_in(server: RunningServer, client: httpx2.AsyncClient) -> httpx2.Response:
    link = await server.app.login_link()
    return await client.get(link)


async def test_a_login_link_works_once(server: RunningServer, http: httpx2.AsyncClient) -> None:
    link = await server.app.login_link()
    answer = await http.get(link)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    for flag in (f"{server.cookie}=", "httponly", "samesite=strict", "path=/", "max-age=86400"):
        assert flag in cookie
    assert "secure" not in cookie
    assert (await http.get("/")).headers["content-type"].startswith("text/html")
    answer = await http.post("/api/rpc", json=PING, headers=CSRF)
    assert answer.json()["result"]["at"]
    async with server.http() as other:
        again = await other.get(link)
        assert (again.status_code, again.headers["location"]) == (303, "/#login-lapsed")
        assert "set-cookie" not in again.headers


@pytest.mark.parametrize("code", ["", "?code=", "?code=wrong", "?code=%00%ff"])
async def test_a_login_link_that_lapsed_says_so(http: httpx2.AsyncClient, code: str) -> None:
    answer = await http.get(f"/login{code}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/#login-lapsed")


async def test_a_look_at_a_login_link_does_not_use_it_up(
    server: RunningServer, http: httpx2.AsyncClient
) -> None:
    link = await server.app.login_link()
    assert "set-cookie" not in (await http.head(link)).headers
    assert "set-cookie" in (await http.get(link)).headers


async def test_a_change_by_cookie_needs_the_header(
    server: RunningServer, http: httpx2.AsyncClient
) -> None:
    await log_in(server, http)
    for path in ("/api/rpc", "/api/documents", "/logout", "/api/renew"):
        answer = await http.post(path, json=PING)
        assert answer.status_code == 403, path
        assert answer.json()["error"]["data"]["kind"] == "forbidden"
    assert (await http.post("/api/rpc", json=PING, headers=CSRF)).status_code == 200


async def test_renew_and_log_out(server: RunningServer, http: httpx2.AsyncClient) -> None:
    await log_in(server, http)
    renewed = await http.post("/api/renew", headers=CSRF)
    assert renewed.json()["user"]["role"] == "owner"
    assert f"{server.cookie}=" in renewed.headers["set-cookie"]
    assert (await http.post("/logout", headers=CSRF)).status_code == 200
    assert server.cookie not in http.cookies
    answer = await http.post("/api/rpc", json=PING, headers=CSRF)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json()["error"]["code"] == -32001


@pytest.mark.parametrize("path", ["/api/events?stream=user:x", "/api/documents/d_x/content"])
async def test_reading_needs_a_token(http: httpx2.AsyncClient, path: str) -> None:
    answer = await http.get(path)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


async def test_a_token_in_the_url_is_ignored(
    server: RunningServer, http: httpx2.AsyncClient
) -> None:
    for name in ("token", "access_token", "authorization"):
        answer = await http.post(f"/api/rpc?{name}={server.token()}", json=PING)
        assert answer.status_code == 401


HOSTS = [
    ("127.0.0.1:{port}", True),
    ("localhost:{port}", True),
    ("LOCALHOST", True),
    ("[::1]:{port}", True),
    ("192.168.1.7", True),
    ("chat.example.org", True),
    ("evil.example.com", False),
    ("localhost.evil.com", False),
    ("127.0.0.1.evil.com", False),
    ("[::1", False),
    ("", False),
]
ORIGINS = [
    (None, True),
    ("http://127.0.0.1:{port}", True),
    ("https://chat.example.org", True),
    ("https://CHAT.example.org", True),
    ("http://chat.example.org", False),
    ("http://127.0.0.1:1", False),
    ("http://evil.example.com", False),
    ("null", False),
    ("", False),
]


@pytest.fixture
async def public(tmp_path: Path) -> AsyncIterator[RunningServer]:
    settings = settings_for(tmp_path, public_origins=("https://chat.example.org",))
    async with running(settings) as here:
        yield here


async def test_only_known_hosts_are_served(public: RunningServer) -> None:
    for host, allowed in HOSTS:
        host = host.format(port=public.app.settings.port)
        status = await _status(public, f"GET /health/live HTTP/1.1\r\nHost: {host}\r\n")
        assert status == (200 if allowed else 421), host
        upgrade = (
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        )
        status = await _status(public, f"GET /ws HTTP/1.1\r\nHost: {host}\r\n{upgrade}")
        assert status == (101 if allowed else 403), host


async def _status(server: RunningServer, head: str) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.app.settings.port)
    writer.write(head.encode() + b"\r\n")
    async with asyncio.timeout(SECONDS):
        line = await reader.readline()
    writer.close()
    return int(line.split()[1])


async def test_only_pages_of_ours_may_speak(public: RunningServer) -> None:
    async with public.http(headers=public.bearer()) as client:
        for origin, allowed in ORIGINS:
            headers = {}
            if origin is not None:
                headers["origin"] = origin.format(port=public.app.settings.port)
            answer = await client.post("/api/rpc", json=PING, headers=headers)
            assert answer.status_code == (200 if allowed else 403), origin
            # Who is named in `public_origins` may read answers; all others need not be told.
            named = origin if origin and origin.lower() == "https://chat.example.org" else None
            assert answer.headers.get("access-control-allow-origin") == named
            assert "access-control-allow-credentials" not in answer.headers
            try:
                async with connect(public.ws_url, additional_headers=headers):
                    opened = True
            except InvalidStatus:
                opened = False
            assert opened == allowed, origin


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/app.js", 200),
        ("GET", "/no-such-file", 404),
        ("GET", "/login?code=x", 303),
        ("GET", "/health/live", 200),
        ("GET", "/health/ready", 200),
        ("POST", "/api/rpc", 401),
        ("GET", "/api/events", 401),
        ("POST", "/api/documents", 401),
        ("GET", "/api/documents/x/content", 401),
        ("DELETE", "/", 405),
        ("GET", "/api/rpc", 405),
        ("GET", "/ws", 426),
    ],
)
async def test_security_headers_are_everywhere(
    http: httpx2.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await http.request(method, path, json=PING if method == "POST" else None)
    assert answer.status_code == status
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "server" not in answer.headers
    # Scripts and styles are no pages, and a browser heeds no policy that comes with them.
    if path.endswith(".js"):
        return
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


async def test_bodies_are_bounded_before_and_after_authentication(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, limits={"max_frame_bytes": 65536})
    async with running(settings) as server, server.http() as client:
        for size, headers, status in (
            (16_000, {}, 401),
            (17_000, {}, 413),
            (65_000, server.bearer(), 200),
            (66_000, server.bearer(), 413),
        ):
            body = json.dumps(PING).ljust(size).encode()
            answer = await client.post("/api/rpc", content=body, headers=headers)
            assert answer.status_code == status, size
            if status == 413:
                assert answer.json()["error"]["code"] == -32010


async def test_rpc_speaks_json_rpc(server: RunningServer) -> None:
    async with server.http(headers=server.bearer()) as client:
        batch = [PING, {"jsonrpc": "2.0", "method": "session.ping"}, 3]
        replies = (await client.post("/api/rpc", json=batch)).json()
        assert [reply["id"] for reply in replies] == [1, None]
        quiet = await client.post("/api/rpc", json={"jsonrpc": "2.0", "method": "session.ping"})
        assert (quiet.status_code, quiet.content) == (204, b"")
        compact = await client.post("/api/rpc", json={"type": "session.ping", "id": "x"})
        assert (compact.json()["type"], compact.json()["id"]) == ("response", "x")
        broken = (await client.post("/api/rpc", content=b"{")).json()
        assert broken["error"]["message"].startswith("Invalid JSON")
    async with server.http() as stranger:
        hello = request(1, "session.hello", {"token": server.token()})
        answer = await stranger.post("/api/rpc", json=hello)
        assert answer.json()["result"]["session_id"]
        both = await stranger.post("/api/rpc", json=[hello, PING])
        assert both.status_code == 401


async def test_server_sent_events_resume_where_they_broke_off(server: RunningServer) -> None:
    stream = f"user:{server.app.owner.id}"
    async with server.http(headers=server.bearer()) as client, server.talk() as talk:
        seen = await _events(client, stream, {}, talk, ["one", "two"])
        first, one, two = seen
        assert first["event"] == "streams"
        state = json.loads(first["data"])["params"]["streams"][stream]
        assert first["id"] == f"{state['epoch']}:{state['seq']}"
        assert [one["id"], two["id"]] == [f"{state['epoch']}:{state['seq'] + n}" for n in (1, 2)]
        await talk.call("rooms.create", name="missed")
        again = await _events(client, stream, {"last-event-id": one["id"]}, talk, ["new"], more=2)
        assert json.loads(again[0]["data"])["params"]["streams"][stream]["recovered"]
        assert [_name(event) for event in again[1:]] == ["two", "missed", "new"]
        lost = await _events(client, stream, {"last-event-id": "other:5"}, talk, ["later"])
        assert not json.loads(lost[0]["data"])["params"]["streams"][stream]["recovered"]
        assert [_name(event) for event in lost[1:]] == ["later"]


def _name(event: dict[str, str]) -> Any:
    return json.loads(event["data"])["params"]["events"][0]["data"]["name"]


async def _events(
    client: httpx2.AsyncClient,
    stream: str,
    headers: dict[str, str],
    talk: Any,
    names: list[str],
    more: int = 0,
) -> list[dict[str, str]]:
    """What a feed brings while rooms of these names are made."""
    found: list[dict[str, str]] = []
    query = {"stream": stream}
    async with asyncio.timeout(SECONDS):
        async with client.stream("GET", "/api/events", params=query, headers=headers) as answer:
            assert answer.headers["cache-control"] == "no-store"
            async for event in server_sent(answer):
                if not found:
                    for name in names:
                        await talk.call("rooms.create", name=name)
                found.append(event)
                if len(found) == 1 + len(names) + more:
                    return found
    raise AssertionError("the feed ended")


async def test_a_quiet_feed_is_kept_alive_and_ends_when_draining(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, limits={"heartbeat_seconds": 0.2})
    async with running(settings) as server, server.http(headers=server.bearer()) as client:
        query = {"stream": f"user:{server.app.owner.id}"}
        async with client.stream("GET", "/api/events", params=query) as answer:
            comments = 0
            async for event in server_sent(answer):
                comments += event.get("") == "still here"
                if comments == 2:
                    await server.stop()
            assert comments >= 2


async def test_several_streams_in_one_feed(server: RunningServer) -> None:
    async with server.http(headers=server.bearer()) as client, server.talk() as talk:
        room = await talk.call("rooms.create", name="one")
        streams = [f"user:{server.app.owner.id}", f"room:{room['room_id']}"]
        query = [("stream", stream) for stream in streams] + [("wait", "0")]
        start = (await client.get("/api/events", params=query)).json()
        assert set(start["streams"]) == set(streams)
        await talk.call("query", query="why?", room_id=room["room_id"])
        await talk.call("rooms.create", name="two")
        query.append(("last_event_id", start["last_id"]))
        missed = (await client.get("/api/events", params=query)).json()
        assert all(state["recovered"] for state in missed["streams"].values())
        heard = [frame["params"]["stream"] for frame in missed["frames"]]
        assert set(heard) == set(streams)
        rest = await client.get(
            "/api/events", params=[*query[:-1], ("last_event_id", missed["last_id"])]
        )
        assert rest.json()["frames"] == []


async def test_a_long_poll_returns_with_the_first_event(server: RunningServer) -> None:
    async with server.http(headers=server.bearer()) as client, server.talk() as talk:
        query = {"stream": f"user:{server.app.owner.id}", "wait": "60"}
        polling = asyncio.create_task(client.get("/api/events", params=query))
        while not server.app.server_context.feeds:  # noqa: ASYNC110
            await asyncio.sleep(0)
        await talk.call("rooms.create", name="wanted")
        async with asyncio.timeout(60):
            (frame,) = (await polling).json()["frames"]
        assert frame["params"]["events"][0]["data"]["name"] == "wanted"
        nothing = await client.get("/api/events", params=query | {"wait": "0.05"})
        assert nothing.json()["frames"] == []


async def test_a_long_poll_with_many_events_loses_none(server: RunningServer) -> None:
    stream = f"user:{server.app.owner.id}"
    async with server.http(headers=server.bearer()) as client, server.talk() as talk:
        query = {"stream": stream, "wait": "0"}
        last_id = (await client.get("/api/events", params=query)).json()["last_id"]
        for n in range(600):
            await talk.call("rooms.create", name=f"{n} ".ljust(200, "x"))
        names: list[str] = []
        polls = 0
        while len(names) < 600:
            polls += 1
            assert polls < 100
            answer = await client.get("/api/events", params=query | {"last_event_id": last_id})
            last_id = answer.json()["last_id"]
            for frame in answer.json()["frames"]:
                names += [event["data"]["name"].split()[0] for event in frame["params"]["events"]]
        assert names == [str(n) for n in range(600)]
        assert polls > 1, "the test should need more than one"


async def test_a_reader_of_deltas_over_http(tmp_path: Path) -> None:
    gate = asyncio.Semaphore(0)
    async with (
        running(settings_for(tmp_path), scripted(gate)) as server,
        server.http(headers=server.bearer()) as client,
        server.talk() as talk,
    ):
        run = await talk.call("stream_request", query="why?")
        query = {"stream": f"room:{run['room_id']}"}
        text = ""
        async with client.stream("GET", "/api/events", params=query) as answer:
            async for event in server_sent(answer):
                if event["event"] == "streams":
                    lift(gate)
                elif event["event"] == "delta":
                    params = json.loads(event["data"])["params"]
                    assert params["off"] == len(text)
                    assert "id" not in event
                    text += params["text"]
                elif "run.completed" in event["data"]:
                    break
        assert text == "".join(ANSWER)


@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [
        ("", {}, 400),
        ("stream=room:c_none", {}, 404),
        ("stream=user:u_other", {}, 404),
        ("stream=nonsense", {}, 404),
        ("&".join(f"stream=room:{n}" for n in range(101)), {}, 400),
        ("stream={own}&wait=soon", {}, 400),
        ("stream={own}&wait=nan", {}, 200),
        ("stream={own}&wait=-5", {}, 200),
        ("stream={own}&wait=0", {"last-event-id": "no cursor"}, 400),
        ("stream={own}&wait=0", {"last-event-id": "x:" + "9" * 30}, 400),
        ("stream={own}&wait=0", {"last-event-id": ",,"}, 200),
    ],
)
async def test_feeds_that_are_asked_for_wrongly(
    server: RunningServer, query: str, headers: dict[str, str], status: int
) -> None:
    async with server.http(headers=server.bearer()) as client:
        path = f"/api/events?{query.format(own=f'user:{server.app.owner.id}')}"
        assert (await client.get(path, headers=headers)).status_code == status
    assert server.app.services.hub.streams() == []


async def test_health(server: RunningServer, http: httpx2.AsyncClient) -> None:
    assert (await http.get("/health/live")).json() == {"status": "ok"}
    ready = await http.get("/health/ready")
    assert ready.status_code == 200
    dependencies = ready.json()["dependencies"]
    assert set(dependencies) == {"database", "index", "provider", "disk"}
    assert {state["status"] for state in dependencies.values()} == {"ok"}
    server.app.server_context.draining = True
    draining = await http.get("/health/ready")
    assert (draining.status_code, draining.json()["status"]) == (503, "draining")


@pytest.mark.parametrize(
    "path",
    [
        "/../__init__.py",
        "/..%2f__init__.py",
        "/%2e%2e/%2e%2e/serving.py",
        "//etc/passwd",
        "/etc/passwd",
        "/components/../../static.py",
        "/.hidden",
        "/index.html%00",
        "/components",
    ],
)
async def test_no_way_leads_out_of_the_static_files(server: RunningServer, path: str) -> None:
    assert await _status(server, f"GET {path} HTTP/1.1\r\nHost: localhost\r\n") == 404


async def test_static_files_are_packed_and_checked(http: httpx2.AsyncClient) -> None:
    plain = await http.get("/app.js", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.headers["vary"] == "accept-encoding"
    async with http.stream("GET", "/app.js", headers={"accept-encoding": "gzip"}) as packed:
        assert packed.headers["content-encoding"] == "gzip"
        raw = b"".join([piece async for piece in packed.aiter_raw()])
    assert gzip.decompress(raw) == plain.content
    assert "javascript" in plain.headers["content-type"]
    known = await http.get("/app.js", headers={"if-none-match": plain.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    changed = await http.get("/app.js", headers={"if-none-match": '"other"'})
    assert changed.status_code == 200
