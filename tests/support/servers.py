"""A real server on a free loopback port, in the test's own event loop."""

import asyncio
import json
import socket
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from basicchat.app import App
from basicchat.config import Settings
from basicchat.config.settings import Limits
from basicchat.domain.chat import ChatRequest, TextDelta
from basicchat.domain.errors import UpstreamUnavailable
from basicchat.domain.ports import LLM, Clock
from basicchat.domain.values import User
from basicchat.engine.resume import GO_ON
from basicchat.serving import Server, bind, uvicorn_config
from basicchat.testing.scripted_llm import PacedLLM, ScriptItem
from basicchat.transports.security import cookie_name
from support import nodes
from support.balancer import Balancer
from support.event_loop import around_each_wait
from support.quick_app import open_quick_app

SECONDS = 60.0
SUBPROTOCOL = Subprotocol("basicchat.v1")
ANSWER = ["Bees ", "dance ", "to tell ", "where food is. ", "🐝 ", "Ende."]
JSON = Any


def scripted(gate: asyncio.Semaphore | None = None) -> PacedLLM:
    """Answers anything, chunk by chunk as the gate lets it; "think" shows its reasoning first,
    and "break off" fails after two words, from where it can go on."""
    thought = [
        TextDelta(kind="reasoning", text="Let me "),
        TextDelta(kind="reasoning", text="see."),
    ]

    def replies(request: ChatRequest) -> Sequence[ScriptItem]:
        if request.messages[-1].text == GO_ON:
            so_far = request.messages[-2].text
            return ["".join(ANSWER).removeprefix(so_far)]
        if "break off" in request.question:
            return [*ANSWER[:2], UpstreamUnavailable("It broke off", provider="scripted")]
        return [*thought, *ANSWER] if "think" in request.question else ANSWER

    return PacedLLM(replies, gate=gate)


def settings_for(folder: Path, **changes: Any) -> Settings:
    """Settings of a server that keeps everything in a folder."""
    # What is still at work when a test is over is of no interest.
    limits = {
        "connections_per_address": 1000,
        "messages_per_minute": 100_000,
        "drain_seconds": 0.05,
    }
    limits |= changes.pop("limits", {})
    told = {"port": 0, "data_dir": folder / "data", "provider": "extractive"} | changes
    return Settings(**told, limits=Limits(**limits))


@dataclass
class RunningServer:
    """A server that listens."""

    app: App
    url: str
    server: Server
    serving: "asyncio.Task[None]"
    # If there are several, this is the first one, and the address is that of their balancer.
    nodes: "tuple[RunningServer, ...]" = ()
    balancer: Balancer | None = None

    @property
    def apps(self) -> list[App]:
        """The app of each node."""
        return [node.app for node in self.nodes or (self,)]

    @property
    def ws_url(self) -> str:
        """Where the WebSocket is."""
        return self.url.replace("http", "ws", 1) + "/ws"

    def token(self, user: User | None = None) -> str:
        """A token of a user, or else of the owner."""
        return self.app.token(user or self.app.owner)

    def bearer(self) -> dict[str, str]:
        """The owner's Authorization header."""
        return {"authorization": f"Bearer {self.token()}"}

    @property
    def cookie(self) -> str:
        """The name of the cookie that holds a login."""
        return cookie_name(self.app.services.instance_id, "http")

    async def person(self, name: str) -> User:
        """A user of this name, with the name in small letters as their id."""
        user = User(id=name.lower(), name=name, role="member")
        async with self.app.store.transaction() as change:
            await change.put_user(user, datetime.now(UTC))
        return user

    def http(self, **options: Any) -> httpx2.AsyncClient:
        """An HTTP client, without credentials unless they are given."""
        # To load this machine's certificates takes 30 ms, and nothing here speaks TLS.
        return httpx2.AsyncClient(base_url=self.url, timeout=SECONDS, verify=False, **options)

    @asynccontextmanager
    async def socket(self, **options: Any) -> AsyncIterator["Talk"]:
        """A WebSocket that has not said hello."""
        # A client that stops reading once its queue is full never sees how its connection is
        # closed, and gives up on it after ten seconds.
        endless = {"max_size": None, "max_queue": None}
        options = {"subprotocols": [SUBPROTOCOL]} | endless | options
        async with connect(self.ws_url, **options) as socket:
            yield Talk(socket)

    @asynccontextmanager
    async def talk(self, user: User | None = None, **hello: Any) -> AsyncIterator["Talk"]:
        """A WebSocket whose hello has been answered."""
        async with self.socket() as talk:
            talk.welcome = await talk.call("session.hello", token=self.token(user), **hello)
            yield talk

    async def stop(self) -> None:
        """Drain and stop."""
        self.server.stop()
        async with asyncio.timeout(SECONDS):
            await asyncio.wait([self.serving])


@asynccontextmanager
async def running(
    settings: Settings, llm: LLM | None = None, clock: Clock | None = None
) -> AsyncIterator[RunningServer]:
    """Serve until the block ends, by several nodes if the environment says so."""
    if nodes.engines and settings.redis_url is None and settings.database_url is None:
        several = await nodes.shared_settings(settings)
        async with nodes.running_nodes(several, llm, clock, count=nodes.COUNT) as server:
            yield server
    else:
        async with running_alone(settings, llm, clock) as server:
            yield server


@asynccontextmanager
async def running_alone(
    settings: Settings, llm: LLM | None = None, clock: Clock | None = None
) -> AsyncIterator[RunningServer]:
    """Serve by one node until the block ends, with passwords that are quick to check."""
    with bind(settings) as listener:
        settings = settings.model_copy(update={"port": listener.getsockname()[1]})
        llm = llm or scripted()
        async with open_quick_app(settings, llm=llm, clock=clock) as app:
            server = Server(uvicorn_config(app), app)
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            here = RunningServer(app, app.url, server, serving)
            try:
                async with asyncio.timeout(SECONDS):
                    await server.listening.wait()
                yield here
            finally:
                await here.stop()


class WireFailure(Exception):
    """A request was answered with an error."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error["message"])
        self.error = error
        self.kind: str = error["data"]["kind"]


class Talk:
    """JSON-RPC over a real WebSocket, for tests that look closely."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.welcome: dict[str, Any] = {}
        self.heard: deque[dict[str, Any]] = deque()
        self._last_id = 0

    async def send(self, frame: Any) -> None:
        """Send a value as JSON, or text or bytes as they are."""
        raw = frame if isinstance(frame, str | bytes) else json.dumps(frame)
        await self.socket.send(raw)

    async def receive(self) -> Any:
        """The next frame."""
        async with asyncio.timeout(SECONDS):
            return json.loads(await self.socket.recv())

    async def ask(self, method: str, **params: Any) -> int:
        """Send a request; its id."""
        self._last_id += 1
        await self.send(request(self._last_id, method, params))
        return self._last_id

    async def reply(self, number: Any) -> dict[str, Any]:
        """The reply with this id; what else comes is kept in `heard`."""
        for frame in self.heard:
            if "method" not in frame and frame.get("id") == number:
                self.heard.remove(frame)
                return frame
        while True:
            frame = await self.receive()
            if "method" not in frame and frame.get("id") == number:
                return frame
            self.heard.append(frame)

    async def call(self, method: str, **params: Any) -> Any:
        """Send a request and wait for its result.

        Raises:
            WireFailure: it was answered with an error.
        """
        frame = await self.reply(await self.ask(method, **params))
        if "error" in frame:
            raise WireFailure(frame["error"])
        return frame["result"]

    async def note(self) -> tuple[str, dict[str, Any]]:
        """The next notification."""
        while True:
            frame = self.heard.popleft() if self.heard else await self.receive()
            if "method" in frame:
                return frame["method"], frame["params"]

    async def until(self, *types: str) -> list[tuple[str, dict[str, Any]]]:
        """All notifications up to the first event of one of these types."""
        found = []
        while True:
            found.append(await self.note())
            name, params = found[-1]
            if name == "events" and params["events"][-1]["type"] in types:
                return found

    async def ended(self) -> dict[str, Any]:
        """The run that ends next."""
        notes = await self.until("run.completed", "run.failed", "run.cancelled", "run.interrupted")
        return dict(notes[-1][1]["events"][-1]["data"])

    async def close_code(self) -> int | None:
        """Wait for the server to close; with which code."""
        async with asyncio.timeout(SECONDS):
            await self.socket.wait_closed()
        return self.socket.close_code


def request(number: Any, method: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A JSON-RPC request."""
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params or {}}


def lift(gate: asyncio.Semaphore, chunks: int = 10_000) -> None:
    """Let so many chunks pass; the end of a reply is one too."""
    for _ in range(chunks):
        gate.release()


async def narrow(server: RunningServer) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection of somebody who takes little at a time."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.setblocking(False)
    address = ("127.0.0.1", server.app.settings.port)
    await asyncio.get_running_loop().sock_connect(raw, address)
    return await asyncio.open_connection(sock=raw, limit=4096)


async def eventually(holds: Callable[[], bool], seconds: float = SECONDS) -> None:
    """Wait until something holds that no event announces."""
    met = asyncio.get_running_loop().create_future()

    def check() -> None:
        try:
            if not met.done() and holds():
                met.set_result(None)
        except Exception as error:  # noqa: BLE001 - it is the waiting test that has failed
            met.set_exception(error)

    if not holds():
        with around_each_wait(check):
            async with asyncio.timeout(seconds):
                await met


def events_of(notes: list[tuple[str, dict[str, Any]]], stream: str | None = None) -> list[Any]:
    """The durable events in notifications."""
    return [
        event
        for name, params in notes
        if name == "events" and stream in (None, params["stream"])
        for event in params["events"]
    ]


def text_of(notes: list[tuple[str, dict[str, Any]]], part: int = 0, have: str = "") -> str:
    """The text that a receiver has after these deltas; offsets must leave no gap."""
    for name, params in notes:
        if name == "delta" and params["part"] == part:
            assert params["off"] <= len(have), "a gap between deltas"
            have += params["text"][len(have) - params["off"] :]
    return have
