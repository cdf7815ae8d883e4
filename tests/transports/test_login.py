"""Ways in: password, key, invitation, renewal, rotation of keys, TLS; and how often one may try."""

import asyncio
import ssl
from pathlib import Path
from typing import Any

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from websockets.asyncio.client import connect

from basicchat.domain.errors import InvalidInput
from basicchat.protocol.errors import Close
from basicchat.serving.tls import tls_context
from basicchat.testing.clock import FakeClock
from basicchat.transports import token_recheck
from support.servers import (
    SECONDS,
    SUBPROTOCOL,
    RunningServer,
    eventually,
    request,
    running,
    settings_for,
)
from support.tls import certificate
from support.users import PASSWORD, Person, key_of, owner, person, rpc, set_status, upload

OLD, NEW = "o" * 40, "n" * 40


async def with_password(server: RunningServer, name: str = "Ann") -> Person:
    ann = await person(server, name)
    await server.app.services.users.set_password(ann.user.id, PASSWORD)
    ann.token = server.app.token(ann.user)
    return ann


async def test_logging_in_by_name_and_password(server: RunningServer) -> None:
    ann = await with_password(server)
    async with server.http() as client:
        answer = await client.post("/api/login", json={"name": " ANN ", "password": PASSWORD})
        body = answer.json()
        assert (answer.status_code, body["user"]["id"]) == (200, ann.user.id)
        assert body["expires_in"] == 24 * 3600
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        listed = await client.post(
            "/api/rpc", json=request(1, "rooms.list"), headers={"x-basicchat": "1"}
        )
        assert listed.status_code == 200
    assert await Person(server, ann.user, body["token"]).call("rooms.list")
    account = await server.app.store.account(user_id=ann.user.id)
    assert account is not None
    assert (account.password_hash or "").startswith("$argon2id$")


async def test_wrong_names_and_passwords_look_alike(server: RunningServer) -> None:
    await with_password(server)
    async with server.http() as client:
        told = []
        for name, word in (("Ann", "wrong"), ("Nobody", PASSWORD), ("Owner", ""), ("", "")):
            answer = await client.post("/api/login", json={"name": name, "password": word})
            assert (answer.status_code, "set-cookie" in answer.headers) == (401, False)
            told.append(answer.json())
        assert all(each == told[0] for each in told)


async def test_logins_are_limited_for_account_and_address(tmp_path: Path) -> None:
    async with running(settings_for(tmp_path, limits={"login_attempts": 3})) as server:
        await with_password(server)
        async with server.http() as client:

            async def attempt(name: str, password: str) -> httpx2.Response:
                return await client.post("/api/login", json={"name": name, "password": password})

            for _ in range(5):
                assert (await attempt("Ann", PASSWORD)).status_code == 200, "none was a guess"
            for _ in range(3):
                assert (await attempt("Ann", "wrong")).status_code == 401
            refused = await attempt("aNN", PASSWORD)
            assert refused.status_code == 429
            wait = refused.json()["error"]["data"]["retry_after_ms"]
            assert 1000 <= wait <= 900_000
            assert int(refused.headers["retry-after"]) >= wait // 1000
            codes = [(await attempt(f"user {n}", "wrong")).status_code for n in range(16)]
            assert codes[0] == 401
            assert codes[-1] == 429, "an address is limited over all names"


async def test_strangers_do_not_lock_a_known_device_out(tmp_path: Path) -> None:
    async with running(settings_for(tmp_path, limits={"login_attempts": 3})) as server:
        await with_password(server)
        async with server.http() as laptop, server.http() as stranger:
            right = {"name": "Ann", "password": PASSWORD}
            assert (await laptop.post("/api/login", json=right)).status_code == 200
            for _ in range(20):
                await stranger.post("/api/login", json={"name": "Ann", "password": "wrong"})
            # Even from the same address, the device that has logged in before may do so again.
            assert (await stranger.post("/api/login", json=right)).status_code == 429
            assert (await laptop.post("/api/login", json=right)).status_code == 200


async def test_changing_ones_password(server: RunningServer) -> None:
    """Every other login ends; the one that changed it goes on with the new cookie."""
    ann = await with_password(server)
    key = await key_of(ann, "read")
    async with ann.talk() as talk, ann.http() as client:
        body = {"current": "wrong one", "password": "another good one"}
        assert (await client.post("/api/password", json=body)).status_code == 401
        body["current"] = PASSWORD
        short = await client.post("/api/password", json=body | {"password": "short"})
        assert (short.status_code, short.json()["error"]["data"]["field"]) == (400, "password")
        changed = await client.post("/api/password", json=body)
        assert changed.status_code == 200
        assert await talk.close_code() == 4401
    assert await ann.fails("rooms.list") == "unauthenticated"
    assert await Person(server, ann.user, changed.json()["token"]).call("rooms.list")
    assert await key.call("rooms.list"), "keys are revoked one by one"
    async with key.http() as client:
        assert (await client.post("/api/password", json=body)).status_code == 403


async def test_renewing_and_logging_out_everywhere(server: RunningServer) -> None:
    ann = await with_password(server)
    async with ann.http() as client:
        fresh = (await client.post("/api/refresh")).json()["token"]
        again = Person(server, ann.user, fresh)
        assert await again.call("rooms.list")
        assert (await client.post("/api/logout-everywhere")).status_code == 200
        assert (await client.post("/api/refresh")).status_code == 401
    assert await again.fails("rooms.list") == "unauthenticated"
    async with server.http() as client:
        body = {"name": "Ann", "password": PASSWORD}
        token = (await client.post("/api/login", json=body)).json()["token"]
    assert await Person(server, ann.user, token).call("rooms.list")
    page = {"cookies": {server.cookie: token}, "headers": {"x-basicchat": "1"}}
    async with server.http(**page) as client:
        renewed = await client.post("/api/renew")
        assert "token" not in renewed.json(), "scripts of the page never see it"
        assert f"{server.cookie}=" in renewed.headers["set-cookie"]


async def test_logging_out_one_device(server: RunningServer) -> None:
    """Its token is void wherever a copy of it is, also one renewed from it; no other is."""
    ann = await with_password(server)
    tokens = []
    async with server.http() as client:
        for _ in range(2):
            body = {"name": "Ann", "password": PASSWORD}
            tokens.append((await client.post("/api/login", json=body)).json()["token"])
    phone, laptop = (Person(server, ann.user, token) for token in tokens)
    async with phone.http() as client, phone.talk() as on_phone, laptop.talk() as on_laptop:
        renewed = Person(server, ann.user, (await client.post("/api/refresh")).json()["token"])
        async with renewed.talk() as on_renewed:
            assert (await client.post("/api/logout")).status_code == 200
            assert await on_phone.close_code() == 4401
            assert await on_renewed.close_code() == 4401
        assert (await client.post("/api/refresh")).status_code == 401
        assert await on_laptop.call("rooms.list")
    assert await phone.fails("rooms.list") == "unauthenticated"
    assert await renewed.fails("rooms.list") == "unauthenticated"
    assert await laptop.fails("rooms.list") == "done"
    key = await key_of(laptop, "read")
    async with key.http() as client:
        assert (await client.post("/api/logout")).status_code == 200
    assert await key.fails("rooms.list") == "done", "keys are revoked, not logged out"


async def test_a_key_cannot_be_made_into_more(server: RunningServer) -> None:
    ann = await with_password(server)
    key = await key_of(ann, "read", "write")
    async with key.http() as client:
        for path in ("/api/renew", "/api/refresh", "/api/logout-everywhere"):
            assert (await client.post(path)).status_code == 403, path
    for method in ("keys.create", "keys.list", "invitations.list", "session.logout_everywhere"):
        params = {"label": "x"} if method == "keys.create" else {}
        assert await key.fails(method, **params) == "forbidden", method
    listed = (await ann.call("keys.list"))["keys"]
    assert listed[0]["last_used_at"]
    assert "secret" not in str(listed)
    stored = await server.app.store.api_key(listed[0]["key_id"])
    assert stored is not None
    assert key.token.split("_", 2)[2] not in str(stored)


async def test_an_invitation_makes_an_account_in_a_room(server: RunningServer) -> None:
    ann = await with_password(server)
    room_id = (await ann.call("rooms.create", name="Bees"))["room_id"]
    made = await ann.call("invitations.create", room_id=room_id, uses=2)
    code = made["code"]
    async with server.http() as client, ann.talk() as talk:
        await talk.call("rooms.join", room_id=room_id)
        shown = (await client.post("/api/invitations/look", json={"code": code})).json()
        assert (shown["role"], shown["inviter"]) == ("guest", "Ann")
        assert shown["room"] == {"room_id": room_id, "name": "Bees"}
        body = {"code": code, "name": "Gast", "password": PASSWORD}
        taken = await client.post("/api/invitations/accept", json=body | {"name": "ann"})
        assert taken.status_code == 409
        accepted = (await client.post("/api/invitations/accept", json=body)).json()
        assert (accepted["user"]["role"], accepted["room_id"]) == ("guest", room_id)
        notes = await talk.until("member.joined")
        assert notes[-1][1]["events"][-1]["data"]["name"] == "Gast"
        guest = Person(server, server.app.owner, accepted["token"])
        assert [r["role"] for r in (await guest.call("rooms.list"))["rooms"]] == ["member"]
        # The second use is by who is here already; there is no third.
        ben = await person(server, "Ben")
        async with ben.http() as his:
            answer = await his.post("/api/invitations/accept", json={"code": code})
            assert answer.json()["room_id"] == room_id
            assert (
                await his.post("/api/invitations/accept", json={"code": code})
            ).status_code == 404
        again = await client.post("/api/invitations/look", json={"code": code})
        assert again.status_code == 404


@pytest.mark.parametrize("how", ["revoked", "inviter suspended", "inviter demoted", "lapsed"])
async def test_invitations_that_hold_no_longer(server: RunningServer, how: str) -> None:
    admin = await person(server, "Admin", "admin")
    hours = 1e-9 if how == "lapsed" else 1
    made = await admin.call("invitations.create", role="member", hours=hours)
    if how == "revoked":
        invitation_id = made["invitation"]["invitation_id"]
        await admin.call("invitations.revoke", invitation_id=invitation_id)
    elif how == "inviter suspended":
        await set_status(server, admin, status="suspended")
    elif how == "inviter demoted":
        await set_status(server, admin, role="member")
    body = {"code": made["code"], "name": "New", "password": PASSWORD}
    async with server.http() as client:
        for path in ("look", "accept"):
            answer = await client.post(f"/api/invitations/{path}", json=body)
            assert answer.status_code == 404, path
    assert await server.app.store.account(login="New") is None


async def test_two_secrets_hold_while_they_are_exchanged(tmp_path: Path) -> None:
    async with running(settings_for(tmp_path, secret_key=OLD)) as server:
        ann = await with_password(server)
    told = {"secret_key": NEW, "secret_key_previous": OLD}
    async with running(settings_for(tmp_path, **told)) as server:
        ann.server = server
        assert await ann.call("rooms.list")
        async with ann.http() as client:
            fresh = (await client.post("/api/refresh")).json()["token"]
        jwt.decode(fresh, NEW, algorithms=["HS256"])
    async with running(settings_for(tmp_path, secret_key=NEW)) as server:
        ann.server = server
        assert await ann.fails("rooms.list") == "unauthenticated"
        assert await Person(server, ann.user, fresh).call("rooms.list")


async def test_open_connections_end_with_their_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_recheck, "TOKEN_RECHECK_SECONDS", 0.05)
    clock = FakeClock()
    async with running(settings_for(tmp_path), clock=clock) as server:
        ann = await person(server, "Ann")
        query = {"stream": f"user:{ann.user.id}"}
        async with (
            server.socket() as talk,
            ann.http() as client,
            client.stream("GET", "/api/events", params=query) as feed,
        ):
            await talk.call("session.hello", token=ann.token)
            clock.advance(23 * 3600)
            fresh = (await client.post("/api/renew")).json()["token"]
            assert await talk.call("session.ping")
            clock.advance(2 * 3600)
            assert await talk.close_code() == Close.UNAUTHENTICATED
            async with asyncio.timeout(SECONDS):
                async for _ in feed.aiter_bytes():
                    pass
        assert await ann.fails("rooms.list") == "unauthenticated"
        assert await Person(server, ann.user, fresh).call("rooms.list") == {"rooms": []}


async def test_uploads_are_limited(tmp_path: Path) -> None:
    async with running(settings_for(tmp_path, limits={"uploads_per_minute": 2})) as server:
        async with owner(server).http() as client:
            codes = [(await upload(client, "a.txt", b"%d" % n)).status_code for n in range(3)]
            assert codes == [202, 202, 429]
        async with (await person(server, "Ann")).http() as client:
            assert (await upload(client, "a.txt", b"hers")).status_code == 202


async def test_feeds_take_places_and_give_them_back(tmp_path: Path) -> None:
    async with running(settings_for(tmp_path, limits={"connections_per_address": 1})) as server:
        query = {"stream": f"user:{server.app.owner.id}"}
        async with owner(server).http() as client, owner(server).http() as other:
            async with client.stream("GET", "/api/events", params=query) as feed:
                assert feed.status_code == 200
                refused = await other.get("/api/events", params=query | {"wait": "0"})
                assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
            await client.aclose()
            await eventually(lambda: not server.app.server_context.connections)
            for _ in range(3):
                polled = await other.get("/api/events", params=query | {"wait": "0"})
                assert polled.status_code == 200
            missing = await other.get("/api/events", params={"stream": "room:x"})
            assert missing.status_code == 404
            assert not server.app.server_context.connections


async def test_deleting_a_user_leaves_nothing_of_theirs(server: RunningServer) -> None:
    ann, ben = await with_password(server), await person(server, "Ben")
    alone = await ann.call("query", query="Only mine")
    shared = (await ann.call("rooms.create", name="Ours"))["room_id"]
    made = await ann.call("invitations.create", room_id=shared)
    async with ben.http() as his:
        await his.post("/api/invitations/accept", json={"code": made["code"]})
    async with ann.http() as hers:
        arrival = (await upload(hers, "secret.txt", b"Ann keeps bees.")).json()
        await server.app.services.jobs.wait([arrival["task_id"]])
    key = await key_of(ann, "read")
    await owner(server).call("users.delete", user_id=ann.user.id)
    assert await ann.fails("rooms.list") == "unauthenticated"
    assert await key.fails("rooms.list") == "unauthenticated"
    store = server.app.store
    assert await store.documents((ann.user.id,), 10) == ()
    assert await store.message(alone["message_id"]) is None
    (room,) = (await ben.call("rooms.list"))["rooms"]
    assert (room["room_id"], room["role"]) == (shared, "owner")
    assert [member["name"] for member in room["members"]] == ["Ben"]
    assert await store.deleted_users() == ()
    await person(server, "Ann")


async def test_the_last_owner_stays(server: RunningServer) -> None:
    boss, other = owner(server), await person(server, "Other", "owner")
    await other.call("users.update", user_id=boss.user.id, role="member")
    assert await boss.fails("users.list") == "done"
    assert await boss.fails("users.delete", user_id=other.user.id) == "forbidden"
    assert await other.fails("users.update", user_id=other.user.id, status="suspended") == (
        "forbidden"
    )


async def test_tls(tmp_path: Path) -> None:
    """1.3 where both can, 1.2 at least; the cookie is for TLS alone."""
    cert, key = certificate(tmp_path, "localhost")
    async with running(settings_for(tmp_path, tls_cert=cert, tls_key=key)) as server:
        assert server.url.startswith("https://")
        here = server.url.replace("127.0.0.1", "localhost")
        trust = ssl.create_default_context(cafile=str(cert))
        async with httpx2.AsyncClient(base_url=here, verify=trust) as client:
            link = (await server.app.login_link()).removeprefix(server.url)
            cookie = (await client.get(link)).headers["set-cookie"]
            assert "secure" in cookie.lower()
            assert cookie.startswith("__Host-basicchat_")
            assert "path=/;" in cookie.lower()
            assert "domain" not in cookie.lower()
            client.headers["x-basicchat"] = "1"
            assert await rpc(client, "session.hello", {})
        url = here.replace("https", "wss") + "/ws"
        async with connect(
            url, ssl=trust, subprotocols=[SUBPROTOCOL], additional_headers=server.bearer()
        ) as socket:
            tls: Any = socket.transport.get_extra_info("ssl_object")
            assert tls.version() == "TLSv1.3"
            await socket.send('{"jsonrpc":"2.0","id":1,"method":"session.ping"}')
            assert '"result"' in str(await socket.recv())
        old = ssl.create_default_context(cafile=str(cert))
        with pytest.warns(DeprecationWarning, match="deprecated"):
            old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        async with httpx2.AsyncClient(base_url=here, verify=old) as client:
            with pytest.raises(httpx2.TransportError):
                await client.get("/health/live")


def test_tls_files_of_no_use_are_refused_before_anything_is_announced(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path, "localhost")
    _, other_key = certificate(tmp_path / "other", "localhost")
    junk, locked = tmp_path / "junk.pem", tmp_path / "locked.pem"
    junk.write_text("junk")
    private = serialization.load_pem_private_key(key.read_bytes(), None)
    sealed = serialization.BestAvailableEncryption(b"pass")
    form = serialization.PrivateFormat.PKCS8
    locked.write_bytes(private.private_bytes(serialization.Encoding.PEM, form, sealed))
    for wrong in ((junk, key), (cert, junk), (cert, other_key), (cert, locked)):
        with pytest.raises(InvalidInput, match="not a certificate and its key"):
            tls_context(settings_for(tmp_path, tls_cert=wrong[0], tls_key=wrong[1]))
    tls_context(settings_for(tmp_path, tls_cert=cert, tls_key=key))
