"""Clients that authenticate by `private_key_jwt` (RFC 7523)."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from support.oauth_apps import AppClient, code_for, published, register, status_at_mcp
from support.servers import RunningServer
from support.users import owner

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CURVE = ec.generate_private_key(ec.SECP256R1())
JWK = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
PUBLIC = JWK | {"kid": "one", "use": "sig", "alg": "RS256"}
EC_JWK = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(CURVE.public_key())) | {"kid": "two"}
# As ChatGPT's document says it.
CHATGPT: dict[str, Any] = {
    "token_endpoint_auth_method": "private_key_jwt",
    "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
    "token_endpoint_auth_signing_alg": "RS256",
    # The site answers everything with the document.
    "keys": [PUBLIC, EC_JWK],
}
INSISTING: dict[str, Any] = {
    "token_endpoint_auth_method": "private_key_jwt",
    "jwks": {"keys": [PUBLIC, EC_JWK]},
}
count = iter(range(1_000_000))


def claims(app: AppClient, **changes: Any) -> dict[str, Any]:
    now = int(time.time())
    whole = {
        "iss": app.client_id,
        "sub": app.client_id,
        "aud": f"{app.server.url}/oauth/token",
        "iat": now,
        "exp": now + 300,
        "jti": f"id-{next(count)}",
    } | changes
    return {name: value for name, value in whole.items() if value is not None}


def signed(
    app: AppClient, key: Any = KEY, algorithm: str = "RS256", kid: str | None = "one", **more: Any
) -> dict[str, Any]:
    """The parameters of a request with an assertion."""
    headers = {} if kid is None else {"kid": kid}
    assertion = jwt.encode(claims(app, **more), key, algorithm=algorithm, headers=headers)
    return {"client_assertion_type": TYPE, "client_assertion": assertion}


async def test_a_client_that_supports_both_methods_may_use_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys_at = {"jwks_uri": "https://localhost:0/"}
    async with published(tmp_path, monkeypatch, **CHATGPT, **keys_at) as (server, web, url):
        own = keys_at | {"jwks_uri": f"https://localhost:{web.port}/keys"}
        web.answer = web.answer.replace(b"https://localhost:0/", own["jwks_uri"].encode())
        length = len(web.answer.partition(b"\r\n\r\n")[2])
        head, _, body = web.answer.partition(b"\r\n\r\n")
        lines = [
            f"content-length: {length}".encode() if b"content-length" in each else each
            for each in head.split(b"\r\n")
        ]
        web.answer = b"\r\n".join([*lines, b"", body])
        app = AppClient(server, url)
        public = await app.exchange(await code_for(app, owner(server)))
        assert public.status_code == 200, public.text
        code = await code_for(app, owner(server))
        proven = await app.exchange(code, **signed(app), client_id=None)
        assert proven.status_code == 200, proven.text
        tokens = proven.json()
        assert await status_at_mcp(server, tokens["access_token"]) == 200
        curve = signed(app, CURVE, "ES256", "two")
        renewed = await app.refresh(tokens["refresh_token"], **curve)
        assert renewed.status_code == 200, renewed.text
        assert (await app.refresh(renewed.json()["refresh_token"])).status_code == 200
        wrong = await app.revoke(tokens["access_token"], **signed(app, OTHER))
        assert wrong.json()["error"] == "invalid_client"
        aud = f"{server.url}/oauth/revoke"
        revoked = await app.revoke(renewed.json()["access_token"], **signed(app, aud=aud))
        assert revoked.status_code == 200
        assert await status_at_mcp(server, renewed.json()["access_token"]) == 401
        assert sum(b"/keys" in each for each in web.heard) == 1, "keys are cached"


async def test_a_client_that_insists_must_prove_its_identity(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with published(tmp_path, monkeypatch, **INSISTING) as (server, _, url):
        app = AppClient(server, url)
        code = await code_for(app, owner(server))
        bare = await app.exchange(code)
        assert (bare.status_code in (400, 401), bare.json()["error"]) == (True, "invalid_client")
        proven = await app.exchange(code, **signed(app, aud=server.url))
        assert proven.status_code == 200, proven.text
        tokens = proven.json()
        assert (await app.refresh(tokens["refresh_token"])).json()["error"] == "invalid_client"
        assert (await app.refresh(tokens["refresh_token"], **signed(app))).status_code == 200


WRONG: dict[str, Callable[[AppClient], dict[str, Any]]] = {
    "another key": lambda app: signed(app, OTHER),
    "an unknown key": lambda app: signed(app, kid="three"),
    "no key named, and two to choose from": lambda app: signed(app, kid=None) | {"x": "y"},
    "a shared secret": lambda app: signed(app, "secret" * 10, "HS256"),
    "no signature": lambda app: signed(app, None, "none"),
    "another issuer": lambda app: signed(app, iss="https://evil.example/"),
    "another subject": lambda app: signed(app, sub="https://evil.example/"),
    "another audience": lambda app: signed(app, aud="https://evil.example/oauth/token"),
    "no audience": lambda app: signed(app, aud=None),
    "no end": lambda app: signed(app, exp=None),
    "expired": lambda app: signed(app, exp=int(time.time()) - 120),
    "too long": lambda app: signed(app, exp=int(time.time()) + 86400),
    "not yet": lambda app: signed(app, nbf=int(time.time()) + 600),
    "no time": lambda app: signed(app, iat=int(time.time()) + 600),
    "another type": lambda app: signed(app) | {"client_assertion_type": "urn:x"},
    "no type": lambda app: signed(app) | {"client_assertion_type": None},
    "no token": lambda app: {"client_assertion_type": TYPE, "client_assertion": "x.y.z"},
    "nothing": lambda app: {"client_assertion_type": TYPE, "client_assertion": ""},
    "much": lambda app: {"client_assertion_type": TYPE, "client_assertion": "x" * 17_000},
}


async def test_assertions_that_prove_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = CHATGPT | {"jwks": {"keys": [PUBLIC, PUBLIC | {"kid": "again"}]}}
    async with published(tmp_path, monkeypatch, **both) as (server, _, url):
        app = AppClient(server, url)
        code = await code_for(app, owner(server))
        for name, wrong in WRONG.items():
            answer = await app.exchange(code, **wrong(app))
            assert answer.status_code in (400, 401, 413), name
            assert "access_token" not in answer.text, name
        right = signed(app)
        assert (await app.exchange(code, **right)).status_code == 200
        again = await app.exchange(await code_for(app, owner(server)), **right)
        assert again.json()["error"] == "invalid_client", "an assertion is accepted once"


async def test_a_registered_client_with_keys(server: RunningServer) -> None:
    made = await register(
        server, token_endpoint_auth_method="private_key_jwt", jwks={"keys": [PUBLIC]}
    )
    assert made.status_code == 201, made.text
    assert "client_secret" not in made.json()
    app = AppClient(server, made.json()["client_id"])
    code = await code_for(app, owner(server))
    assert (await app.exchange(code)).json()["error"] == "invalid_client"
    assert (await app.exchange(code, **signed(app, kid=None))).status_code == 200
    bad = await register(server, token_endpoint_auth_method="private_key_jwt")
    assert (bad.status_code, bad.json()["error"]) == (400, "invalid_client_metadata")


async def test_strangers_cannot_have_keys_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with published(tmp_path, monkeypatch, **INSISTING) as (server, web, url):
        app = AppClient(server, url)
        answer = await app.exchange("made up", **signed(app))
        assert answer.json()["error"] == "invalid_client"
        assert web.heard == []


async def test_the_method_is_announced(server: RunningServer) -> None:
    async with server.http() as client:
        metadata = (await client.get("/.well-known/oauth-authorization-server")).json()
    for endpoint in ("token", "revocation"):
        assert "private_key_jwt" in metadata[f"{endpoint}_endpoint_auth_methods_supported"]
        algorithms = metadata[f"{endpoint}_endpoint_auth_signing_alg_values_supported"]
        assert {"RS256", "ES256"} <= set(algorithms)
        assert not any(each.startswith("HS") or each == "none" for each in algorithms)
