"""Single sign-on against a real provider on loopback."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from joserfc.jwk import RSAKey

from basicchat.config.oidc import Oidc
from support.oidc_provider import CLIENT, SECRET, Provider, provider_running
from support.servers import RunningServer, running, settings_for
from support.users import Person, rpc, set_status


@asynccontextmanager
async def both(folder: Path, **more: Any) -> AsyncIterator[tuple[RunningServer, Provider]]:
    async with provider_running(sub="42", preferred_username="Ann") as provider:
        told = Oidc(
            issuer=provider.issuer, client_id=CLIENT, client_secret=SECRET, name="Box", **more
        )
        async with running(settings_for(folder, oidc=told)) as server:
            yield server, provider


async def depart(client: httpx2.AsyncClient) -> str:
    """Go to the provider, which sends back at once; where to."""
    leaving = await client.get("/api/oidc/login")
    assert leaving.status_code == 303
    async with httpx2.AsyncClient() as elsewhere:
        back = await elsewhere.get(leaving.headers["location"])
    assert back.status_code == 302, back.text
    return str(back.headers["location"])


async def log_in(server: RunningServer) -> tuple[str, httpx2.AsyncClient]:
    """Where the browser is in the end, and the browser."""
    client = server.http()
    arrived = await client.get(await depart(client))
    assert arrived.status_code == 303
    return arrived.headers["location"], client


async def test_a_first_login_creates_an_account(tmp_path: Path) -> None:
    async with both(tmp_path) as (server, _):
        place, client = await log_in(server)
        assert place == "/"
        client.headers["x-basicchat"] = "1"
        first = (await rpc(client, "session.hello", {}))["user"]
        assert (first["name"], first["role"]) == ("Ann", "member")
        _, again = await log_in(server)
        again.headers["x-basicchat"] = "1"
        assert (await rpc(again, "session.hello", {}))["user"] == first
        options = (await client.get("/api/login-options")).json()
        assert options["oidc"] == {"name": "Box", "path": "/api/oidc/login"}


async def test_a_name_proves_nothing(tmp_path: Path) -> None:
    """Whoever is called like the owner there is somebody else here."""
    async with both(tmp_path) as (server, provider):
        provider.person["preferred_username"] = "OWNER"
        _, client = await log_in(server)
        client.headers["x-basicchat"] = "1"
        user = (await rpc(client, "session.hello", {}))["user"]
        assert (user["name"], user["role"]) == ("OWNER 2", "member")
        assert user["id"] != server.app.owner.id


async def test_the_suspended_stay_out(tmp_path: Path) -> None:
    async with both(tmp_path) as (server, _):
        _, client = await log_in(server)
        account = (await server.app.store.accounts())[-1]
        await set_status(server, Person(server, account.user, ""), status="suspended")
        place, client = await log_in(server)
        assert (place, server.cookie in client.cookies) == ("/#sso-refused", False)


async def test_no_new_account_where_registration_is_closed(tmp_path: Path) -> None:
    async with both(tmp_path, role="none") as (server, _):
        place, client = await log_in(server)
        assert (place, server.cookie in client.cookies) == ("/#sso-refused", False)
        assert len(await server.app.store.accounts()) == 1


# what is wrong with the ID token
WRONG: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "http://127.0.0.1:1"},
    "another audience": {"aud": "another"},
    "two audiences, for another": {"aud": [CLIENT, "another"], "azp": "another"},
    "expired": {"exp": 1000},
    "another nonce": {"nonce": "x"},
    "no nonce": {"nonce": None},
    "no subject": {"sub": None},
    "issued in the future": {"iat": 10**11, "exp": 10**12},
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_id_tokens_that_do_not_hold(tmp_path: Path, wrong: str) -> None:
    async with both(tmp_path) as (server, provider):
        provider.changes = WRONG[wrong]
        place, client = await log_in(server)
        assert (place, server.cookie in client.cookies) == ("/#sso-failed", False)
        assert len(await server.app.store.accounts()) == 1


async def test_an_id_token_signed_by_another(tmp_path: Path) -> None:
    async with both(tmp_path) as (server, provider):
        provider.sign_with = RSAKey.generate_key(2048, {"kid": "one"})
        assert (await log_in(server))[0] == "/#sso-failed"


async def test_the_provider_changes_its_key(tmp_path: Path) -> None:
    async with both(tmp_path) as (server, provider):
        sso = server.app.services.sso
        assert sso is not None
        sso.issuer.keys_seconds = 0.0
        assert (await log_in(server))[0] == "/"
        provider.rotate()
        assert (await log_in(server))[0] == "/"


async def test_a_login_started_elsewhere_or_twice(tmp_path: Path) -> None:
    """State ties the answer to the browser that asked; a code serves once."""
    failed = "/#sso-failed"
    async with both(tmp_path) as (server, provider), server.http() as mallory:
        answer = await depart(mallory)
        kept = dict(mallory.cookies)
        async with server.http() as victim:
            # Without a journey of her own, and with another.
            assert (await victim.get(answer)).headers["location"] == failed
            await depart(victim)
            assert (await victim.get(answer)).headers["location"] == failed
            assert server.cookie not in victim.cookies
        assert not provider.exchanged
        assert (await mallory.get(answer)).headers["location"] == "/"
        assert provider.exchanged
        async with server.http(cookies=kept) as again:
            assert (await again.get(answer)).headers["location"] == failed


async def test_a_code_without_its_verifier_is_refused(tmp_path: Path) -> None:
    """PKCE, as the provider checks it."""
    async with both(tmp_path) as (server, provider), server.http() as client:
        code = httpx2.URL(await depart(client)).params["code"]
        async with httpx2.AsyncClient(auth=(CLIENT, SECRET)) as thief:
            form = {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": f"{server.url}/api/oidc/callback",
            }
            for more in ({}, {"code_verifier": "v" * 43}):
                stolen = await thief.post(f"{provider.issuer}/token", data=form | more)
                assert stolen.status_code == 400


async def test_a_provider_that_is_unreachable(tmp_path: Path) -> None:
    told = Oidc(issuer="http://127.0.0.1:1", client_id=CLIENT)
    async with running(settings_for(tmp_path, oidc=told)) as server, server.http() as client:
        answer = await client.get("/api/oidc/login")
        assert answer.status_code == 502
        assert answer.json()["error"]["data"]["hint"]


async def test_without_single_sign_on(server: RunningServer) -> None:
    async with server.http() as client:
        assert (await client.get("/api/login-options")).json() == {"password": True, "oidc": None}
        assert (await client.get("/api/oidc/login")).status_code == 404
        assert (await client.get("/api/oidc/callback")).status_code == 404
