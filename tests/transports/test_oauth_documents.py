"""Clients known by their metadata documents (draft-ietf-oauth-client-id-metadata-document)."""

from pathlib import Path
from typing import Any

import httpx2
import pytest

from support.oauth_apps import AppClient, app_of, browser, published, ticket_of
from support.servers import RunningServer
from support.tls import said
from support.users import Person, owner


async def open_as(
    server: RunningServer, whose: Person | None, url: str, **changes: Any
) -> httpx2.Response:
    app = AppClient(server, url)
    if whose is None:
        async with server.http() as client:
            return await client.get(f"/oauth/authorize?{app.query(**changes)}&again=1")
    async with browser(whose) as tab:
        return await tab.open(app.query(**changes))


async def test_the_consent_page_describes_a_published_client(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with published(tmp_path, monkeypatch) as (server, web, url):
        nobody = await open_as(server, None, url)
        assert "Log in" in nobody.text
        assert web.heard == [], "only who is logged in has something fetched"
        page = (await open_as(server, owner(server), url)).text
        for shown in ("Published App", f"localhost:{web.port}", "127.0.0.1:7777"):
            assert shown in page, shown
        anywhere = await open_as(
            server, owner(server), url, redirect_uri="http://localhost:9/callback"
        )
        assert ticket_of(anywhere.text)
        evil = await open_as(server, owner(server), url, redirect_uri="https://evil.example/")
        assert evil.status_code == 400


WRONG: dict[str, dict[str, Any]] = {
    "another id": {"client_id": "https://localhost/other.json"},
    "no id": {"client_id": None},
    "no addresses": {"redirect_uris": None},
    "an address of a stranger": {"redirect_uris": ["http://evil.example/"]},
    "a secret": {"token_endpoint_auth_method": "client_secret_post"},
    "no keys": {"token_endpoint_auth_method": "private_key_jwt"},
    "keys by http": {
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks_uri": "http://localhost/keys",
    },
    "keys in two places": {
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks_uri": "https://localhost/keys",
        "jwks": {"keys": []},
    },
    "only secrets": {
        "token_endpoint_auth_method": "client_secret_jwt",
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
    },
    "another grant": {"grant_types": ["implicit"]},
}


@pytest.mark.parametrize("how", WRONG)
async def test_documents_that_are_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    async with published(tmp_path, monkeypatch, **WRONG[how]) as (server, web, url):
        page = await open_as(server, owner(server), url)
        assert (page.status_code, "invalid_client" in page.text) == (400, True)
        assert len(web.heard) == 1


@pytest.mark.parametrize(
    "answer",
    [
        said(b"{}", "content-type: text/html"),
        said(b"{}", "content-type: application/json", status="404 Not Found"),
        said(b"", "location: https://localhost/", status="302 Found"),
        said(b"[]", "content-type: application/json"),
        said(b"\xff", "content-type: application/json"),
        said(b"[" * 30_000, "content-type: application/json"),
        said(b"{" + b" " * 70_000 + b"}", "content-type: application/json"),
    ],
)
async def test_sites_that_answer_something_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    async with published(tmp_path, monkeypatch) as (server, web, url):
        web.answer = answer
        page = await open_as(server, owner(server), url)
        assert (page.status_code, "invalid_client" in page.text) == (400, True)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/client.json",
        "https://localhost/client.json",
        "https://[::1]/client.json",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/client.json",
        "http://app.example/client.json",
        "https://app.example",
        "https://app.example/",
        "https://user@app.example/client.json",
        "https://app.example/a/../client.json",
        "https://app.example/%2e%2e/client.json",
        "https://app.example/client.json#x",
        "https://2130706433/client.json",
        "ftp://app.example/client.json",
    ],
)
async def test_a_document_inside_is_never_asked_for(server: RunningServer, url: str) -> None:
    """Server-side request forgery by a client id (6.5 of the draft)."""
    page = await open_as(server, owner(server), url)
    assert (page.status_code, "invalid_client" in page.text) == (400, True)


async def test_an_id_alone_gives_no_tokens(server: RunningServer) -> None:
    """At the token endpoint nothing is fetched for an id, and nothing given for it."""
    stranger = AppClient(server, "https://evil.example/client.json")
    assert (await stranger.exchange("x")).json()["error"] == "invalid_grant"
    app = await app_of(server)
    async with browser(owner(server)) as tab:
        code = (await tab.consent(app.query()))["code"]
    stolen = await stranger.exchange(code, code_verifier=app.verifier)
    assert stolen.json()["error"] == "invalid_grant"
