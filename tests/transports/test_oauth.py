"""Apps that connect: what the server says of itself, registration, consent, tokens."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata

from basicchat.testing.clock import FakeClock
from support.oauth_apps import (
    BACK,
    BOTH,
    INITIALIZE,
    app_of,
    at_mcp,
    browser,
    onward_of,
    register,
    status_at_mcp,
    ticket_of,
)
from support.servers import RunningServer, running, settings_for
from support.users import PASSWORD, Person, key_of, owner, person

OPEN = [
    "/.well-known/oauth-protected-resource/mcp",
    "/.well-known/oauth-protected-resource",
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
]


async def test_a_client_finds_its_way(server: RunningServer) -> None:
    """From the resource to its metadata, to the server's, to its endpoints."""
    async with server.http() as client:
        refused = await client.post("/mcp", json=INITIALIZE)
        assert refused.status_code == 401
        said = refused.headers["www-authenticate"]
        assert said.startswith("Bearer ")
        assert "error=" not in said, "nobody was mistaken yet"
        assert f'scope="{BOTH}"' in said
        place = re.search(r'resource_metadata="([^"]+)"', said)
        assert place
        about = (await client.get(place[1])).json()
        assert about["resource"] == f"{server.url}/mcp"
        assert about["authorization_servers"] == [server.url]
        assert about["scopes_supported"] == BOTH.split()
        assert about["bearer_methods_supported"] == ["header"]
        assert (await client.get(OPEN[1])).json() == about
        metadata = (await client.get(OPEN[2])).json()
        assert metadata["issuer"] == server.url
        assert metadata["code_challenge_methods_supported"] == ["S256"]
        assert metadata["authorization_response_iss_parameter_supported"] is True
        assert metadata["client_id_metadata_document_supported"] is True
        assert (await client.get(OPEN[3])).json() == metadata
    # The library insists on HTTPS, which this server does not speak on loopback.
    secure = {
        name: value.replace("http:", "https:") if isinstance(value, str) else value
        for name, value in metadata.items()
    }
    AuthorizationServerMetadata(secure).validate()


async def test_each_name_of_the_server_speaks_for_itself(server: RunningServer) -> None:
    """A client compares what it is told with the address it used."""
    other = server.url.replace("127.0.0.1", "localhost")
    async with httpx2.AsyncClient(base_url=other) as client:
        assert (await client.get(OPEN[0])).json()["resource"] == f"{other}/mcp"
        assert (await client.get(OPEN[2])).json()["issuer"] == other
        strange = {"host": "evil.example"}
        assert (await client.get(OPEN[2], headers=strange)).status_code == 421


async def test_other_origins_may_read_resources_without_cookies(server: RunningServer) -> None:
    page = {"origin": "http://localhost:6274"}
    async with server.http(headers=page) as client:
        for path in OPEN:
            answer = await client.get(path)
            assert answer.headers["access-control-allow-origin"] == "*", path
            assert "access-control-allow-credentials" not in answer.headers
        ask = {"access-control-request-method": "POST"}
        for path in ("/oauth/token", "/oauth/register", "/oauth/revoke"):
            asked = await client.options(path, headers=ask)
            assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (204, "*")
        assert (await client.get("/oauth/authorize")).status_code == 403
        assert (await client.post("/oauth/authorize")).status_code == 403
        assert (await client.post("/oauth/login")).status_code == 403


@pytest.mark.parametrize("method", ["none", "client_secret_post", "client_secret_basic", None])
async def test_connecting_an_app(server: RunningServer, method: str | None) -> None:
    ann = await person(server, "Ann")
    app = await app_of(server, token_endpoint_auth_method=method)
    assert (app.secret is None) == (method == "none")
    basic = method in ("client_secret_basic", None)
    async with browser(ann) as tab:
        asked = await tab.open(app.query())
        for shown in ("Bee App", "127.0.0.1:7777", "Ann (member)", "on your own device"):
            assert shown in asked.text, shown
        answer = await tab.consent(app.query())
    assert (answer["state"], answer["iss"]) == ("a state", server.url)
    if basic:
        async with server.http(auth=(app.client_id, app.secret)) as client:
            form = {"grant_type": "authorization_code", "code": answer["code"]}
            form |= {"redirect_uri": BACK, "code_verifier": app.verifier}
            tokens = await client.post("/oauth/token", data=form)
    else:
        tokens = await app.exchange(answer["code"])
    assert tokens.status_code == 200, tokens.text
    assert tokens.headers["cache-control"] == "no-store"
    told = tokens.json()
    assert (told["token_type"], told["expires_in"], told["scope"]) == ("Bearer", 3600, BOTH)
    assert await status_at_mcp(server, told["access_token"]) == 200


async def test_a_refused_consent(server: RunningServer) -> None:
    app = await app_of(server)
    async with browser(owner(server)) as tab:
        answer = await tab.consent(app.query(), "deny")
    assert answer["error"] == "access_denied"
    assert (answer["state"], answer["iss"]) == ("a state", server.url)
    assert "code" not in answer


async def test_logging_in_on_the_way(server: RunningServer) -> None:
    """By password, or by a printed link; then the question comes."""
    ann = await person(server, "Ann")
    await server.app.server_context.router.services.users.set_password(ann.user.id, PASSWORD)
    app = await app_of(server)
    for form in (
        {"by": "password", "name": "ann", "password": PASSWORD},
        {"by": "link", "link": f" {await server.app.login_link()} "},
    ):
        async with server.http() as client:
            page = await client.get(f"/oauth/authorize?{app.query()}")
            assert "Bee App" not in page.text, "nobody learns what is asked before logging in"
            # From another site the cookie would not have come; from here it does, if there is one.
            again = await client.get(onward_of(page.text))
            to = re.search(r'action="(/oauth/login[^"]+)"', again.text)
            assert to
            place = to[1].replace("&amp;", "&")
            wrong = await client.post(place, data=form | {"password": "wrong", "link": "x"})
            assert (wrong.status_code, "set-cookie" in wrong.headers) == (401, False)
            right = await client.post(place, data=form)
            assert right.status_code == 303, right.text
            asked = await client.get(right.headers["location"])
            assert "Bee App wants to use BasicChat" in asked.text


async def test_another_account(server: RunningServer) -> None:
    """Who is logged in may be somebody else than who wants to connect."""
    app = await app_of(server)
    async with browser(owner(server)) as tab:
        page = (await tab.open(app.query())).text
        link = re.search(r'href="(/oauth/authorize[^"]+prompt=login)"', page)
        assert link
        other = await tab.client.get(link[1].replace("&amp;", "&"))
        assert "Log in" in other.text
        assert "prompt" not in other.text


async def test_refreshing(server: RunningServer) -> None:
    app = await app_of(server)
    first = await app.connect(owner(server))
    second = (await app.refresh(first["refresh_token"])).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert await status_at_mcp(server, first["access_token"]) == 200, "until it expires"
    assert await status_at_mcp(server, second["access_token"]) == 200
    less = (await app.refresh(second["refresh_token"], scope="basicchat:read")).json()
    assert less["scope"] == "basicchat:read"
    assert await status_at_mcp(server, second["access_token"]) == 401, "it has too many scopes"
    more = (await app.refresh(less["refresh_token"])).json()
    assert more["scope"] == BOTH, "the grant has not become less"
    beyond = await app.refresh(more["refresh_token"], scope="basicchat:admin")
    assert (beyond.status_code, beyond.json()["error"]) == (400, "invalid_scope")
    assert (await app.refresh(more["refresh_token"])).status_code == 200


async def test_an_app_that_cannot_refresh(server: RunningServer) -> None:
    app = await app_of(server, grant_types=["authorization_code"])
    tokens = await app.connect(owner(server))
    assert "refresh_token" not in tokens
    assert await status_at_mcp(server, tokens["access_token"]) == 200


async def test_tokens_expire(tmp_path: Path) -> None:
    clock = FakeClock()
    async with running(settings_for(tmp_path), clock=clock) as server:
        app = await app_of(server)
        async with browser(owner(server)) as tab:
            answer = await tab.consent(app.query())
            clock.advance(61)
            late = await app.exchange(answer["code"])
            assert (late.status_code, late.json()["error"]) == (400, "invalid_grant")
        tokens = await app.connect(owner(server))
        clock.advance(3601)
        assert await status_at_mcp(server, tokens["access_token"]) == 401
        tokens = (await app.refresh(tokens["refresh_token"])).json()
        assert await status_at_mcp(server, tokens["access_token"]) == 200
        clock.advance(31 * 86400)
        # With its last grant the app itself may be forgotten already.
        late = (await app.refresh(tokens["refresh_token"])).json()["error"]
        assert late in ("invalid_grant", "invalid_client")
        await server.app.services.oauth.sweep()
        assert await server.app.store.grants(server.app.owner.id) == ()
        assert await server.app.store.oauth_client(app.client_id) is None


async def test_giving_a_token_back(server: RunningServer) -> None:
    app, other = await app_of(server), await app_of(server, client_name="Other App")
    for which in ("access_token", "refresh_token"):
        tokens = await app.connect(owner(server))
        assert (await other.revoke(tokens[which])).status_code == 400
        assert await status_at_mcp(server, tokens["access_token"]) == 200
        assert (await app.revoke(tokens[which])).status_code == 200
        assert await status_at_mcp(server, tokens["access_token"]) == 401
        assert (await app.refresh(tokens["refresh_token"])).status_code == 400
        assert (await app.revoke(tokens[which])).status_code == 200, "it is as it should be"
    assert (await app.revoke("nonsense")).status_code == 200


# what a client says of itself → the error that it gets
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"redirect_uris": None}, "invalid_redirect_uri"),
    ({"redirect_uris": []}, "invalid_redirect_uri"),
    ({"redirect_uris": "http://127.0.0.1/"}, "invalid_redirect_uri"),
    ({"redirect_uris": ["http://evil.example/"]}, "invalid_redirect_uri"),
    ({"redirect_uris": ["http://127.0.0.1@evil.example/"]}, "invalid_redirect_uri"),
    ({"redirect_uris": ["http://127.0.0.1.evil.example/"]}, "invalid_redirect_uri"),
    ({"redirect_uris": ["https://a@evil.example/"]}, "invalid_redirect_uri"),
    ({"redirect_uris": ["https://app.example/#x"]}, "invalid_redirect_uri"),
    ({"redirect_uris": ["javascript:/alert(1)"]}, "invalid_redirect_uri"),
    ({"redirect_uris": ["data:/text/html,x"]}, "invalid_redirect_uri"),
    ({"redirect_uris": ["file:///etc/passwd"]}, "invalid_redirect_uri"),
    ({"redirect_uris": ['https://app.example/"><script>']}, "invalid_redirect_uri"),
    ({"redirect_uris": ["https://app.example/" + "x" * 500]}, "invalid_redirect_uri"),
    ({"redirect_uris": [f"https://app.example/{n}" for n in range(21)]}, "invalid_redirect_uri"),
    ({"token_endpoint_auth_method": "private_key_jwt"}, "invalid_client_metadata"),
    ({"grant_types": ["client_credentials"]}, "invalid_client_metadata"),
    ({"response_types": ["token"]}, "invalid_client_metadata"),
    ({"client_name": 5}, "invalid_client_metadata"),
]


@pytest.mark.parametrize(("changes", "error"), WRONG)
async def test_clients_that_are_not_registered(
    server: RunningServer, changes: dict[str, Any], error: str
) -> None:
    answer = await register(server, **changes)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example/back?x=1",
        "http://localhost/back",
        "http://[::1]:8080/back",
        "cursor://anysphere.cursor-mcp/oauth/callback",
        "com.example.app:/back",
    ],
)
async def test_addresses_that_apps_may_have(server: RunningServer, uri: str) -> None:
    app = await app_of(server, redirect_uris=[uri])
    async with browser(owner(server)) as tab:
        asked = await tab.open(app.query(redirect_uri=uri))
        page = (await tab.press(asked.text, "allow")).text
    assert onward_of(page).startswith(uri)
    assert dict(parse_qsl(urlsplit(onward_of(page)).query))["code"]


async def test_names_of_apps_are_text(server: RunningServer) -> None:
    app = await app_of(server, client_name='<b>"Ann\u202e\u0000&amp;' + "x" * 200)
    async with browser(owner(server)) as tab:
        page = (await tab.open(app.query())).text
    assert "<b>" not in page
    assert "&lt;b&gt;&quot;Ann&amp;amp;x" in page
    assert "x" * 80 not in page


async def test_an_apps_permissions_are_its_scopes(server: RunningServer) -> None:
    """And never more than its user may. What is missing, the app is told to ask for."""
    app = await app_of(server)
    reader = await app.connect(owner(server), scope="basicchat:read offline_access other")
    assert reader["scope"] == "basicchat:read"
    implied = await app.connect(owner(server), scope="basicchat:write")
    assert implied["scope"] == BOTH
    usual = await app.connect(owner(server), scope=None)
    assert usual["scope"] == BOTH
    guest = await person(server, "Guest", "guest")
    assert (await app.connect(guest, scope=f"{BOTH} basicchat:admin"))["scope"] == BOTH
    admin = await app.connect(owner(server), scope="basicchat:admin")
    assert admin["scope"] == "basicchat:read basicchat:admin"
    unknown = await app.connect(owner(server), scope="email offline_access")
    assert unknown["scope"] == BOTH, "unknown scopes are ignored, also if there are no others"
    origin = await app.connect(owner(server), resource=server.url)
    assert await status_at_mcp(server, origin["access_token"]) == 200, "a bare origin means /mcp"


async def test_tokens_of_ones_own_are_good_at_the_resource_too(server: RunningServer) -> None:
    """For scripts: the same as everywhere."""
    ann = await person(server, "Ann")
    key = await key_of(ann, "read")
    assert await status_at_mcp(server, ann.token) == 200
    assert await status_at_mcp(server, key.token) == 200
    async with server.http(cookies={server.cookie: ann.token}) as client:
        assert (await client.post("/mcp", json=INITIALIZE)).status_code == 401


@pytest.mark.parametrize("how", ["suspended", "deleted", "logged out", "new password"])
async def test_grants_end_with_the_users_access(server: RunningServer, how: str) -> None:
    ann, app = await person(server, "Ann"), await app_of(server)
    tokens = await app.connect(ann)
    boss = owner(server)
    if how == "suspended":
        await boss.call("users.update", user_id=ann.user.id, status="suspended")
    elif how == "deleted":
        await boss.call("users.delete", user_id=ann.user.id)
    elif how == "logged out":
        await ann.call("session.logout_everywhere")
    else:
        await boss.call("users.update", user_id=ann.user.id, password=PASSWORD)
    expected = 403 if how == "suspended" else 401
    assert await status_at_mcp(server, tokens["access_token"]) == expected
    assert (await app.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"


async def test_use_is_noted(server: RunningServer) -> None:
    app = await app_of(server)
    tokens = await app.connect(owner(server))
    assert await status_at_mcp(server, tokens["access_token"]) == 200
    (grant,) = await server.app.store.grants(server.app.owner.id)
    assert grant.used_at is not None
    stored = str(grant)
    assert tokens["access_token"].split("_", 2)[2] not in stored
    assert tokens["refresh_token"].split("_", 2)[2] not in stored


async def test_a_mistaken_token_is_reported(server: RunningServer) -> None:
    async with at_mcp(server, "nonsense") as client:
        said = (await client.post("/mcp", json=INITIALIZE)).headers["www-authenticate"]
    assert 'error="invalid_token"' in said
    assert "resource_metadata=" in said


async def test_a_key_in_the_cookie_allows_nothing(server: RunningServer) -> None:
    key = await key_of(owner(server), "read", "write", "admin")
    app = await app_of(server)
    async with browser(Person(server, server.app.owner, key.token)) as tab:
        page = await tab.open(app.query())
        assert page.status_code == 403
        with pytest.raises(AssertionError):
            ticket_of(page.text)
