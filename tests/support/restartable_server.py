"""A real server that can be stopped and started again in its place, and a way to it that breaks."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

from basicchat.app import App
from basicchat.client import BasicChatClient, Delta, Event, State, Timing
from basicchat.client.task_group import TaskGroup
from basicchat.config import Settings
from basicchat.config.limits import Limits
from basicchat.domain.ports import LLM
from basicchat.serving import Server, bind, uvicorn_config
from basicchat.testing.loopback import own_port
from support.quick_app import open_quick_app

SECONDS = 60.0
# Ten times as fast as in earnest, but for deadlines that a busy machine would miss.
QUICK = Timing(
    backoff_base=0.01,
    backoff_cap=0.1,
    probe_after=1.0,
    open_timeout=20.0,
    first_upgrade=0.05,
    upgrade_interval=0.1,
    inherit_interval=0.1,
)


def settings_for(folder: Path, **limits: Any) -> Settings:
    """Settings of a server that keeps everything in a folder, its limits out of the way."""
    wide = {"connections_per_address": 10_000, "messages_per_minute": 1_000_000}
    wide |= {"runs_per_user": 100, "drain_seconds": 0.05} | limits
    return Settings(port=own_port(), data_dir=folder, provider="extractive", limits=Limits(**wide))


class Place:
    """An address where a server is, or was, or will be again."""

    def __init__(self, settings: Settings, llm: Callable[[], LLM]) -> None:
        self.settings = settings
        self._llm = llm
        self._serving: asyncio.Task[None] | None = None
        self._server: Server | None = None
        self.app: App | None = None

    @property
    def port(self) -> int:
        return self.settings.port

    @property
    def owner(self) -> App:
        assert self.app is not None, "the server is not running"
        return self.app

    def token(self) -> str:
        return self.owner.token(self.owner.owner)

    async def start(self) -> None:
        up = asyncio.Event()
        self._serving = asyncio.create_task(self._serve(up))
        async with asyncio.timeout(SECONDS):
            await up.wait()

    async def _serve(self, up: asyncio.Event) -> None:
        with bind(self.settings) as listener:
            port = listener.getsockname()[1]
            self.settings = self.settings.model_copy(update={"port": port})
            async with open_quick_app(self.settings, llm=self._llm()) as app:
                self.app, self._server = app, Server(uvicorn_config(app), app)
                serving = asyncio.create_task(self._server.serve(sockets=[listener]))
                await self._server.listening.wait()
                up.set()
                await serving

    async def stop(self) -> None:
        if self._server is not None and self._serving is not None:
            self._server.stop()
            async with asyncio.timeout(SECONDS):
                await self._serving
        self._server = self._serving = self.app = None


@asynccontextmanager
async def place(settings: Settings, llm: Callable[[], LLM]) -> AsyncIterator[Place]:
    """A running server."""
    here = Place(settings, llm)
    await here.start()
    try:
        yield here
    finally:
        await here.stop()


class Road:
    """A TCP proxy that cuts, refuses, or holds back what it carries.

    Attributes:
        closed: nobody gets through, and whoever is on it is thrown out.
        refused: upgrades to WebSocket are answered by a page of some other server.
        muted: server-sent events are not let through, as by a proxy that waits for their end.
        deaf: what the server says is lost on the way.
        cut_after: how many bytes a connection may receive until it is cut; None for ever.
        carried: how many connections there were, and cuts.
    """

    def __init__(self, port: int) -> None:
        self._to = port
        self._tasks = TaskGroup()
        self._open: set[asyncio.StreamWriter] = set()
        self.port = 0
        self.closed = self.refused = self.muted = self.deaf = False
        self.cut_after: Callable[[], int | None] = lambda: None
        self.connections = self.cuts = self.upgrades = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self.closed = True
        self.cut()

    def cut(self) -> None:
        """Cut everybody off, without a word."""
        for writer in tuple(self._open):
            writer.transport.abort()

    def enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.spawn(self._take(reader, writer))

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self.closed:
            writer.transport.abort()
            return
        self._open.add(writer)
        try:
            there = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            writer.transport.abort()
            self._open.discard(writer)
            return
        up = self._tasks.spawn(self._up(reader, writer, there[1]))
        try:
            await self._down(there[0], writer)
        finally:
            up.cancel()
            there[1].transport.abort()
            writer.close()
            self._open.discard(writer)

    async def _up(
        self, reader: asyncio.StreamReader, back: asyncio.StreamWriter, writer: asyncio.StreamWriter
    ) -> None:
        try:
            while piece := await reader.read(65536):
                if b"\r\nupgrade: websocket" in piece.lower():
                    self.upgrades += 1
                    if self.refused:
                        back.write(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno")
                        return
                if self.muted and piece.startswith(b"GET /api/events") and b"wait=" not in piece:
                    continue
                writer.write(piece)
                await writer.drain()
            writer.close()
        except OSError:
            writer.transport.abort()

    async def _down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left = self.cut_after()
        try:
            while piece := await reader.read(1024):
                if self.deaf:
                    continue
                if left is not None and len(piece) > left:
                    self.cuts += 1
                    writer.write(piece[:left])
                    writer.transport.abort()
                    return
                left = None if left is None else left - len(piece)
                writer.write(piece)
                await writer.drain()
        except OSError:
            writer.transport.abort()

    async def end(self) -> None:
        self.cut()
        await self._tasks.cancel()


@asynccontextmanager
async def road(port: int) -> AsyncIterator[Road]:
    """A road to a port of this machine."""
    here = Road(port)
    server = await asyncio.start_server(here.enter, "127.0.0.1", 0)
    here.port = server.sockets[0].getsockname()[1]
    try:
        yield here
    finally:
        server.close()
        await here.end()


def client_on(here: Road, server: Place, seed: int = 1, **options: Any) -> BasicChatClient:
    """A client that has not connected yet."""
    random = Random(seed)
    given: dict[str, Any] = {"timing": QUICK, "random": random.random} | options
    return BasicChatClient(here.url, server.token(), **given)


async def turn(client: BasicChatClient, question: str, **options: Any) -> tuple[str, Event]:
    """Ask; the text as a reader of deltas has it, and the run's end."""
    text = ""
    async for event in client.stream_query(question, **options):
        if isinstance(event, Delta) and event.kind == "answer":
            assert event.off == len(text), "text that is doubled, or missing"
            text += event.text
        last = event
    assert isinstance(last, Event)
    return text, last


def final_text(end: Event) -> str:
    """The answer that the server keeps."""
    return "".join(part["text"] for part in end.data["parts"] if part["kind"] == "answer")


async def becomes(client: BasicChatClient, holds: Callable[[State], bool]) -> None:
    """Wait until a client's state is so."""
    changed = asyncio.Event()
    end = client.on("state", lambda state: changed.set())
    try:
        async with asyncio.timeout(SECONDS):
            while not holds(client.state):
                changed.clear()
                await changed.wait()
    finally:
        end()


async def reaches(client: BasicChatClient, status: str, transport: str | None = None) -> None:
    """Wait until a client is so."""
    await becomes(
        client,
        lambda state: state.status == status and transport in (None, state.transport),
    )
