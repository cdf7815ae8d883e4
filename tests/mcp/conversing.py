"""The official client, in both eras, with a real server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import mcp_types as types
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from people import Person, upload
from running import SECONDS

LEGACY = "legacy"
MODERN = "auto"
ERAS = (LEGACY, MODERN)


@asynccontextmanager
async def visiting(whose: Person, era: str, **options: Any) -> AsyncIterator[Client]:
    """An official client of a person's, over Streamable HTTP."""
    timeout = httpx2.Timeout(SECONDS)
    async with httpx2.AsyncClient(headers=whose.bearer, timeout=timeout, verify=False) as http:
        way = streamable_http_client(whose.server.url + "/mcp", http_client=http)
        async with Client(way, mode=era, read_timeout_seconds=SECONDS, **options) as client:
            yield client


def text_of(result: types.CallToolResult) -> str:
    """The text that a tool's result says."""
    return "\n".join(each.text for each in result.content if isinstance(each, types.TextContent))


async def add(whose: Person, name: str, text: bytes) -> str:
    """Give somebody a document, and wait until it is ready."""
    async with whose.http() as http:
        told = (await upload(http, name, text)).json()
    await whose.server.app.gateway.router.services.jobs.wait([told["task_id"]])
    return str(told["document_id"])
