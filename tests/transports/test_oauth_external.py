"""Apps whose tokens come from an authorisation server elsewhere."""

import base64
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import jwt
import pytest
from joserfc.jwk import RSAKey
from pydantic import ValidationError

from basicchat.config.oauth import OAuth
from support.oauth_apps import BOTH, INITIALIZE, at_mcp, status_at_mcp
from support.oidc_provider import CLIENT, Provider, provider_running
from support.servers import RunningServer, running, settings_for
from support.users import Person, owner, person, set_status

AUDIENCE = "https://chat.example/mcp"


@asynccontextmanager
async def both(
    folder: Path, claim: str = "sub", **who: Any
) -> AsyncIterator[tuple[RunningServer, Provider, Person]]:
    """A server that trusts a provider, which calls one of its users 42."""
    async with provider_running(**({"sub": "42", "preferred_username": "Ann"} | who)) as box:
        told = OAuth(issuer=box.issuer, audience=AUDIENCE, user_claim=claim)
        async with running(settings_for(folder, oauth=told)) as server:
            ann = await person(server, "Ann")
            async with server.app.store.transaction() as change:
                await change.put_identity(box.issuer, "42", ann.user.id)
            yield server, box, ann


async def test_the_way_leads_elsewhere(tmp_path: Path) -> None:
    async with both(tmp_path) as (server, box, _), server.http() as client:
        about = (await client.get("/.well-known/oauth-protected-resource/mcp")).json()
        assert about["authorization_servers"] == [box.issuer]
        assert (await client.get("/.well-known/oauth-authorization-server")).status_code == 404
        for path in ("/oauth/register", "/oauth/token", "/oauth/revoke", "/oauth/login"):
            assert (await client.post(path)).status_code in (404, 405), path
        assert (await client.get("/oauth/authorize")).status_code == 404
        refused = await client.post("/mcp", json=INITIALIZE)
        assert "resource_metadata=" in refused.headers["www-authenticate"]


@pytest.mark.parametrize("scope", [BOTH, BOTH.split(), "basicchat:read openid"])
async def test_tokens_that_hold(tmp_path: Path, scope: Any) -> None:
    async with both(tmp_path) as (server, box, ann):
        listed = scope if isinstance(scope, list) else None
        token = box.access_token([AUDIENCE, "x"], None if listed else scope, scp=listed)
        assert await status_at_mcp(server, token) == 200
        actor = await server.app.services.authenticator.authenticate(token, "/mcp")
        assert (actor.user.id, actor.client_id) == (ann.user.id, "app")
        assert actor.scopes == (("read",) if "openid" in scope else ("read", "write"))
        assert await Person(server, ann.user, token).fails("rooms.list") == "unauthenticated"
        assert await status_at_mcp(server, ann.token) == 200, "tokens of one's own go on"


async def test_users_by_name_or_address(tmp_path: Path) -> None:
    async with both(tmp_path / "a", "preferred_username", sub="x") as (server, box, _):
        assert await status_at_mcp(server, box.access_token(AUDIENCE, BOTH)) == 200
        stranger = box.access_token(AUDIENCE, BOTH, preferred_username="Nobody")
        assert await status_at_mcp(server, stranger) == 401
    async with both(tmp_path / "b", "email", email="Ann") as (server, box, _):
        assert await status_at_mcp(server, box.access_token(AUDIENCE, BOTH)) == 401
        checked = box.access_token(AUDIENCE, BOTH, email_verified=True)
        assert await status_at_mcp(server, checked) == 200


# what is wrong with a token
WRONG: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://evil.example"},
    "another audience": {"aud": "https://other.example/mcp"},
    "no audience": {"aud": None},
    "a token for logging in": {"aud": CLIENT, "nonce": "x"},
    "a token for logging in, for us": {"nonce": "x"},
    "expired": {"exp": 1000},
    "no end": {"exp": None},
    "an end that is none": {"exp": "tomorrow"},
    "not yet": {"nbf": 10**11},
    "issued in the future": {"iat": 10**11},
    "nobody": {"sub": None},
    "a stranger": {"sub": "43"},
    "a list of people": {"sub": ["42"]},
    "a refresh token": {"header": {"typ": "rt+jwt"}},
}


@pytest.mark.parametrize("how", WRONG)
async def test_tokens_that_do_not_hold(tmp_path: Path, how: str) -> None:
    async with both(tmp_path) as (server, box, _):
        changes = dict(WRONG[how])
        token = box.access_token(changes.pop("aud", AUDIENCE), BOTH, **changes)
        assert await status_at_mcp(server, token) == 401


async def test_signatures_that_do_not_hold(tmp_path: Path) -> None:
    async with both(tmp_path) as (server, box, _):
        good = box.access_token(AUDIENCE, BOTH)
        claims = jwt.decode(good, options={"verify_signature": False})

        def part(value: Any) -> str:
            return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

        # The public key taken for a shared secret (RFC 8725, 2.1).
        confused = f"{part({'alg': 'HS256', 'typ': 'at+jwt', 'kid': box.key.kid})}.{part(claims)}"
        mac = hmac.digest(box.key.as_pem(private=False), confused.encode(), "sha256")
        confused += "." + base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
        box.sign_with = RSAKey.generate_key(2048, {"kid": box.key.kid or "one"})
        for token in (
            box.access_token(AUDIENCE, BOTH),
            f"{part({'alg': 'none'})}.{part(claims)}.",
            f"{part({'alg': 'none', 'typ': 'at+jwt'})}.{part(claims)}.x",
            confused,
            f"{part({'alg': 'HS256'})}.{part(claims)}.{part('x')}",
            good[:-6] + "AAAAAA",
            good.rpartition(".")[0] + ".",
            good.replace(".", "..", 1),
        ):
            assert token != good
            assert await status_at_mcp(server, token) == 401, token
        assert await status_at_mcp(server, good) == 200


async def test_a_token_without_our_scopes(tmp_path: Path) -> None:
    async with both(tmp_path) as (server, box, _):
        token = box.access_token(AUDIENCE, "openid profile")
        async with at_mcp(server, token) as client:
            refused = await client.post("/mcp", json=INITIALIZE)
        assert refused.status_code == 403
        assert 'error="insufficient_scope"' in refused.headers["www-authenticate"]
        assert 'scope="basicchat:read"' in refused.headers["www-authenticate"]


async def test_the_issuer_changes_its_key_or_is_away(tmp_path: Path) -> None:
    async with both(tmp_path) as (server, box, _):
        assert await status_at_mcp(server, box.access_token(AUDIENCE, BOTH)) == 200
        box.rotate()
        token = box.access_token(AUDIENCE, BOTH)
        assert await status_at_mcp(server, token) == 401, "keys are not fetched for every stranger"
        external = server.app.services.authenticator.external
        assert external is not None
        external.issuer.keys_seconds = 0.0
        assert await status_at_mcp(server, token) == 200
    told = OAuth(issuer="http://127.0.0.1:1", audience=AUDIENCE)
    async with running(settings_for(tmp_path / "b", oauth=told)) as server:
        assert await status_at_mcp(server, token) == 502


async def test_a_revocation_here_also_ends_external_tokens(tmp_path: Path) -> None:
    async with both(tmp_path) as (server, box, ann):
        token = box.access_token(AUDIENCE, BOTH)
        await set_status(server, ann, status="suspended")
        assert await status_at_mcp(server, token) == 403
        await set_status(server, ann, status="active")
        assert await status_at_mcp(server, token) == 200
        await ann.call("session.logout_everywhere")
        assert await status_at_mcp(server, token) == 401
        later = box.access_token(AUDIENCE, BOTH, iat=box.now() + 2)
        assert await status_at_mcp(server, later) == 200
        await owner(server).call("users.delete", user_id=ann.user.id)
        assert await status_at_mcp(server, later) == 401


@pytest.mark.parametrize(
    "told",
    [
        {"issuer": "https://box.example"},
        {"issuer": "http://box.example", "audience": AUDIENCE},
        {"issuer": "box", "audience": AUDIENCE},
    ],
)
def test_settings_that_are_refused(told: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        OAuth(**told)
