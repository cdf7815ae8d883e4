"""One test for each known way of abusing an authorisation server (RFC 9700, and the security
considerations of the Model Context Protocol's authorisation)."""

import asyncio
import secrets
from pathlib import Path
from typing import Any

import pytest

from basicchat.testing.clock import FakeClock
from support.oauth_apps import (
    BACK,
    INITIALIZE,
    AppClient,
    app_of,
    at_mcp,
    browser,
    challenge_of,
    onward_of,
    register,
    status_at_mcp,
    ticket_of,
)
from support.servers import RunningServer, WireFailure, running, settings_for
from support.users import Person, key_of, owner, person

EVIL = "https://evil.example/"
# A change of access must be felt within this.
AT_ONCE = 15.0  # On a busy machine; else milliseconds, and never by itself.


@pytest.mark.parametrize(
    "uri",
    [
        EVIL,
        BACK + "/more",
        BACK + "?x=1",
        BACK + "#x",
        BACK.replace("127.0.0.1", "localhost"),
        BACK.replace("127.0.0.1", "127.0.0.1.evil.example"),
        BACK.replace("127.0.0.1", "127.0.0.1@evil.example"),
        BACK.replace("http:", "https:"),
        BACK.upper(),
        "//evil.example/back",
        "javascript:alert(1)",
        "",
    ],
)
async def test_open_redirect(server: RunningServer, uri: str) -> None:
    """Nowhere but where the app has said before; neither with a yes, nor with an error."""
    app = await app_of(server)
    async with browser(owner(server)) as tab:
        for more in ({}, {"scope": "nonsense"}, {"response_type": "token"}):
            page = await tab.open(app.query(redirect_uri=uri, **more))
            assert (page.status_code, "location" in page.headers) == (400, False)
            assert "evil.example" not in page.text
            assert "refresh" not in page.text


async def test_nobody_is_led_on_by_an_error(server: RunningServer) -> None:
    """Anybody can register anything: only a click leads there, and its host is shown."""
    app = await app_of(server, redirect_uris=[EVIL])
    query = app.query(redirect_uri=EVIL, scope="nonsense")
    async with server.http() as client:
        page = await client.get(f"/oauth/authorize?{query}&again=1")
        assert 'href="https://evil' not in page.text, "nor is anybody who is not logged in"
    async with browser(owner(server)) as tab:
        page = await tab.open(query)
    assert (page.status_code, "location" in page.headers) == (400, False)
    assert "refresh" not in page.text
    assert "Return to the app at evil.example" in page.text


async def test_any_port_on_this_device_but_nothing_else(server: RunningServer) -> None:
    app = await app_of(server)
    async with browser(owner(server)) as tab:
        asked = await tab.open(app.query(redirect_uri=BACK.replace("7777", "50123")))
        assert asked.status_code == 200
        page = await tab.press(asked.text, "allow")
    assert onward_of(page.text).startswith("http://127.0.0.1:50123/back?")
    web = await app_of(server, redirect_uris=["https://app.example:444/back"])
    async with browser(owner(server)) as tab:
        query = web.query(redirect_uri="https://app.example:445/back")
        assert (await tab.open(query)).status_code == 400


async def code_for(app: AppClient, whose: Person, **changes: Any) -> str:
    async with browser(whose) as tab:
        return (await tab.consent(app.query(**changes)))["code"]


async def test_a_code_that_is_used_twice_voids_what_it_gave(server: RunningServer) -> None:
    app, other = await app_of(server), await app_of(server)
    code = await code_for(app, owner(server))
    tokens = (await app.exchange(code)).json()
    stolen = await other.exchange(code, code_verifier=app.verifier)
    assert stolen.json()["error"] == "invalid_grant"
    assert await status_at_mcp(server, tokens["access_token"]) == 200, "no other app can do that"
    again = await app.exchange(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert await status_at_mcp(server, tokens["access_token"]) == 401
    assert (await app.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"


async def test_a_code_that_is_used_twice_at_once(server: RunningServer) -> None:
    app = await app_of(server)
    code = await code_for(app, owner(server))
    answers = await asyncio.gather(*(app.exchange(code) for _ in range(5)))
    given = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(given) <= 1
    for tokens in given:
        assert await status_at_mcp(server, tokens["access_token"]) == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge": None},
        {"code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": "s256"},
        {"code_challenge": "short"},
        {"code_challenge": ""},
    ],
)
async def test_pkce_cannot_be_left_out_or_weakened(
    server: RunningServer, changes: dict[str, Any]
) -> None:
    for app in (await app_of(server), await app_of(server, token_endpoint_auth_method=None)):
        async with browser(owner(server)) as tab:
            page = await tab.open(app.query(**changes))
        assert (page.status_code, "invalid_request" in page.text) == (400, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": None},
        {"code_verifier": "v" * 43},
        {"code_verifier": "short"},
        {"redirect_uri": BACK.replace("7777", "7778")},
        {"redirect_uri": None},
        {"client_id": None},
        {"client_id": "another"},
        {"resource": EVIL},
        {"grant_type": "password"},
        {"grant_type": None},
        {"code": None},
        {"code": "another"},
    ],
)
async def test_a_code_is_worth_nothing_without_the_rest(
    server: RunningServer, changes: dict[str, Any]
) -> None:
    app = await app_of(server)
    code = await code_for(app, owner(server))
    refused = await app.exchange(code, **changes)
    assert refused.status_code in (400, 401)
    assert "access_token" not in refused.text
    assert (await app.exchange(code)).status_code == 200, "and a mistake does not use it up"


async def test_the_verifier_in_place_of_the_challenge(server: RunningServer) -> None:
    """A thief who has seen the request knows the challenge; that must not do as a verifier."""
    app = await app_of(server)
    code = await code_for(app, owner(server))
    stolen = await app.exchange(code, code_verifier=challenge_of(app.verifier))
    assert stolen.json()["error"] == "invalid_grant"


async def test_another_apps_code(server: RunningServer) -> None:
    app, other = await app_of(server), await app_of(server)
    code = await code_for(app, owner(server))
    stolen = await other.exchange(code, code_verifier=app.verifier)
    assert stolen.json()["error"] == "invalid_grant"
    tokens = await app.connect(owner(server))
    assert (await other.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert await status_at_mcp(server, tokens["access_token"]) == 200


async def test_an_app_with_a_secret_has_to_show_it(server: RunningServer) -> None:
    app = await app_of(server, token_endpoint_auth_method="client_secret_post")
    code = await code_for(app, owner(server))
    for wrong in (None, "", "x" * 43):
        refused = await app.exchange(code, client_secret=wrong)
        assert refused.json()["error"] == "invalid_client", wrong
    assert (await app.exchange(code)).status_code == 200


async def test_mix_up(server: RunningServer) -> None:
    """Every answer says whose it is, so that a client notices one of another server's."""
    app = await app_of(server)
    async with browser(owner(server)) as tab:
        for decision in ("allow", "deny"):
            assert (await tab.consent(app.query(), decision))["iss"] == server.url
        page = (await tab.open(app.query(scope="nonsense"))).text
    assert f"iss={server.url.replace(':', '%3A').replace('/', '%2F')}" in page


@pytest.mark.parametrize(
    "resource",
    [
        "https://evil.example/mcp",
        "http://127.0.0.1:1/mcp",
        "$/api/rpc",
        "$/ws",
        "$",
        "$/mcp?x=1",
        "$/mcp#x",
        "/mcp",
        "mcp",
        "",
    ],
)
async def test_tokens_for_resources_that_are_not_ours(server: RunningServer, resource: str) -> None:
    app = await app_of(server)
    async with browser(owner(server)) as tab:
        page = await tab.open(app.query(resource=resource.replace("$", server.url)))
    assert (page.status_code, "invalid_target" in page.text) == (400, True)


async def test_audience_confusion(server: RunningServer) -> None:
    """A token for the resource is none anywhere else, and one of each kind does one thing."""
    app = await app_of(server)
    tokens = await app.connect(owner(server))
    access, refresh = tokens["access_token"], tokens["refresh_token"]
    who = Person(server, server.app.owner, access)
    assert await who.fails("rooms.list") == "unauthenticated"
    async with server.socket() as talk:
        with pytest.raises(WireFailure):
            await talk.call("session.hello", token=access)
    async with who.http() as client:
        for path in ("/api/renew", "/api/logout-everywhere", "/api/documents"):
            assert (await client.post(path)).status_code == 401, path
        assert (await client.get("/api/events?stream=x")).status_code == 401
    async with browser(who) as tab:
        assert "Log in" in (await tab.open(app.query())).text
    assert await status_at_mcp(server, refresh) == 401
    assert (await app.refresh(access)).json()["error"] == "invalid_grant"
    assert (await app.exchange(refresh)).json()["error"] == "invalid_grant"
    code = await code_for(app, owner(server))
    assert await status_at_mcp(server, code) == 401


async def test_a_token_of_another_server(tmp_path: Path) -> None:
    async with (
        running(settings_for(tmp_path / "a")) as one,
        running(settings_for(tmp_path / "b")) as b,
    ):
        tokens = await (await app_of(one)).connect(owner(one))
        assert await status_at_mcp(one, tokens["access_token"]) == 200
        assert await status_at_mcp(b, tokens["access_token"]) == 401


async def test_csrf_on_consent(server: RunningServer) -> None:
    """Only the very page that a user was shown can say yes, and only to what it showed."""
    ann, eve, app = await person(server, "Ann"), await person(server, "Eve"), await app_of(server)
    async with browser(ann) as hers, browser(eve) as eves:
        page = (await hers.open(app.query())).text
        foreign = (await eves.open(app.query())).text
        for ticket in ("", "x", ticket_of(foreign), ann.token, ticket_of(page)[:-4] + "AAAA"):
            answer = await hers.press(page, "allow", ticket=ticket)
            assert (answer.status_code, "refresh" in answer.text) == (403, False)
        for decision in ("", "yes"):
            assert (await hers.press(page, decision)).status_code == 403
        away = {"origin": "https://evil.example"}
        form = {"ticket": ticket_of(page), "decision": "allow"}
        answer = await hers.client.post("/oauth/authorize", data=form, headers=away)
        assert answer.status_code == 403
        # Another login of the same user is another one.
        async with browser(Person(server, ann.user, server.token(ann.user))) as other:
            assert (await other.press(page, "allow")).status_code == 403
        async with server.http() as nobody:
            assert (await nobody.post("/oauth/authorize", data=form)).status_code == 403
        assert (await hers.press(page, "allow")).status_code == 200


async def test_a_question_is_asked_for_ten_minutes(tmp_path: Path) -> None:
    clock = FakeClock()
    async with running(settings_for(tmp_path), clock=clock) as server:
        app = await app_of(server)
        async with browser(owner(server)) as tab:
            page = (await tab.open(app.query())).text
            clock.advance(601)
            assert (await tab.press(page, "allow")).status_code == 403


async def test_clickjacking(server: RunningServer) -> None:
    """No page of the flow can be put into a frame, cached, or leak where it was."""
    app = await app_of(server)
    async with browser(owner(server)) as tab, server.http() as nobody:
        asked = await tab.open(app.query())
        pages = [
            asked,
            await tab.press(asked.text, "allow"),
            await tab.open(app.query(scope="nonsense")),
            await nobody.get(f"/oauth/authorize?{app.query()}"),
            await nobody.get(f"/oauth/authorize?{app.query()}&again=1"),
        ]
    for page in pages:
        policy = page.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "form-action 'self'" in policy
        assert "default-src 'none'" in policy
        assert page.headers["x-frame-options"] == "DENY"
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["referrer-policy"] == "same-origin"
        assert "<script>" not in page.text
        assert "style=" not in page.text


async def test_a_client_that_poses_as_another_on_this_device(server: RunningServer) -> None:
    """Anything can listen on this device and call itself anything: so a yes is never remembered."""
    app = await app_of(server, client_name="Claude")
    await app.connect(owner(server))
    async with browser(owner(server)) as tab:
        for more in ({}, {"prompt": "none"}, {"prompt": "consent"}):
            page = await tab.open(app.query(**more))
            assert ticket_of(page.text), more
            assert "any program there could claim this name" in page.text


async def test_a_refresh_token_that_is_used_twice_ends_the_connection(
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
    given = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(given) <= 1
    for each in given:
        assert await status_at_mcp(server, each["access_token"]) == 401


async def test_made_up_tokens_end_nothing(server: RunningServer) -> None:
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
        answers = [await register(server) for _ in range(31)]
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
            {"state": "<script>'\"ä" * 20, "scope": "x"},
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


async def test_what_is_asked_here_leaks_to_nobody_else(server: RunningServer) -> None:
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
            async with asyncio.timeout(AT_ONCE):
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
