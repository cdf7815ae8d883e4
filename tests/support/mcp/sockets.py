"""MCP over a real WebSocket, frame by frame."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from support.servers import SECONDS, RunningServer, Talk
from support.users import Person

MCP = Subprotocol("mcp")
VERSION = "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": VERSION,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
}


def hello(number: object = 0, version: str = "2025-11-25", **capabilities: Any) -> dict[str, Any]:
    """The request that opens the era of handshakes."""
    params = {
        "protocolVersion": version,
        "capabilities": capabilities,
        "clientInfo": {"name": "test", "version": "1"},
    }
    return {"jsonrpc": "2.0", "id": number, "method": "initialize", "params": params}


def request(number: object, method: str, **params: Any) -> dict[str, Any]:
    """A request."""
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def note(method: str, **params: Any) -> dict[str, Any]:
    """A notification."""
    return {"jsonrpc": "2.0", "method": method, "params": params}


def modern(number: object, method: str, *, token: object = None, **params: Any) -> dict[str, Any]:
    """A request of the era of 2026."""
    meta = META if token is None else {**META, "progressToken": token}
    return request(number, method, **params, _meta=meta)


def url(server: RunningServer) -> str:
    """Where MCP is spoken over WebSocket."""
    return server.url.replace("http", "ws", 1) + "/mcp"


@asynccontextmanager
async def socket(whose: Person, **options: Any) -> AsyncIterator[Talk]:
    """An open connection on which nothing was said yet."""
    endless = {"max_size": None, "max_queue": None}
    options = {"subprotocols": [MCP]} | endless | options
    way = connect(url(whose.server), additional_headers=whose.bearer, **options)
    async with way as opened:
        yield Talk(opened)


@asynccontextmanager
async def greeted(whose: Person, **capabilities: Any) -> AsyncIterator[Talk]:
    """A connection after the handshake."""
    async with socket(whose) as talk:
        await talk.send(hello(**capabilities))
        talk.welcome = (await talk.reply(0))["result"]
        await talk.send(note("notifications/initialized"))
        yield talk


async def said(talk: Talk, method: str) -> dict[str, Any]:
    """The parameters of the next notification or request of this method."""
    while True:
        frame = await talk.receive()
        if frame.get("method") == method:
            return dict(frame)
        talk.heard.append(frame)


async def quiet(talk: Talk) -> bool:
    """Whether nothing more comes than the answer to a ping, sent now."""
    await talk.send(request("quiet", "ping"))
    async with asyncio.timeout(SECONDS):
        frame = json.loads(await talk.socket.recv())
    return bool(frame.get("id") == "quiet")
