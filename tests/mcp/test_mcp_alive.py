"""Clients that wait long hear something meanwhile; and who stops waiting stops the model."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import mcp_types as types
import pytest
from test_mcp_http_streams import at_once, calling, session

from basicchat.llm.extractive import Extractive
from basicchat.mcp.features import request_context, run_progress
from basicchat.mcp.http import response, stateful, stateless
from basicchat.testing.scripted_llm import PacedLLM
from support.frozen_time import frozen_time, turns_until
from support.mcp.official_client import LEGACY, Kind, every_kind, text_of, visiting
from support.mcp.sockets import greeted, request
from support.mcp.tool_server import ToolServer
from support.mcp.wires import WAYS
from support.servers import (
    ANSWER,
    SECONDS,
    RunningServer,
    eventually,
    lift,
    narrow,
    running,
    scripted,
    settings_for,
)
from support.users import Person, person

# What the issue allows: nothing may be silent for longer, in seconds.
SILENT = 15.0


@pytest.fixture
def gate() -> asyncio.Semaphore:
    """Lets the model speak, a word at a time."""
    return asyncio.Semaphore(0)


@pytest.fixture
def llm(gate: asyncio.Semaphore) -> PacedLLM:
    """The model."""
    return scripted(gate)


@pytest.fixture
async def asker(tmp_path: Path, llm: PacedLLM) -> AsyncIterator[Person]:
    """Somebody on a server whose model waits for the gate."""
    async with running(settings_for(tmp_path), llm) as server:
        yield await person(server, "Ada")


def test_all_intervals_are_below_their_timeouts() -> None:
    assert response.PING_SECONDS <= SILENT
    assert request_context.ALIVE_SECONDS + run_progress.REPORT_SECONDS <= SILENT


@every_kind
async def test_cancelling_closes_the_connection_to_the_model(
    asker: Person, llm: PacedLLM, kind: Kind
) -> None:
    async with visiting(asker, kind) as client:
        asking = asyncio.create_task(client.call_tool("ask", {"question": "Where is food?"}))
        await eventually(lambda: llm.active == 1)
        asking.cancel()
        await eventually(lambda: (llm.active, llm.cancelled) == (0, 1))


@every_kind
async def test_a_silent_model_causes_progress_notifications(
    asker: Person, gate: asyncio.Semaphore, monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    monkeypatch.setattr(run_progress, "REPORT_SECONDS", 0.02)
    monkeypatch.setattr(request_context, "ALIVE_SECONDS", 0.06)
    heard: list[tuple[float, str]] = []
    often = asyncio.Event()

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append((progress, message or ""))
        if [said for _, said in heard].count(ANSWER[0]) > 3:
            often.set()

    async with visiting(asker, kind) as client, asyncio.TaskGroup() as group:
        asked = {"question": "Where is food?"}
        asking = group.create_task(client.call_tool("ask", asked, progress_callback=hear))
        lift(gate, 1)
        async with asyncio.timeout(SECONDS):
            await often.wait()
        lift(gate)
        await asking
    numbers = [number for number, _ in heard]
    assert numbers == sorted(set(numbers))


@pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning")
@pytest.mark.parametrize("way", WAYS)
async def test_progress_is_sent_while_waiting_for_the_client(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr(request_context, "ALIVE_SECONDS", 0.03)
    numbers: list[float] = []
    often = asyncio.Event()

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        numbers.append(progress)
        if len(numbers) > 3:
            often.set()

    async def think(context: Any, params: types.CreateMessageRequestParams) -> Any:
        async with asyncio.timeout(SECONDS):
            await often.wait()
        said = types.TextContent(type="text", text="In the hive.")
        return types.CreateMessageResult(role="assistant", content=said, model="theirs")

    async with running(settings_for(tmp_path), Extractive()) as server:
        ada = await person(server, "Ada")
        async with visiting(ada, Kind(way, LEGACY), sampling_callback=think) as client:
            asked = {"question": "Where is food?"}
            result = await client.call_tool("ask", asked, progress_callback=hear)
    assert text_of(result).startswith("In the hive.")
    assert numbers == sorted(set(numbers))


@pytest.fixture
def pinging(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signs of life come often."""
    for each in (response, stateful, stateless):
        monkeypatch.setattr(each, "PING_SECONDS", 0.02)


async def some_pings(answer: httpx2.Response) -> None:
    """Wait for several signs of life."""
    seen = 0
    assert answer.headers["content-type"] == "text/event-stream"
    async with asyncio.timeout(SECONDS):
        async for line in answer.aiter_lines():
            seen += line == ": ping"
            if seen == 3:
                return
    raise AssertionError("the stream ended")


@pytest.mark.usefixtures("pinging")
@pytest.mark.parametrize("version", ["2025-11-25", "2025-06-18", "2025-03-26"])
async def test_a_request_of_a_session_is_pinged(
    server: RunningServer, ada: Person, version: str
) -> None:
    ToolServer().serve(server)
    async with session(ada, version) as http:
        async with http.stream("POST", "/mcp", json=calling("wait")) as answer:
            await some_pings(answer)
        async with http.stream("GET", "/mcp") as answer:
            await some_pings(answer)


@pytest.mark.usefixtures("pinging")
async def test_a_request_of_2026_is_pinged(server: RunningServer, ada: Person) -> None:
    ToolServer().serve(server)
    async with ada.http() as http, http.stream("POST", "/mcp", **at_once("wait")) as answer:
        await some_pings(answer)


async def test_a_socket_is_pinged_and_dropped_if_it_stays_silent(tmp_path: Path) -> None:
    interval = 1.0
    settings = settings_for(tmp_path, limits={"heartbeat_seconds": interval})
    async with running(settings) as server:
        ada = await person(server, "Ada")
        wires = server.server.server_state.connections
        async with greeted(ada) as answering:
            reader, writer = await narrow(server)
            writer.write(upgrade(ada))
            await reader.readuntil(b"\r\n\r\n")
            with frozen_time() as clock:
                clock.advance(interval)
                # A ping (RFC 6455, 5.5.2), and the end, since it is not answered.
                assert (await reader.readexactly(1)) == b"\x89"
                # The library answers pings by itself.
                await turns_until(lambda: [w.pong_timer is None for w in wires].count(False) == 1)
                clock.advance(interval)
                while await reader.read(4096):
                    pass
            writer.transport.abort()
            await answering.send(request(1, "ping"))
            assert (await answering.reply(1))["result"] == {}


def upgrade(whose: Person) -> bytes:
    """The head of a request for a WebSocket."""
    lines = (
        "GET /mcp HTTP/1.1",
        "host: 127.0.0.1",
        f"authorization: Bearer {whose.token}",
        "connection: upgrade",
        "upgrade: websocket",
        "sec-websocket-version: 13",
        "sec-websocket-protocol: mcp",
        "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
