"""The official client, in both eras and over every way, with a real server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple

import anyio
import httpx2
import mcp_types as types
import pytest
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.message import SessionMessage

from support.mcp.wires import WAYS, Wire
from support.servers import SECONDS
from support.users import Person, upload

LEGACY = "legacy"
MODERN = "auto"
ERAS = (LEGACY, MODERN)
Read = MemoryObjectReceiveStream[SessionMessage | Exception]
Write = MemoryObjectSendStream[SessionMessage]


class Kind(NamedTuple):
    """A kind of client: what it comes by, and the era that it speaks."""

    way: str
    era: str


KINDS = [Kind(way, era) for way in WAYS for era in ERAS]
every_kind = pytest.mark.parametrize("kind", KINDS, ids="-".join)


@asynccontextmanager
async def visiting(whose: Person, kind: Kind, **options: Any) -> AsyncIterator[Client]:
    """An official client of a person's."""
    way = _over_http(whose) if kind.way == "http" else _over_wire(whose, kind.way)
    async with Client(way, mode=kind.era, read_timeout_seconds=SECONDS, **options) as client:
        yield client


@asynccontextmanager
async def _over_http(whose: Person) -> AsyncIterator[Any]:
    timeout = httpx2.Timeout(SECONDS)
    async with (
        httpx2.AsyncClient(headers=whose.bearer, timeout=timeout, verify=False) as http,
        streamable_http_client(whose.server.url + "/mcp", http_client=http) as streams,
    ):
        yield streams


@asynccontextmanager
async def _over_wire(whose: Person, way: str) -> AsyncIterator[tuple[Read, Write]]:
    """The library has no client over WebSocket; and its one for stdio starts a program each."""
    into, read = anyio.create_memory_object_stream[SessionMessage | Exception]()
    write, out_of = anyio.create_memory_object_stream[SessionMessage]()
    async with (
        WAYS[way](whose.server.url, whose.token) as wire,
        anyio.create_task_group() as group,
    ):
        group.start_soon(_receive, wire, into)
        group.start_soon(_send, out_of, wire)
        yield read, write
        group.cancel_scope.cancel()


async def _receive(wire: Wire, into: MemoryObjectSendStream[SessionMessage | Exception]) -> None:
    # Either end may be the first to go.
    with suppress(EOFError, anyio.BrokenResourceError):
        async with into:
            while True:
                message = types.jsonrpc_message_adapter.validate_json(await wire.raw())
                await into.send(SessionMessage(message))


async def _send(out_of: MemoryObjectReceiveStream[SessionMessage], wire: Wire) -> None:
    with suppress(EOFError, BrokenPipeError):
        async for each in out_of:
            await wire.send(each.message.model_dump_json(by_alias=True, exclude_unset=True))


def text_of(result: types.CallToolResult) -> str:
    """The text that a tool's result says."""
    return "\n".join(each.text for each in result.content if isinstance(each, types.TextContent))


async def add(whose: Person, name: str, text: bytes, collection_id: str | None = None) -> str:
    """Give somebody a document, and wait until it is ready."""
    async with whose.http() as http:
        told = (await upload(http, name, text, collection_id)).json()
    await whose.server.app.server_context.router.services.jobs.wait([told["task_id"]])
    return str(told["document_id"])
