"""The official client connects by nothing but the URL, and a user who says yes."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
from mcp.client.auth import OAuthClientProvider, OAuthFlowError
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthToken,
)
from pydantic import AnyUrl
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from basicchat.mcp.server import build
from support.mcp.official_client import ERAS, text_of
from support.oauth_apps import BACK, INITIALIZE, app_of, at_mcp, browser, onward_of, published
from support.servers import SECONDS, RunningServer
from support.users import Person, key_of, person

Answer = Callable[[str], Awaitable[str]]


class Kept:
    """What the client keeps between its runs."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None
        self.client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


class Consenting:
    """A user's browser, as the client hears of it."""

    def __init__(self, whose: Person, decision: str = "allow") -> None:
        self._whose = whose
        self._decision = decision
        self._place = ""
        self.asked: list[dict[str, str]] = []

    async def go(self, url: str) -> None:
        """Open a URL, and answer what is asked there."""
        query = urlsplit(url).query
        self.asked.append(dict(parse_qsl(query)))
        async with browser(self._whose) as tab:
            page = await tab.open(query)
            self._place = onward_of((await tab.press(page.text, self._decision)).text)

    async def back(self) -> AuthorizationCodeResult:
        """What the client is told."""
        told = dict(parse_qsl(urlsplit(self._place).query))
        return AuthorizationCodeResult(
            code=told.get("code", ""), state=told.get("state"), iss=told.get("iss")
        )


def provider(
    server: RunningServer, user: Consenting, kept: Kept, **more: Any
) -> OAuthClientProvider:
    """The official client's own way to tokens."""
    metadata = OAuthClientMetadata(
        client_name="Official", redirect_uris=[AnyUrl(BACK)], token_endpoint_auth_method="none"
    )
    return OAuthClientProvider(f"{server.url}/mcp", metadata, kept, user.go, user.back, **more)


@asynccontextmanager
async def connected(
    server: RunningServer, era: str, auth: OAuthClientProvider
) -> AsyncIterator[Client]:
    async with httpx2.AsyncClient(auth=auth, timeout=httpx2.Timeout(SECONDS)) as http:
        way = streamable_http_client(f"{server.url}/mcp", http_client=http)
        async with Client(way, mode=era, read_timeout_seconds=SECONDS) as client:
            yield client


@pytest.mark.parametrize("era", ERAS)
async def test_the_official_client_connects_with_a_url_alone(
    server: RunningServer, ada: Person, era: str
) -> None:
    """Discovery, registration, consent, tokens, and at the next run the same ones."""
    kept, user = Kept(), Consenting(ada)
    async with connected(server, era, provider(server, user, kept)) as client:
        assert "ask" in {tool.name for tool in (await client.list_tools()).tools}
        sum_ = await client.call_tool("calculator", {"expression": "6*7"})
        assert "42" in text_of(sum_)
    assert len(user.asked) == 1
    assert user.asked[0]["resource"] == f"{server.url}/mcp"
    assert user.asked[0]["code_challenge_method"] == "S256"
    (grant,) = await server.app.store.grants(ada.user.id)
    assert (grant.client_name, grant.scopes) == ("Official", ("read", "write"))
    async with connected(server, era, provider(server, user, kept)) as client:
        assert await client.list_tools()
    assert len(user.asked) == 1, "it was asked once"


@pytest.mark.parametrize("era", ERAS)
async def test_each_user_sees_their_own_documents(
    server: RunningServer, ada: Person, bob: Person, era: str
) -> None:
    room = await ada.call("rooms.create", name="Ada alone")
    for who, found in ((ada, True), (bob, False)):
        auth = provider(server, Consenting(who), Kept())
        async with connected(server, era, auth) as client:
            listed = await client.call_tool("list_conversations", {})
            assert ("Ada alone" in text_of(listed)) is found
            uri = f"basicchat://conversation/{room['room_id']}"
            read = client.read_resource(uri)
            if found:
                assert await read
            else:
                with pytest.raises(Exception, match=r"(?i)not found|no such|unknown"):
                    await read


@pytest.mark.parametrize("era", ERAS)
async def test_an_app_requests_more_scopes_when_needed(
    server: RunningServer, ada: Person, era: str
) -> None:
    """With leave to read alone, what writes is refused with the scope to ask for; then it goes on
    where it was."""
    app = await app_of(server)
    tokens = await app.connect(ada, scope="basicchat:read")
    kept, user = Kept(), Consenting(ada)
    kept.tokens = OAuthToken(**tokens)
    kept.client = OAuthClientInformationFull(
        client_id=app.client_id, redirect_uris=[AnyUrl(BACK)], token_endpoint_auth_method="none"
    )
    async with connected(server, era, provider(server, user, kept)) as client:
        await client.call_tool("list_documents", {})
        assert user.asked == []
        added = await client.call_tool("add_document", {"name": "bees.txt", "text": "Bees dance."})
        assert not added.is_error, text_of(added)
        assert [each["scope"] for each in user.asked] == ["basicchat:read basicchat:write"]
        await client.call_tool("list_documents", {})
    assert len(user.asked) == 1


async def test_the_challenge_for_a_scope(server: RunningServer, ada: Person) -> None:
    app = await app_of(server)
    tokens = await app.connect(ada, scope="basicchat:read")
    call = {"jsonrpc": "2.0", "id": 2, "method": "tools/call"}

    def calling(name: str) -> dict[str, Any]:
        return call | {"params": {"name": name, "arguments": {}}}

    async with at_mcp(server, tokens["access_token"]) as client:
        begun = await client.post("/mcp", json=INITIALIZE)
        client.headers["mcp-session-id"] = begun.headers["mcp-session-id"]
        for body in (calling("ask"), calling("delete_document"), [calling("calculator")]):
            refused = await client.post("/mcp", json=body)
            assert refused.status_code == 403, body
            challenge = refused.headers["www-authenticate"]
            assert 'error="insufficient_scope"' in challenge
            assert 'scope="basicchat:read basicchat:write"' in challenge
            assert f'resource_metadata="{server.url}/.well-known/' in challenge
        for body in (calling("list_documents"), calling("unknown"), {"method": 5}, []):
            assert (await client.post("/mcp", json=body)).status_code != 403, body
    key = await key_of(ada, "read")
    async with at_mcp(server, key.token) as client:
        begun = await client.post("/mcp", json=INITIALIZE)
        client.headers["mcp-session-id"] = begun.headers["mcp-session-id"]
        # It cannot ask for more: its user is told by the call.
        told = await client.post("/mcp", json=calling("ask"))
        assert told.status_code == 200
        assert '"isError":true' in told.text


async def test_a_user_refuses(server: RunningServer, ada: Person) -> None:
    auth = provider(server, Consenting(ada, "deny"), Kept())
    with pytest.RaisesGroup(
        pytest.RaisesExc(OAuthFlowError, match="No authorization code"),
        flatten_subgroups=True,
        allow_unwrapped=True,
    ):
        async with connected(server, "legacy", auth) as client:
            await client.list_tools()
    assert await server.app.store.grants(ada.user.id) == ()


async def test_a_client_with_a_metadata_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with published(tmp_path, monkeypatch) as (server, web, url):
        ada, kept = await person(server, "Ada"), Kept()
        user = Consenting(ada)
        auth = provider(server, user, kept, client_metadata_url=url)
        async with connected(server, "auto", auth) as client:
            assert await client.list_tools()
        assert user.asked[0]["client_id"] == url
        (grant,) = await server.app.store.grants(ada.user.id)
        assert (grant.client_id, grant.client_name) == (url, "Published App")
        assert len(web.heard) == 1, "what was read is kept for a while"
        assert await server.app.store.oauth_client(url) is None


@pytest.mark.parametrize("ended", ["by the user", "by the app"])
async def test_over_websocket(server: RunningServer, ada: Person, ended: str) -> None:
    """The same tokens, the same challenge, and the same end."""
    place = server.url.replace("http", "ws", 1) + "/mcp"
    spoken = [Subprotocol("mcp")]
    with pytest.raises(InvalidStatus) as refused:
        await connect(place, subprotocols=spoken)
    assert refused.value.response.status_code == 401
    assert "resource_metadata=" in refused.value.response.headers["www-authenticate"]
    app = await app_of(server)
    tokens = await app.connect(ada)
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    async with connect(place, subprotocols=spoken, additional_headers=bearer) as socket:
        await socket.send(json.dumps(INITIALIZE))
        assert "serverInfo" in str(await socket.recv())
        (grant,) = await server.app.store.grants(ada.user.id)
        if ended == "by the user":
            await ada.call("grants.revoke", grant_id=grant.grant_id)
        else:
            assert (await app.revoke(tokens["refresh_token"])).status_code == 200
        async with asyncio.timeout(SECONDS):
            await socket.wait_closed()
        assert socket.close_code == 4401


async def test_the_scope_of_each_tool(server: RunningServer) -> None:
    """Those that only look need `read`: by the permission matrix, and by what they say they do."""
    found = build(server.app.server_context.router, spawn=server.app.spawn).tool_scopes
    reading = {
        "fetch",
        "list_collections",
        "list_conversations",
        "list_documents",
        "read_answer",
        "read_conversation",
        "read_document",
        "search",
        "search_conversations",
        "search_documents",
    }
    assert {name for name, scope in found.items() if scope == "read"} == reading
    assert {scope for name, scope in found.items() if name not in reading} == {"write"}
