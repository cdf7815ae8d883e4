"""One test for each known way of abusing tokens, registrations and odd requests."""

import asyncio
import secrets
from pathlib import Path

import pytest

from basicchat.testing.clock import FakeClock
from support.oauth_apps import (
    BACK,
    INITIALIZE,
    app_of,
    at_mcp,
    browser,
    code_for,
    register,
    status_at_mcp,
)
from support.servers import RunningServer, running, settings_for
from support.users import key_of, owner, person

# A change of access must be felt within this.
PROMPTLY_SECONDS = 15.0  # On a busy machine; else milliseconds, and never by itself.


async def test_a_refresh_token_used_twice_ends_the_grant(
    server: RunningServer,
) -> None:
    app = await app_of(server)
    first = await app.connect(owner(server))
    second = (await app.refresh(first["refresh_token"])).json()
    third = (await app.refresh(second["refresh_token"])).json()
    assert await status_at_mcp(server, third["access_token"]) == 200
    stolen = await app.refresh(first["refresh_token"])
    assert (stolen.status_code, stolen.json()["error"]) == (400, "invalid_grant")
    assert await status_at_mcp(server, third["access_token"]) == 401
    assert (await app.refresh(third["refresh_token"])).json()["error"] == "invalid_grant"


async def test_refreshing_twice_at_once(server: RunningServer) -> None:
    app = await app_of(server)
    tokens = await app.connect(owner(server))
    answers = await asyncio.gather(*(app.refresh(tokens["refresh_token"]) for _ in range(5)))
    assert [answer.status_code for answer in answers] == [200] * 5
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    for token in {answer.json()["access_token"] for answer in answers} | {tokens["access_token"]}:
        assert await status_at_mcp(server, token) == 200


async def test_a_used_refresh_token_is_answered_alike_for_half_a_minute(tmp_path: Path) -> None:
    clock = FakeClock()
    async with running(settings_for(tmp_path), clock=clock) as server:
        app, other = await app_of(server), await app_of(server, client_name="Other App")
        first = await app.connect(owner(server))
        second = (await app.refresh(first["refresh_token"])).json()
        clock.advance(29)
        again = (await app.refresh(first["refresh_token"])).json()
        assert again == second | {"expires_in": 3600 - 29}
        assert (await other.refresh(first["refresh_token"])).status_code == 400
        beyond = await app.refresh(first["refresh_token"], scope="basicchat:admin")
        assert beyond.json()["error"] == "invalid_scope"
        assert await status_at_mcp(server, second["access_token"]) == 200, "nothing has ended"
        third = (await app.refresh(again["refresh_token"])).json()
        clock.advance(31)
        late = await app.refresh(second["refresh_token"])
        assert (late.status_code, late.json()["error"]) == (400, "invalid_grant")
        for tokens in (first, second, third):
            assert await status_at_mcp(server, tokens["access_token"]) == 401
        assert (await app.refresh(third["refresh_token"])).json()["error"] == "invalid_grant"


async def test_a_replaced_access_token_is_valid_until_it_expires(tmp_path: Path) -> None:
    clock = FakeClock()
    async with running(settings_for(tmp_path), clock=clock) as server:
        app = await app_of(server)
        first = await app.connect(owner(server))
        clock.advance(1800)
        second = (await app.refresh(first["refresh_token"])).json()
        clock.advance(1799)
        for tokens in (first, second):
            assert await status_at_mcp(server, tokens["access_token"]) == 200
        clock.advance(2)
        assert await status_at_mcp(server, first["access_token"]) == 401
        assert await status_at_mcp(server, second["access_token"]) == 200
        await app.revoke(second["refresh_token"])
        assert await status_at_mcp(server, second["access_token"]) == 401


async def test_giving_back_a_replaced_access_token_ends_the_grant(server: RunningServer) -> None:
    app = await app_of(server)
    first = await app.connect(owner(server))
    second = (await app.refresh(first["refresh_token"])).json()
    assert (await app.revoke(first["access_token"])).status_code == 200
    assert await status_at_mcp(server, second["access_token"]) == 401


async def test_invented_tokens_end_no_grant(server: RunningServer) -> None:
    """Who knows a grant's id alone can neither use it nor end it."""
    app = await app_of(server)
    tokens = await app.connect(owner(server))
    grant = tokens["refresh_token"].split("_")[1]
    for text in (f"bcr_{grant}_x", f"bcr_{grant}_{secrets.token_urlsafe(32)}.{'0' * 32}", "bcr__."):
        assert (await app.refresh(text)).json()["error"] == "invalid_grant"
        assert (await app.revoke(text)).status_code == 200
    assert await status_at_mcp(server, f"bca_{grant}_x") == 401
    assert await status_at_mcp(server, tokens["access_token"]) == 200


async def test_a_flood_of_registrations_is_bounded(tmp_path: Path) -> None:
    told = {"oauth": {"registrations_per_hour": 30, "clients": 5}}
    async with running(settings_for(tmp_path, **told)) as server:
        app = await app_of(server)
        tokens = await app.connect(owner(server))
        answers = [await register(server, client_name=f"App {n}") for n in range(31)]
        codes = [answer.status_code for answer in answers]
        assert codes[:29] == [201] * 29
        assert codes[29:] == [429, 429]
        assert int(answers[-1].headers["retry-after"]) > 0
        kept = [await server.app.store.oauth_client(a.json().get("client_id", "")) for a in answers]
        assert sum(each is not None for each in kept) == 4
        assert await status_at_mcp(server, tokens["access_token"]) == 200
        assert (await app.refresh(tokens["refresh_token"])).status_code == 200
        big = {"client_name": "x" * 20_000}
        assert (await register(server, **big)).status_code in (413, 429)


async def test_identical_registrations_are_one_and_cost_nothing(tmp_path: Path) -> None:
    told = {"oauth": {"registrations_per_hour": 5, "clients": 7}}
    async with running(settings_for(tmp_path, **told)) as server:
        first = await app_of(server)
        # An app with keys of its own is another one, and has no secret either.
        ids = [
            (await register(server, token_endpoint_auth_method="private_key_jwt", jwks_uri=uri))
            .json()
            .get("client_id")
            for uri in (*["https://app.example/keys"] * 9, "https://app.example/other")
        ]
        assert len(set(ids[:9])) == 1
        assert len({None, first.client_id, *ids}) == 4
        # Programs listen on any free port, and may name their addresses in any order.
        addresses = [f"http://127.0.0.1:{port}/back" for port in range(5000, 5020)]
        for address in addresses:
            answer = await register(server, redirect_uris=[address])
            assert (answer.status_code, answer.json()["client_id"]) == (201, first.client_id)
            assert answer.json()["redirect_uris"] == [address]
        tokens = await first.connect(owner(server), redirect_uri=None)
        assert await status_at_mcp(server, tokens["access_token"]) == 200
        others: list[dict[str, object]] = [
            {"client_name": "Another"},
            {"redirect_uris": ["http://127.0.0.1:5000/other"]},
            {"token_endpoint_auth_method": "client_secret_post"},
        ]
        made = [await register(server, **each) for each in others]
        assert [answer.status_code for answer in made] == [201, 201, 429]
        assert len({first.client_id, *(each.json().get("client_id") for each in made)}) == 4
        assert (await register(server)).json()["client_id"] == first.client_id


async def test_clients_with_a_secret_are_never_shared(server: RunningServer) -> None:
    told = {"token_endpoint_auth_method": "client_secret_post"}
    one, two = await app_of(server, **told), await app_of(server, **told)
    assert (one.client_id != two.client_id, one.secret != two.secret) == (True, True)


async def test_a_token_in_a_url_is_refused(server: RunningServer) -> None:
    app = await app_of(server)
    tokens = await app.connect(owner(server))
    async with at_mcp(server, tokens["access_token"]) as client:
        for query in (f"access_token={tokens['access_token']}", "access_token="):
            answer = await client.post(f"/mcp?{query}", json=INITIALIZE)
            assert answer.status_code == 400
            assert 'error="invalid_request"' in answer.headers["www-authenticate"]
    code = await code_for(app, owner(server))
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    form |= {"client_id": app.client_id, "code_verifier": app.verifier}
    async with server.http() as client:
        assert (await client.post("/oauth/token", params=form)).status_code == 400
        assert (await client.post("/oauth/token?x=1", data=form)).status_code == 400
        assert (await client.get("/oauth/token", params=form)).status_code in (404, 405)


async def test_parameters_that_are_there_twice(server: RunningServer) -> None:
    app = await app_of(server)
    async with browser(owner(server)) as tab:
        for name in ("client_id", "redirect_uri", "scope", "state", "response_type"):
            twice = f"{app.query()}&{name}=x"
            assert (await tab.open(twice)).status_code == 400, name
        for name in ("code_challenge", "code_challenge_method", "resource"):
            twice = f"{app.query()}&{name}=x"
            assert (await tab.open(twice)).status_code == 400, name
    code = await code_for(app, owner(server))
    form = {
        "grant_type": "authorization_code",
        "code": [code, code],
        "redirect_uri": BACK,
        "client_id": app.client_id,
        "code_verifier": app.verifier,
    }
    async with server.http() as client:
        assert (await client.post("/oauth/token", data=form)).status_code == 400


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{}"),
        ("application/x-www-form-urlencoded", b"\xff\xfe"),
        ("application/x-www-form-urlencoded", b"a&" * 1000),
        ("application/x-www-form-urlencoded", b"grant_type=authorization_code&client_id=%00%ff"),
        ("application/x-www-form-urlencoded", b'grant_type="\\\xc3\xa4&client_id=x'),
        ("application/x-www-form-urlencoded", b""),
    ],
)
async def test_nonsense_is_answered(server: RunningServer, kind: str, body: bytes) -> None:
    async with server.http() as client:
        for path in ("/oauth/token", "/oauth/revoke", "/oauth/register"):
            for auth in ("", "Basic", "Basic //8=", "Basic /////w==", "Basic eDp5", "Bearer x"):
                headers = {"content-type": kind, "authorization": auth}
                answer = await client.post(path, content=body, headers=headers)
                assert answer.status_code in (400, 401), (path, auth, answer.text)
                assert answer.json()["error"]
        too_much = await client.post(
            "/oauth/token", content=b"x" * 20_000, headers={"content-type": kind}
        )
        assert too_much.status_code in (400, 413)


async def test_nonsense_in_the_question_is_answered(server: RunningServer) -> None:
    app = await app_of(server)
    async with browser(owner(server)) as tab:
        for changes in (
            {"response_type": 'to"ken\\'},
            {"response_type": "tökén"},
            {"scope": '"\\ä'},
            {"client_id": "'\"<script>ä\\"},
            {"client_id": "x" * 3000},
            {"state": "<script>'\"ä" * 20, "response_type": "x"},
            {"code_challenge": "ä" * 43},
            {"resource": "http://[/mcp"},
        ):
            page = await tab.open(app.query(**changes))
            assert page.status_code == 400, changes
            assert "<script>'" not in page.text
        assert (await tab.open("x" * 5000)).status_code == 400
        assert (await tab.open("&".join(["a=b"] * 200))).status_code == 400
        assert (await tab.open("")).status_code == 400
        answer = await tab.consent(app.query(state="<ä>&'\"=\U0001f41d"))
        assert answer["state"] == "<ä>&'\"=\U0001f41d"


async def test_questions_do_not_leak_to_others(server: RunningServer) -> None:
    """Whose connection it is decides what is seen; another's is as if it were not there."""
    ann, eve, app = await person(server, "Ann"), await person(server, "Eve"), await app_of(server)
    await app.connect(ann)
    (grant,) = (await ann.call("grants.list"))["grants"]
    assert (grant["client_name"], grant["redirect_host"]) == ("Bee App", "127.0.0.1:7777")
    assert "hash" not in str(grant)
    assert (await eve.call("grants.list"))["grants"] == []
    assert await eve.fails("grants.revoke", grant_id=grant["grant_id"]) == "not_found"
    boss = owner(server)
    assert (await boss.call("grants.list"))["grants"] == []
    assert await boss.fails("grants.revoke", grant_id="g_unknown") == "not_found"


async def test_taking_access_back_is_felt_at_once(server: RunningServer) -> None:
    ann, app = await person(server, "Ann"), await app_of(server)
    tokens = await app.connect(ann)
    (grant,) = (await ann.call("grants.list"))["grants"]
    async with at_mcp(server, tokens["access_token"]) as client:
        begun = await client.post("/mcp", json=INITIALIZE)
        headers = {"mcp-session-id": begun.headers["mcp-session-id"]}
        async with client.stream("GET", "/mcp", headers=headers) as stream:
            assert stream.status_code == 200
            await ann.call("grants.revoke", grant_id=grant["grant_id"])
            async with asyncio.timeout(PROMPTLY_SECONDS):
                async for _ in stream.aiter_bytes():
                    pass
        assert (await client.post("/mcp", json=INITIALIZE)).status_code == 401
    assert (await app.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert await ann.fails("rooms.list") == "done"


async def test_keys_see_and_end_no_connections(server: RunningServer) -> None:
    """What only a login may do."""
    app = await app_of(server)
    await app.connect(owner(server))
    key = await key_of(owner(server), "read", "write", "admin")
    assert await key.fails("grants.list") == "forbidden"
    assert await key.fails("grants.revoke", grant_id="g_1") == "forbidden"
    guest = await person(server, "Guest", "guest")
    await app.connect(guest)
    (grant,) = (await guest.call("grants.list"))["grants"]
    assert await guest.fails("grants.revoke", grant_id=grant["grant_id"]) == "done"
