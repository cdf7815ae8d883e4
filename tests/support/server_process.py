"""The server as a process of its own, to be interrupted and killed."""

import asyncio
import json
import os
import signal
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from support.command_line import KILL, launched

SECONDS = 60.0
KEPT = {"PATH", "LANG", "TMPDIR", "PYTHONDONTWRITEBYTECODE"}
# The program with a model that counts, a hundred words a second, so long as it is asked to.
COUNTING = """
import itertools, sys
from basicchat.config import Settings
from basicchat.config.settings import Limits
from basicchat.serving import serve
from basicchat.testing.scripted_llm import PacedLLM

def script(request):
    words = int(request.question) if request.question.isdecimal() else None
    numbers = itertools.count() if words is None else range(words)
    return (f"{n} " for n in numbers)

limits = Limits(drain_seconds=float(sys.argv[2]), messages_per_minute=1000000)
settings = Settings(data_dir=sys.argv[1], port=0, limits=limits)
serve(settings, lambda line: print(line, flush=True), PacedLLM(script, tokens_per_second=100))
"""


def environment(home: Path) -> dict[str, str]:
    """Nothing of the machine's own configuration."""
    kept = {name: value for name, value in os.environ.items() if name in KEPT}
    return kept | {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "BASICCHAT_DATA_DIR": str(home / "data"),
        "BASICCHAT_PROVIDER": "extractive",
        "BASICCHAT_LIMITS_MESSAGES_PER_MINUTE": "1000000",
    }


@dataclass
class Process:
    """A server process that has said where it listens.

    Attributes:
        trust: what its certificate is checked against, if it speaks TLS.
    """

    child: asyncio.subprocess.Process
    lines: list[str]
    cookie: str = ""
    url: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    trust: ssl.SSLContext | None = None

    async def log_in(self) -> None:
        """Use the printed link."""
        link = self.lines[-1].rpartition(" ")[2]
        async with httpx2.AsyncClient(timeout=SECONDS, verify=self.trust or True) as client:
            answer = await client.get(link)
        self.url = link.partition("/login")[0]
        ((name, token),) = answer.cookies.items()
        self.cookie = f"{name}={token}"
        self.headers = {"cookie": self.cookie, "x-basicchat": "1"}

    def http(self) -> httpx2.AsyncClient:
        """A client that is logged in."""
        return httpx2.AsyncClient(
            base_url=self.url, headers=self.headers, timeout=SECONDS, verify=self.trust or True
        )

    @asynccontextmanager
    async def talk(self, **hello: Any) -> AsyncIterator["Talk"]:
        """A WebSocket that has said hello."""
        where = self.url.replace("http", "ws", 1) + "/ws"
        async with connect(
            where,
            subprotocols=[Subprotocol("basicchat.v1")],
            additional_headers={"cookie": self.cookie},
            max_size=None,
            ssl=self.trust,
        ) as socket:
            talk = Talk(socket)
            talk.welcome = await talk.call("session.hello", **hello)
            yield talk

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        self.child.send_signal(KILL if number == signal.SIGKILL else number)

    async def ended(self) -> tuple[int, str]:
        """Wait for the end: the exit code, and what stood on stderr."""
        async with asyncio.timeout(SECONDS):
            _, err = await self.child.communicate()
        assert self.child.returncode is not None
        return self.child.returncode, err.decode()


class Talk:
    """JSON-RPC over the WebSocket."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.heard: list[dict[str, Any]] = []
        self.welcome: dict[str, Any] = {}
        self._last_id = 0

    async def receive(self) -> dict[str, Any]:
        """The next frame."""
        async with asyncio.timeout(SECONDS):
            frame: dict[str, Any] = json.loads(await self.socket.recv())
        return frame

    async def call(self, method: str, **params: Any) -> Any:
        """A method's result."""
        frame = await self._reply(method, params)
        assert "error" not in frame, frame
        return frame["result"]

    async def error(self, method: str, **params: Any) -> dict[str, Any]:
        """The error that a method answers with."""
        frame = await self._reply(method, params)
        return dict(frame["error"])

    async def _reply(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        self._last_id += 1
        number = self._last_id
        request = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        await self.socket.send(json.dumps(request))
        while (frame := await self.receive()).get("id") != number:
            self.heard.append(frame)
        return frame

    async def note(self) -> tuple[str, dict[str, Any]]:
        """The next notification."""
        frame = self.heard.pop(0) if self.heard else await self.receive()
        return frame["method"], frame["params"]

    async def event(self, *types: str) -> dict[str, Any]:
        """The data of the next event of one of these types."""
        while True:
            name, params = await self.note()
            for event in params["events"] if name == "events" else ():
                if event["type"] in types:
                    return dict(event["data"])

    async def heard_signal(self, type: str) -> dict[str, Any]:
        """The data of the next signal of a type."""
        while True:
            name, params = await self.note()
            if name == "signal" and params["type"] == type:
                return dict(params["data"])

    async def text(self, length: int, run_id: str | None = None) -> str:
        """Deltas, of one run, until there is so much text."""
        text = ""
        while len(text) < length:
            name, params = await self.note()
            if name == "delta" and run_id in (None, params["run"]):
                assert params["off"] == len(text)
                text += params["text"]
        return text

    async def close_code(self) -> int | None:
        """Read to the end; the close code."""
        async with asyncio.timeout(SECONDS):
            await self.socket.wait_closed()
        return self.socket.close_code


@asynccontextmanager
async def started(
    home: Path, *command: str, trust: ssl.SSLContext | None = None
) -> AsyncIterator[Process]:
    """Start a server process and read what it announces; killed at the end if need be."""
    child = await asyncio.create_subprocess_exec(
        *command,
        env=environment(home),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=1 << 20,
    )
    try:
        assert child.stdout is not None
        lines: list[str] = []
        async with asyncio.timeout(SECONDS):
            while not lines or "Log in" not in lines[-1]:
                line = await child.stdout.readline()
                if not line:
                    raise AssertionError((await child.communicate())[1].decode())
                lines.append(line.decode().strip())
        process = Process(child, lines, trust=trust)
        await process.log_in()
        yield process
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


def counting(home: Path, drain_seconds: float = 10, *, fresh: bool = False) -> Any:
    """The server with the model that counts; a `fresh` one is a child of this process."""
    start = (sys.executable,) if fresh else launched()
    return started(home, *start, "-c", COUNTING, str(home / "data"), str(drain_seconds))


def serving(home: Path, *options: str) -> Any:
    """`basicchat serve`."""
    return started(home, *launched(), "serve", "--port", "0", *options)


async def command(home: Path, *arguments: str) -> tuple[int, str, str]:
    """Run a command to its end."""
    child = await asyncio.create_subprocess_exec(
        *launched(),
        *arguments,
        env=environment(home),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(SECONDS * 2):
        out, err = await child.communicate()
    assert child.returncode is not None
    return child.returncode, out.decode(), err.decode()
