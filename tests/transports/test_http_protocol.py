"""Clients over plain HTTP that ask for much and read little."""

import asyncio
from pathlib import Path

import pytest

from basicchat.transports import stalled_output
from support.servers import SECONDS, RunningServer, eventually, narrow, running, settings_for
from support.users import Person, owner, upload

LARGE = b"All work and no play makes Jack a dull boy.\n" * 20_000


async def asking(whose: Person, path: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection on which something large was asked for."""
    reader, writer = await narrow(whose.server)
    lines = (f"GET {path} HTTP/1.1", "host: 127.0.0.1", f"authorization: Bearer {whose.token}")
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    return reader, writer


async def large_of(server: RunningServer) -> str:
    """Where something large is."""
    async with owner(server).http() as http:
        document = (await upload(http, "large.txt", LARGE)).json()["document_id"]
    return f"/api/documents/{document}/content"


async def test_a_client_that_reads_nothing_is_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stalled_output, "STUCK_SECONDS", 0.1)
    async with running(settings_for(tmp_path)) as server:
        path, sockets = await large_of(server), server.server.server_state.connections
        await eventually(lambda: not sockets)
        _, writer = await asking(owner(server), path)
        await eventually(lambda: bool(sockets))
        await eventually(lambda: not sockets and not server.server.server_state.tasks)
        writer.transport.abort()


async def test_a_slow_reader_gets_everything(tmp_path: Path) -> None:
    async with running(settings_for(tmp_path)) as server:
        reader, writer = await asking(owner(server), await large_of(server))
        async with asyncio.timeout(SECONDS):
            await reader.readuntil(b"\r\n\r\n")
            assert await reader.readexactly(len(LARGE)) == LARGE
        writer.transport.abort()
