"""An app that connects by OAuth, and a browser that a user answers its question with."""

import base64
import hashlib
import html
import json
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
import pytest

from support.servers import RunningServer, running, settings_for
from support.tls import certificate, said, site
from support.users import Person

BACK = "http://127.0.0.1:7777/back"
BOTH = "basicchat:read basicchat:write"


def challenge_of(verifier: str) -> str:
    """The S256 challenge of RFC 7636, 4.2."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@dataclass
class AppClient:
    """An app, as the server knows it."""

    server: RunningServer
    client_id: str
    secret: str | None = None
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    @property
    def resource(self) -> str:
        """What it wants tokens for."""
        return f"{self.server.url}/mcp"

    def query(self, **changes: Any) -> str:
        """An authorization request; what is None is left out."""
        whole = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": BACK,
            "scope": BOTH,
            "state": "a state",
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
            "resource": self.resource,
        } | changes
        return urlencode({name: value for name, value in whole.items() if value is not None})

    def _form(self, told: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
        known = {"client_id": self.client_id, "resource": self.resource}
        if self.secret is not None:
            known["client_secret"] = self.secret
        whole = known | told | changes
        return {name: value for name, value in whole.items() if value is not None}

    async def exchange(self, given: str, **changes: Any) -> httpx2.Response:
        """Ask for tokens for a code."""
        told = {"grant_type": "authorization_code", "code": given, "redirect_uri": BACK}
        told["code_verifier"] = self.verifier
        async with self.server.http() as client:
            return await client.post("/oauth/token", data=self._form(told, changes))

    async def refresh(self, token: str, **changes: Any) -> httpx2.Response:
        """Ask for the next tokens."""
        told = {"grant_type": "refresh_token", "refresh_token": token}
        async with self.server.http() as client:
            return await client.post("/oauth/token", data=self._form(told, changes))

    async def revoke(self, token: str, **changes: Any) -> httpx2.Response:
        """Give a token back."""
        form = self._form({"token": token, "resource": None}, changes)
        async with self.server.http() as client:
            return await client.post("/oauth/revoke", data=form)

    async def connect(self, whose: Person, **changes: Any) -> dict[str, Any]:
        """The tokens that a user's consent gets it."""
        async with browser(whose) as tab:
            answer = await tab.consent(self.query(**changes))
        tokens = await self.exchange(answer["code"])
        assert tokens.status_code == 200, tokens.text
        return dict(tokens.json())


async def register(server: RunningServer, **changes: Any) -> httpx2.Response:
    """Ask to be registered."""
    told = {
        "client_name": "Bee App",
        "redirect_uris": [BACK],
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
    } | changes
    async with server.http() as client:
        whole = {name: value for name, value in told.items() if value is not None}
        return await client.post("/oauth/register", json=whole)


async def app_of(server: RunningServer, **changes: Any) -> AppClient:
    """A registered app."""
    made = await register(server, **changes)
    assert made.status_code == 201, made.text
    return AppClient(server, made.json()["client_id"], made.json().get("client_secret"))


@dataclass
class Tab:
    """A browser's tab."""

    client: httpx2.AsyncClient

    async def open(self, query: str) -> httpx2.Response:
        """Go where an app sends it."""
        return await self.client.get(
            f"/oauth/authorize?{query}", headers={"sec-fetch-site": "none"}
        )

    async def press(self, page: str, decision: str, **changes: Any) -> httpx2.Response:
        """Press a button of the consent page."""
        form = {"ticket": ticket_of(page), "decision": decision} | changes
        return await self.client.post("/oauth/authorize", data=form)

    async def consent(self, query: str, decision: str = "allow") -> dict[str, str]:
        """What the app hears of the user's answer."""
        asked = await self.open(query)
        assert asked.status_code == 200, asked.text
        answered = await self.press(asked.text, decision)
        assert answered.status_code == 200, answered.text
        return dict(parse_qsl(urlsplit(onward_of(answered.text)).query))


def ticket_of(page: str) -> str:
    """The ticket in a consent page."""
    found = re.search(r'name="ticket" value="([^"]+)"', page)
    assert found, page
    return html.unescape(found[1])


def onward_of(page: str) -> str:
    """Where a page sends the browser on to."""
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page)
    assert found, page
    return html.unescape(found[1])


@asynccontextmanager
async def browser(whose: Person | None, **headers: str) -> AsyncIterator[Tab]:
    """A browser, in which somebody may be logged in."""
    assert whose is None or whose.token
    cookies = {} if whose is None else {whose.server.cookie: whose.token}
    server = whose.server if whose else None
    assert server is not None
    async with server.http(cookies=cookies, headers=headers) as client:
        yield Tab(client)


def at_mcp(server: RunningServer, token: str) -> httpx2.AsyncClient:
    """A client that asks the MCP endpoint with a token."""
    headers = {
        "authorization": f"Bearer {token}",
        "accept": "application/json, text/event-stream",
        "content-type": "application/json",
    }
    return server.http(headers=headers)


INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}


async def status_at_mcp(server: RunningServer, token: str) -> int:
    """How the MCP endpoint answers a first request with a token."""
    async with at_mcp(server, token) as client:
        return (await client.post("/mcp", json=INITIALIZE)).status_code


@asynccontextmanager
async def published(
    folder: Path, monkeypatch: pytest.MonkeyPatch, **told: Any
) -> AsyncIterator[Any]:
    """A server, and a web site that has an app's metadata document."""
    cert = certificate(folder / "tls", "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(cert[0]))
    async with site(cert) as web:
        url = f"https://localhost:{web.port}/app/client.json"
        document = {
            "client_id": url,
            "client_name": "Published App",
            "client_uri": "https://localhost/",
            "redirect_uris": [BACK, "http://localhost/callback"],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
        } | told
        web.answer = said(
            json.dumps(document).encode(),
            "content-type: application/json",
        )
        settings = settings_for(folder / "data", egress_networks=("127.0.0.1", "::1"))
        async with running(settings) as server:
            yield server, web, url


async def code_for(app: AppClient, whose: Person, **changes: Any) -> str:
    async with browser(whose) as tab:
        return (await tab.consent(app.query(**changes)))["code"]
