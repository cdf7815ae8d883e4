"""One test for each known way of getting at what is not one's own."""

import asyncio
import gc
import io
import json
import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import jwt
import pytest
import structlog
from websockets.exceptions import InvalidStatus

from basicchat.domain.events import room_stream, user_stream
from basicchat.ops.logs import configure_logging
from basicchat.transports.memory import MemorySocket
from support.servers import (
    RunningServer,
    WireFailure,
    eventually,
    request,
    running,
    settings_for,
)
from support.users import PASSWORD, Person, key_of, owner, person, put_member, set_status, upload

SCRIPT = "<script>alert(1)</script>"


async def room_of(whose: Person, name: str = "Mine") -> str:
    return str((await whose.call("rooms.create", name=name))["room_id"])


async def test_a_foreign_user_subscribes_to_every_stream(server: RunningServer) -> None:
    """By resuming, by joining, and over HTTP: nothing of another's is heard."""
    ann, eve = await person(server, "Ann"), await person(server, "Eve")
    room_id = await room_of(ann)
    streams = [room_stream(room_id), user_stream(ann.user.id), "user:", "room:", "x", "*"]
    async with eve.talk() as talk:
        back = {name: talk.welcome[name] for name in ("session_id", "resume_token")}
    cursors = {stream: {"epoch": "", "seq": 0} for stream in streams}
    async with server.socket() as talk:
        welcome = await talk.call(
            "session.hello", token=eve.token, resume=back | {"cursors": cursors}
        )
        assert set(welcome["streams"]) == {user_stream(eve.user.id)}
        with pytest.raises(WireFailure, match="no such room"):
            await talk.call("rooms.join", room_id=room_id)
        await ann.call("query", room_id=room_id, query="a secret")
        await talk.call("session.ping")
        assert not talk.heard
    async with eve.http() as client:
        for stream in streams:
            answer = await client.get("/api/events", params={"stream": stream, "wait": "0"})
            assert answer.status_code == 404, stream


async def test_membership_without_the_right_to_write(server: RunningServer) -> None:
    ann, eve = await person(server, "Ann"), await person(server, "Eve")
    room_id = await room_of(ann)
    turn = await ann.call("query", room_id=room_id, query="hello")
    await put_member(server, room_id, eve, "viewer")
    for method, params in (
        ("query", {"room_id": room_id, "query": "hm"}),
        ("stream_request", {"room_id": room_id, "query": "hm"}),
        ("messages.regenerate", {"message_id": turn["message_id"]}),
        ("runs.cancel", {"run_id": turn["run_id"]}),
        ("rooms.update", {"room_id": room_id, "name": "Eve's"}),
        ("rooms.delete", {"room_id": room_id}),
    ):
        assert await eve.fails(method, **params) == "forbidden", method
    assert len((await eve.call("messages.list", room_id=room_id))["messages"]) == 2


async def test_a_stale_role_on_a_live_socket(server: RunningServer) -> None:
    """Who is demoted while connected has the new role with the next request."""
    boss, eve = owner(server), await person(server, "Eve", "admin")
    async with eve.talk() as talk:
        assert await talk.call("users.list")
        await boss.call("users.update", user_id=eve.user.id, role="guest")
        for method in ("users.list", "rooms.create", "keys.list", "invitations.list"):
            with pytest.raises(WireFailure) as failed:
                await talk.call(method)
            assert failed.value.kind == "forbidden", method
        assert await talk.call("session.ping")
        await boss.call("users.update", user_id=eve.user.id, role="member")
        assert await talk.call("rooms.create")


async def test_the_resume_token_of_another_user(server: RunningServer) -> None:
    ann, eve = await person(server, "Ann"), await person(server, "Eve")
    async with ann.talk() as talk:
        back = {name: talk.welcome[name] for name in ("session_id", "resume_token")}
        stream = user_stream(ann.user.id)
        place = {name: talk.welcome["streams"][stream][name] for name in ("epoch", "seq")}
    async with server.socket() as talk:
        resume = back | {"cursors": {stream: place}}
        welcome = await talk.call("session.hello", token=eve.token, resume=resume)
        assert welcome["resumed"] is False
        assert welcome["user"]["id"] == eve.user.id
        assert stream not in welcome["streams"]
        assert welcome["session_id"] != back["session_id"]


CLAIMED = {
    "x-user": "owner",
    "x-user-id": "u_owner",
    "x-remote-user": "owner",
    "x-forwarded-user": "owner",
    "remote-user": "owner",
    "x-role": "owner",
    "x-basicchat-user": "owner",
    "x-forwarded-for": "10.9.8.7",
    "x-real-ip": "10.9.8.7",
    "forwarded": "for=10.9.8.7",
}


async def test_identity_that_a_client_claims_in_headers(tmp_path: Path) -> None:
    """Headers make nobody anybody, and move no address, unless a trusted proxy sent them."""
    limits = {"connections_per_address": 1}
    async with running(settings_for(tmp_path, limits=limits)) as server:
        async with server.http(headers=CLAIMED) as client:
            answer = await client.post("/api/rpc", json=request(1, "rooms.list"))
            assert answer.status_code == 401
        async with server.socket(additional_headers=CLAIMED):
            await eventually(lambda: "127.0.0.1" in server.app.server_context.connections)
            assert set(server.app.server_context.connections) == {"127.0.0.1"}
            async with server.socket(additional_headers={"x-forwarded-for": "1.2.3.4"}) as more:
                assert await more.close_code() == 4429
        eve = await person(server, "Eve")
        async with server.http(headers=CLAIMED | eve.bearer) as client:
            answer = await client.post("/api/rpc", json=request(1, "users.delete"))
            assert answer.json()["error"]["data"]["kind"] == "forbidden"


async def test_a_trusted_proxy_names_the_user(tmp_path: Path) -> None:
    told = {"trusted_proxies": ("127.0.0.0/8",), "limits": {"connections_per_address": 1}}
    async with running(settings_for(tmp_path, **told)) as server:
        first = {"x-forwarded-for": "6.6.6.6, 10.9.8.7", "x-forwarded-proto": "https"}
        async with server.socket(additional_headers=first):
            # What stands left of the last untrusted address the client has made up.
            await eventually(lambda: set(server.app.server_context.connections) == {"10.9.8.7"})
            async with server.socket(additional_headers={"x-forwarded-for": "10.9.8.8"}) as other:
                assert await other.call("session.hello", token=server.token())
        link = (await server.app.login_link()).removeprefix(server.url)
        async with server.http(headers=first) as client:
            cookie = (await client.get(link)).headers["set-cookie"]
            assert "secure" in cookie.lower()


async def test_another_way_in_for_a_suspended_user(server: RunningServer) -> None:
    """Token, key, cookie, renewal, login link, password, open socket, resumption: none is left."""
    services = server.app.services
    eve = await person(server, "Eve")
    await services.users.set_password(eve.user.id, PASSWORD)
    eve.token = server.app.token(eve.user)
    key = await key_of(eve, "read", "write")
    code = await services.authenticator.login_code(eve.user)
    async with eve.talk() as talk, key.talk() as by_key:
        back = {name: talk.welcome[name] for name in ("session_id", "resume_token")}
        await set_status(server, eve, status="suspended")
        assert await talk.close_code() == 4403
        assert await by_key.close_code() == 4403
    for token in (eve.token, key.token):
        async with server.socket() as talk:
            with pytest.raises(WireFailure, match="suspended"):
                await talk.call("session.hello", token=token, resume=back)
        headers = {"authorization": f"Bearer {token}"}
        async with server.http(headers=headers) as client:
            for path in ("/api/renew", "/api/refresh", "/api/password", "/api/rpc"):
                assert (await client.post(path, json={})).status_code in (401, 403), path
            assert (await upload(client, "a.txt", b"x")).status_code == 403
    async with server.http(cookies={server.cookie: eve.token}) as client:
        query = {"stream": user_stream(eve.user.id)}
        assert (await client.get("/api/events", params=query)).status_code == 403
    async with server.http() as client:
        assert "set-cookie" not in (await client.get("/login", params={"code": code})).headers
        answer = await client.post("/api/login", json={"name": "Eve", "password": PASSWORD})
        assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
    await set_status(server, eve, status="active")
    assert await eve.call("rooms.list")


async def test_an_upload_that_overwrites_anothers_document(server: RunningServer) -> None:
    """The same bytes, the same name, or an id: everybody has a document of their own."""
    ann, eve = await person(server, "Ann"), await person(server, "Eve")
    async with ann.http() as hers, eve.http() as client:
        first = (await upload(hers, "plan.txt", b"The plan of Ann.")).json()
        same = (await upload(client, "plan.txt", b"The plan of Ann.")).json()
        other = (await upload(client, "plan.txt", b"The plan of Eve.")).json()
        named = (await upload(client, first["document_id"], b"Named as hers.")).json()
        ids = {each["document_id"] for each in (first, same, other, named)}
        assert len(ids) == 4
        assert same["duplicate"] is False, "whether others have it must not be told"
        await server.app.services.jobs.wait(
            [each["task_id"] for each in (first, same, other, named)]
        )
        await eve.call("documents.delete", document_id=same["document_id"])
        content = await hers.get(f"/api/documents/{first['document_id']}/content")
        assert content.content == b"The plan of Ann."
        theirs = await client.get(f"/api/documents/{first['document_id']}/content")
        assert theirs.status_code == 404
    hits = await eve.call("documents.search", query="plan of Ann")
    assert {hit["document_id"] for hit in hits["hits"]} <= ids - {first["document_id"]}


NAMES = [
    "../../etc/passwd.txt",
    "..\\..\\windows.txt",
    "/etc/passwd.txt",
    "file:///etc/passwd.txt",
    "http://127.0.0.1:1/x.txt",
    "a\x00b.txt",
    "CON.txt",
    "\u202etxt.exe.txt",
]


@pytest.mark.parametrize("name", NAMES)
async def test_a_path_that_the_client_names(
    server: RunningServer, tmp_path: Path, name: str
) -> None:
    """A file's name is a title and nothing else; paths in URLs lead nowhere."""
    eve = await person(server, "Eve")
    before = await asyncio.to_thread(os.listdir, tmp_path)
    async with eve.http() as client:
        sent = await upload(client, name, b"plain text")
        if sent.status_code == 202:
            await server.app.services.jobs.wait([sent.json()["task_id"]])
            listed = (await eve.call("documents.list"))["documents"]
            assert "/" not in listed[0]["name"]
            assert "\\" not in listed[0]["name"]
            assert "\x00" not in listed[0]["name"]
        for path in ("..%2f..%2fetc%2fpasswd", "%2e%2e/secret", "../secret", "//etc/passwd"):
            assert (await client.get(f"/api/documents/{path}/content")).status_code == 404
            assert (await client.get(f"/{path}")).status_code == 404
    assert await asyncio.to_thread(os.listdir, tmp_path) == before
    assert await asyncio.to_thread(os.listdir, tmp_path / "data" / "uploads") == []


async def test_an_oversized_body_before_authentication(server: RunningServer) -> None:
    """Nobody without a token makes the server read, or keep, more than a hello."""
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        for _ in range(4096):
            sent += 65536
            yield b"x" * 65536

    async with server.http() as client:
        for path, status in (
            ("/api/rpc", 413),
            ("/api/documents", 401),
            ("/api/login", 413),
            ("/api/invitations/accept", 413),
            ("/api/password", 401),
        ):
            sent = 0
            headers = {"content-type": "application/json"}
            # The server may answer and close while the client still writes.
            with suppress(httpx2.TransportError):
                answer = await client.post(path, content=endless(), headers=headers)
                assert answer.status_code == status, path
            assert sent < 64 << 20, path
    assert not list((server.app.settings.data_dir / "uploads").iterdir())


async def test_unauthenticated_connections_leave_nothing(server: RunningServer) -> None:
    """Not one object of every fourth connection stays."""
    services = server.app.services

    async def knock() -> None:
        socket = MemorySocket()
        connection = server.app.server_context.connect(socket, "not.a.token")
        for method in ("rooms.list", "session.hello", "session.ping"):
            connection.received(json.dumps(request(1, method)))
            await asyncio.sleep(0)
        connection.lost()
        await asyncio.sleep(0)

    async def rows() -> int:
        async with services.store._database.snapshot() as c:  # type: ignore[attr-defined]
            found = c._connection.exec_driver_sql("SELECT count(*) FROM sessions").scalar()
        return int(found)

    for _ in range(200):
        await knock()
    gc.collect()
    sessions, tasks = await rows(), len(asyncio.all_tasks())
    before = sys.getallocatedblocks()
    for _ in range(2000):
        await knock()
    await eventually(lambda: len(asyncio.all_tasks()) <= tasks)
    gc.collect()
    grown = sys.getallocatedblocks() - before
    assert await rows() == sessions
    assert grown < 500, grown
    assert not server.app.server_context.open
    assert not server.app.server_context.connections
    assert not services.access_revocation._holders


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
async def test_a_websocket_from_another_site(server: RunningServer, origin: str) -> None:
    cookie = {"cookie": f"{server.cookie}={server.token()}", "origin": origin}
    with pytest.raises(InvalidStatus) as refused:
        async with server.socket(additional_headers=cookie):
            pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "localhost.evil"])
async def test_dns_rebinding(server: RunningServer, host: str) -> None:
    headers = {
        "host": host,
        "origin": f"http://{host}",
        "cookie": f"{server.cookie}={server.token()}",
    }
    async with server.http(headers=headers) as client:
        for path in ("/", "/api/events?stream=x", "/health/live"):
            assert (await client.get(path)).status_code in (400, 421), host
        body = request(1, "rooms.list")
        assert (await client.post("/api/rpc", json=body)).status_code in (400, 421)


POSTS = [
    "/api/rpc",
    "/api/documents",
    "/api/renew",
    "/api/refresh",
    "/api/logout",
    "/api/logout-everywhere",
    "/api/password",
    "/logout",
]


@pytest.mark.parametrize("path", POSTS)
async def test_csrf_on_posts_by_cookie(server: RunningServer, path: str) -> None:
    """A form of another site brings the cookie, at most; never the header, nor our origin."""
    token = server.token()
    async with server.http(cookies={server.cookie: token}) as client:
        form = {"content-type": "text/plain"}
        plain = await client.post(path, content=b"{}", headers=form)
        assert plain.status_code == 403, plain.text
        origin = {"origin": "https://evil.example", "x-basicchat": "1"}
        assert (await client.post(path, json={}, headers=origin)).status_code == 403
        assert (await client.get(path)).status_code in (404, 405)
    assert await owner(server).call("rooms.list")
    async with server.http() as client:
        # Nor does such a form log anybody in as somebody else.
        for entry in ("/api/login", "/api/invitations/accept"):
            answer = await client.post(entry, content=b'{"name":"x"}', headers=form)
            assert answer.status_code == 400


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that is logged, at the finest level."""
    root, written = logging.getLogger(), io.StringIO()
    before = (root.handlers[:], root.level)
    configure_logging("debug", "json", written)
    yield written
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    structlog.reset_defaults()


async def test_tokens_are_in_no_url_and_no_log(tmp_path: Path, log: io.StringIO) -> None:
    async with running(settings_for(tmp_path, log_level="debug")) as server:
        services = server.app.services
        ann = await person(server, "Ann")
        await services.users.set_password(ann.user.id, PASSWORD)
        ann.token = server.app.token(ann.user)
        key = await key_of(ann, "read")
        async with server.http() as client:
            for name in ("token", "access_token", "authorization", "code", "api_key"):
                query = {name: ann.token, "stream": user_stream(ann.user.id), "wait": "0"}
                assert (await client.get("/api/events", params=query)).status_code == 401
                answer = await client.post(
                    "/api/rpc", params={name: ann.token}, json=request(1, "rooms.list")
                )
                assert answer.status_code == 401
            body = {"name": "Ann", "password": PASSWORD}
            logged_in = (await client.post("/api/login", json=body)).json()
        async with ann.talk() as talk, key.talk():
            await talk.call("query", query="hello")
            with pytest.raises(WireFailure):
                await talk.call("session.hello", token=key.token + "x")
        made = await owner(server).call("invitations.create", role="member")
        assert made["path"].startswith("/#"), "fragments are not sent to servers"
    written = log.getvalue()
    assert "run_ended" in written
    secrets = (ann.token, key.token, PASSWORD, logged_in["token"], made["code"])
    assert [secret for secret in secrets if secret in written] == []


async def test_xss_by_message_file_name_model_output_and_citation(tmp_path: Path) -> None:
    """Text is text: JSON that no browser sniffs, downloads that none shows, a page that runs no
    script but its own."""
    async with running(settings_for(tmp_path), llm=None) as server:
        ann = owner(server)
        async with ann.http() as client:
            name = f"{SCRIPT}.html"
            page = f"<title>{SCRIPT}</title><p>Bees dance {SCRIPT} here.</p>".encode()
            arrival = (await upload(client, name, page)).json()
            await server.app.services.jobs.wait([arrival["task_id"]])
            turn = await ann.call("query", query=f"Why do bees dance? {SCRIPT}")
            answer = await client.post(
                "/api/rpc", json=request(1, "messages.list", {"room_id": turn["room_id"]})
            )
            assert SCRIPT in answer.json()["result"]["messages"][0]["text"]
            assert answer.headers["content-type"] == "application/json"
            download = await client.get(f"/api/documents/{arrival['document_id']}/content")
            assert download.headers["content-type"] == "application/octet-stream"
            assert download.headers["content-disposition"].startswith("attachment")
            for each in (answer, download, await client.get("/")):
                policy = each.headers["content-security-policy"]
                assert "script-src 'self'" in policy
                assert "unsafe" not in policy
                assert each.headers["x-content-type-options"] == "nosniff"
            lost = await client.get(f"/{SCRIPT}")
            assert SCRIPT not in lost.text
            assert lost.headers["content-type"].startswith("text/plain")


async def test_jwts_that_others_made(server: RunningServer) -> None:
    secret = (server.app.settings.data_dir / "secret").read_text()
    user = server.app.owner
    now = int(time.time())
    good = {"sub": user.id, "user_id": user.id, "session_id": "s", "role": "owner"}
    good |= {"iat": now, "exp": now + 60}
    tokens = {
        "alg none": jwt.encode(good, None, algorithm="none"),
        "wrong key": jwt.encode(good, "k" * 48, algorithm="HS256"),
        "another algorithm": jwt.encode(good, secret, algorithm="HS512"),
        "expired": jwt.encode(good | {"exp": now - 1}, secret, algorithm="HS256"),
        "other audience": jwt.encode(good | {"aud": "elsewhere"}, secret, algorithm="HS256"),
        "the journey of single sign-on": jwt.encode(
            {"aud": "oidc-journey", "state": "s", "exp": now + 60}, secret, algorithm="HS256"
        ),
        "another's": jwt.encode(good | {"sub": "u_x"}, secret, algorithm="HS256"),
    }
    async with server.http() as client:
        for name, token in tokens.items():
            headers = {"authorization": f"Bearer {token}"}
            answer = await client.post("/api/rpc", json=request(1, "rooms.list"), headers=headers)
            assert answer.status_code == 401, name
        holds = {"authorization": f"Bearer {jwt.encode(good, secret, algorithm='HS256')}"}
        answer = await client.post("/api/rpc", json=request(1, "rooms.list"), headers=holds)
        assert answer.status_code == 200
