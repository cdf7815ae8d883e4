"""One test for each known way of abusing an authorisation server (RFC 9700, and the security
considerations of the Model Context Protocol's authorisation)."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from basicchat.testing.clock import FakeClock
from support.oauth_apps import (
    BACK,
    app_of,
    browser,
    challenge_of,
    code_for,
    onward_of,
    status_at_mcp,
    ticket_of,
)
from support.servers import RunningServer, WireFailure, running, settings_for
from support.users import Person, owner, person

EVIL = "https://evil.example/"


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


async def test_an_error_redirects_nobody(server: RunningServer) -> None:
    """Anybody can register anything: only a click leads there, and its host is shown."""
    app = await app_of(server, redirect_uris=[EVIL])
    query = app.query(redirect_uri=EVIL, response_type="nonsense")
    async with server.http() as client:
        page = await client.get(f"/oauth/authorize?{query}&again=1")
        assert 'href="https://evil' not in page.text, "nor is anybody who is not logged in"
    async with browser(owner(server)) as tab:
        page = await tab.open(query)
    assert (page.status_code, "location" in page.headers) == (400, False)
    assert "refresh" not in page.text
    assert "Return to the app at evil.example" in page.text


async def test_only_ports_of_this_device(server: RunningServer) -> None:
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


async def test_a_code_used_twice_revokes_its_tokens(server: RunningServer) -> None:
    app, other = await app_of(server), await app_of(server, client_name="Other App")
    code = await code_for(app, owner(server))
    tokens = (await app.exchange(code)).json()
    stolen = await other.exchange(code, code_verifier=app.verifier)
    assert stolen.json()["error"] == "invalid_grant"
    assert await status_at_mcp(server, tokens["access_token"]) == 200, "no other app can do that"
    again = await app.exchange(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert await status_at_mcp(server, tokens["access_token"]) == 401
    assert (await app.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"


async def test_a_code_used_twice_concurrently(server: RunningServer) -> None:
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
async def test_a_code_is_useless_without_the_rest(
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
    app, other = await app_of(server), await app_of(server, client_name="Other App")
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
        page = (await tab.open(app.query(response_type="nonsense"))).text
    assert f"iss={server.url.replace(':', '%3A').replace('/', '%2F')}" in page


@pytest.mark.parametrize(
    "resource",
    [
        "https://evil.example/mcp",
        "http://127.0.0.1:1/mcp",
        "$/api/rpc",
        "$/ws",
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
            await tab.open(app.query(response_type="nonsense")),
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
            assert "any program there could use this name" in page.text
