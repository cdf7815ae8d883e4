"""The benchmark's own servers: `python -m bench.peers ROLE …`.

tcp-echo            a raw TCP echo on uvloop: what the machine can do
ws-echo             a bare WebSocket echo on the stack that BasicChat uses: what the stack can do
tcp-stream N BYTES  answers with N messages of BYTES bytes at STREAM_RATE
paced DATA USERS N  BasicChat with a model in process that emits N tokens at STREAM_RATE; it
                    writes the access token of each user to DATA/tokens
llama               llama.cpp's own server with the scripted model
websockets          a chat in memory on the bare library (websockets.asyncio.server)
socketio            the same on python-socketio
mcp DATA            BasicChat with the MCP tools of the benchmark
mcp-stock           the official MCP library's own app, with one tool
mcp-fast            FastMCP, with one tool
"""

import asyncio
import gc
import sys
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, cast

import uvicorn
import uvloop

from bench.programs import ROOMY

STREAM_RATE = 30.0
STAMP = "{:017.6f} "
Scope = MutableMapping[str, Any]


class Echo(asyncio.Protocol):
    """Sends back what it receives."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Store the transport."""
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Send it back."""
        self.transport.write(data)


class PacedSender(Echo):
    """Answers anything with stamped messages at a steady pace."""

    def __init__(self, count: int, size: int) -> None:
        self._count, self._size = count, size

    def data_received(self, data: bytes) -> None:
        """Start sending."""
        self._start, self._sent = asyncio.get_running_loop().time(), 0
        self._plan()

    def _plan(self) -> None:
        self._due = self._start + (self._sent + 1) / STREAM_RATE
        asyncio.get_running_loop().call_at(self._due, self._send)

    def _send(self) -> None:
        self.transport.write(STAMP.format(self._due).encode().ljust(self._size))
        self._sent += 1
        if self._sent < self._count and not self.transport.is_closing():
            self._plan()


async def serve_tcp(factory: Callable[[], asyncio.Protocol]) -> None:
    """Serve a protocol until interrupted."""
    server = await asyncio.get_running_loop().create_server(factory, "127.0.0.1", 0, backlog=4096)
    say_ready(server.sockets[0].getsockname()[1])
    await server.serve_forever()


async def echo_app(
    scope: Scope,
    receive: Callable[[], Awaitable[Scope]],
    send: Callable[[Scope], Awaitable[None]],
) -> None:
    """A WebSocket echo as a raw ASGI application."""
    await receive()
    await send({"type": "websocket.accept", "subprotocol": "basicchat.v1"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


async def serve_asgi(app: Any, lifespan: Literal["on", "off"] = "off") -> None:
    """Serve an application with the settings that BasicChat gives uvicorn."""
    config = uvicorn.Config(
        app,
        port=0,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_ping_interval=25,
        ws_ping_timeout=25,
        timeout_keep_alive=75,
        lifespan=lifespan,
        access_log=False,
        log_config=None,
        backlog=4096,
    )
    server = uvicorn.Server(config)
    listener = config.bind_socket()
    listener.listen(config.backlog)
    say_ready(listener.getsockname()[1])
    await server.serve(sockets=[listener])


async def serve_websockets() -> None:
    """The chat on the bare library."""
    from bench.chat_websockets import Chat  # noqa: PLC0415 - not needed by the other roles

    await Chat().serve(say_ready)


async def serve_socketio() -> None:
    """The chat on Socket.IO."""
    from bench.chat_socketio import app  # noqa: PLC0415 - not needed by the other roles

    await serve_asgi(app())


async def serve_paced(data: Path, users: int, count: int) -> None:
    """All of BasicChat except its model."""
    from basicchat.config import Settings  # noqa: PLC0415 - not needed by the other roles
    from basicchat.ops.logs import configure_logging  # noqa: PLC0415
    from basicchat.serving import serve_app  # noqa: PLC0415
    from bench.model import StampedModel  # noqa: PLC0415
    from bench.people import settle  # noqa: PLC0415

    configure_logging("info", "json")
    settings = Settings.model_validate({"data_dir": data, "port": 0, "limits": ROOMY})
    people = await settle(data, users)
    (data / "tokens").write_text("\n".join(person.token for person in people))

    def announce(line: str) -> None:
        if "listening on" in line:
            say_ready(int(line.rpartition(":")[2]))

    await serve_app(settings, announce, llm=StampedModel(count))


async def serve_mcp(data: Path) -> None:
    """All of BasicChat, with tools that cost nothing."""
    from basicchat.config import Settings  # noqa: PLC0415 - not needed by the other roles
    from basicchat.ops.logs import configure_logging  # noqa: PLC0415
    from basicchat.serving import serve_app  # noqa: PLC0415
    from bench.mcp_servers import with_bench_tools  # noqa: PLC0415

    configure_logging("info", "json")
    with_bench_tools()
    limits = ROOMY | {"mcp_sessions": 10_000, "mcp_sessions_per_user": 10_000}
    settings = Settings.model_validate({"data_dir": data, "port": 0, "limits": limits})

    def announce(line: str) -> None:
        if "listening on" in line:
            say_ready(int(line.rpartition(":")[2]))

    await serve_app(settings, announce)


async def serve_stock() -> None:
    """The official library's app."""
    from bench.mcp_servers import stock_app  # noqa: PLC0415 - not needed by the other roles

    await serve_asgi(stock_app(), "on")


async def serve_fast() -> None:
    """FastMCP's app."""
    from bench.mcp_servers import fastmcp_app  # noqa: PLC0415 - not needed by the other roles

    await serve_asgi(fastmcp_app(), "on")


async def serve_llama() -> None:
    """A real model server, with a model that costs next to nothing."""
    from basicchat.testing.llama_server import llama_server  # noqa: PLC0415 - heavy, optional

    with llama_server() as server:
        say_ready(int(server.url.rpartition(":")[2]))
        await asyncio.Event().wait()


def say_ready(port: int) -> None:
    """Report the port to the parent process."""
    gc.freeze()
    print(f"ready {port}", flush=True)


def role(name: str, *rest: str) -> Coroutine[Any, Any, None]:
    """The server of a role."""
    match name, *rest:
        case "tcp-echo", *_:
            return serve_tcp(Echo)
        case "tcp-stream", count, size:
            return serve_tcp(lambda: PacedSender(int(count), int(size)))
        case "ws-echo", *_:
            return serve_asgi(echo_app)
        case "websockets", *_:
            return serve_websockets()
        case "socketio", *_:
            return serve_socketio()
        case "paced", data, users, count:
            return serve_paced(Path(data), int(users), int(count))
        case "mcp", data, *_:
            return serve_mcp(Path(data))
        case "mcp-stock", *_:
            return serve_stock()
        case "mcp-fast", *_:
            return serve_fast()
        case "llama", *_:
            return serve_llama()
    raise SystemExit(__doc__)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        uvloop.run(role(*sys.argv[1:]))
