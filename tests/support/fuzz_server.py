"""A real server to be fed anything, and somebody on it who must notice nothing."""

import asyncio
import gc
import json
import weakref
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import psutil
import uvloop
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from basicchat.app import App
from basicchat.config import Settings
from basicchat.config.limits import Limits
from basicchat.domain.values import User
from basicchat.hub.hub import Subscriber
from basicchat.ops.clock import SystemClock
from basicchat.serving import Server, bind, uvicorn_config
from basicchat.testing.scripted_llm import PacedLLM
from basicchat.transports.connection import Connection
from support.quick_app import open_quick_app

T = TypeVar("T")
SECONDS = 60.0
BEFORE_HELLO = "before hello"
STATES = (BEFORE_HELLO, "during hello", "after hello", "after session.close", "compact")
TEXT, BINARY, CLOSE = 1, 2, 8
# Good in either envelope, and it chooses JSON-RPC if it is the first frame.
END = {"jsonrpc": "2.0", "method": "session.ping", "type": "session.ping", "id": "end"}


def frame(data: bytes, opcode: int = TEXT, *, final: bool = True) -> bytes:
    """A client's frame with a mask of zeros (RFC 6455, 5.2)."""
    size = len(data)
    head = bytes((opcode | 0x80 * final,))
    if size < 126:
        head += bytes((0x80 | size,))
    elif size < 65536:
        head += b"\xfe" + size.to_bytes(2, "big")
    else:
        head += b"\xff" + size.to_bytes(8, "big")
    return head + bytes(4) + data


class Peer:
    """One connection; frames go out as they are given."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self._last = 0

    def write(self, data: bytes) -> None:
        """Send bytes as they are, beneath the WebSocket."""
        self.socket.transport.write(data)

    def send(self, data: bytes, opcode: int = TEXT) -> None:
        """Send a frame."""
        self.write(frame(data, opcode))

    async def receive(self) -> Any:
        """The next frame."""
        async with asyncio.timeout(SECONDS):
            return json.loads(await self.socket.recv())

    async def reply(self) -> Any:
        """The next frame that answers something."""
        while True:
            got = await self.receive()
            if isinstance(got, list) or is_reply(got):
                return got

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Ask, and wait for the answer to that; result or error."""
        self._last += 1
        number = f"call {self._last}"
        asked = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        self.send(json.dumps(asked).encode())
        while (got := await self.reply()).get("id") != number:
            pass
        assert isinstance(got, dict)
        return got

    async def replies(self, count: int) -> list[Any]:
        """So many answers, and no more: then one to `END`, which may come among them."""
        self.send(json.dumps(END).encode())
        got = [await self.reply() for _ in range(count + 1)]
        ends = [each for each in got if isinstance(each, dict) and each["id"] == "end"]
        assert len(ends) == 1, got
        # Whatever came too much would come before this.
        self.send(json.dumps(END | {"id": "very end"}).encode())
        last = await self.reply()
        assert isinstance(last, dict)
        assert last["id"] == "very end", last
        return [each for each in got if each is not ends[0]]

    async def close_code(self) -> int | None:
        """Read until the server closes; with which code."""
        async with asyncio.timeout(SECONDS):
            try:
                while True:
                    await self.socket.recv()
            except ConnectionClosed:
                return self.socket.close_code


def is_reply(got: dict[str, Any]) -> bool:
    """Whether a frame answers a request, in either envelope."""
    return ("result" in got or "error" in got) and "id" in got


class FuzzServer:
    """The server with its witness, in an event loop that runs while an example does."""

    def __init__(self, folder: Path) -> None:
        self._runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        limits = Limits(
            connections_per_address=1000,
            messages_per_minute=10_000_000,
            runs_per_user=1000,
            drain_seconds=0.05,
        )
        self._settings = Settings(port=0, data_dir=folder, provider="extractive", limits=limits)
        self.user = User(id="u_fuzzer", name="Fuzzer", role="member")
        self.seen: dict[str, int] = {}
        self.room = ""
        self.app: App
        self.witness: Peer
        self.tasks = 0
        # Objects that earlier tests in this process have left are not this server's.
        self._before = _living()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Have something done, while the server works."""
        return self._runner.run(asyncio.wait_for(work, SECONDS * 3))

    def __enter__(self) -> "FuzzServer":
        self._runner.__enter__()
        self.run(self._open())
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self._close())
        self._runner.__exit__(None, None, None)

    async def _open(self) -> None:
        up, self._down = asyncio.Event(), asyncio.Event()
        self._serving = asyncio.create_task(self._serve(up))
        async with asyncio.timeout(SECONDS):
            await up.wait()
        async with self.app.store.transaction() as change:
            await change.put_user(self.user, SystemClock().now())
        self.witness = await self.peer(self.app.owner)
        made = await self.witness.call("rooms.create", name="Witness")
        self.room = made["result"]["room_id"]
        joined = await self.witness.call("rooms.join", room_id=self.room)
        self.seen[f"room:{self.room}"] = joined["result"]["seq"]
        self.tasks = len(asyncio.all_tasks())

    async def _serve(self, up: asyncio.Event) -> None:
        with bind(self._settings) as listener:
            settings = self._settings.model_copy(update={"port": listener.getsockname()[1]})
            async with open_quick_app(settings, llm=PacedLLM({"": ["Bees ", "dance."]})) as app:
                self.app = app
                server = Server(uvicorn_config(app), app)
                serving = asyncio.create_task(server.serve(sockets=[listener]))
                await server.listening.wait()
                up.set()
                await self._down.wait()
                server.stop()
                await serving

    async def _close(self) -> None:
        await self.witness.socket.close()
        self._down.set()
        await self._serving

    async def connect(self) -> Peer:
        """A connection that has said nothing."""
        socket = await connect(
            self.app.url.replace("http", "ws", 1) + "/ws",
            subprotocols=[Subprotocol("basicchat.v1")],
            max_size=None,
            max_queue=None,
            ping_interval=None,
            compression=None,
            close_timeout=5,
        )
        return Peer(socket)

    async def peer(self, user: User) -> Peer:
        """A connection that has said hello."""
        peer = await self.connect()
        welcome = await peer.call("session.hello", token=self.app.token(user))
        assert "result" in welcome, welcome
        return peer

    async def in_state(self, state: str) -> tuple[Peer, int]:
        """The fuzzer's connection in a state, and how many answers it has yet to get."""
        if state == "after hello":
            return await self.peer(self.user), 0
        if state == "after session.close":
            peer = await self.peer(self.user)
            assert "result" in await peer.call("session.close")
            return peer, 0
        peer = await self.connect()
        hello = {"token": self.app.token(self.user)}
        if state == "during hello":
            asked = {"jsonrpc": "2.0", "id": "hello", "method": "session.hello", "params": hello}
            peer.send(json.dumps(asked).encode())
            return peer, 1
        if state == "compact":
            peer.send(json.dumps({"type": "session.hello", "id": "hello"} | hello).encode())
            assert (await peer.receive())["type"] == "response"
        return peer, 0

    async def undisturbed(self) -> None:
        """The witness gets its pongs, and its events in order."""
        number = await self._ask("rooms.update", room_id=self.room, name="Witness")
        renamed = 0
        while True:
            got = await self.witness.receive()
            if got.get("method") == "events":
                renamed += self._in_order(got["params"])
            elif got.get("id") == number:
                assert "result" in got, got
                break
        pong = await self.witness.call("session.ping")
        assert "result" in pong, pong

    async def _ask(self, method: str, **params: Any) -> str:
        asked = {"jsonrpc": "2.0", "id": "witness", "method": method, "params": params}
        self.witness.send(json.dumps(asked).encode())
        return "witness"

    def _in_order(self, params: dict[str, Any]) -> int:
        stream = params["stream"]
        for event in params["events"]:
            assert event["seq"] == self.seen.get(stream, event["seq"] - 1) + 1, params
            self.seen[stream] = event["seq"]
        return len(params["events"])

    async def left_behind(self) -> None:
        """Wait until nothing is left of anyone but the witness.

        Raises:
            AssertionError: something is.
        """
        try:
            async with asyncio.timeout(SECONDS):
                # Nothing announces the end of a task of the server, or that an object was freed.
                while not self._is_alone():  # noqa: ASYNC110
                    await asyncio.sleep(0)
        except TimeoutError:
            names = sorted(str(task.get_coro()) for task in asyncio.all_tasks())
            raise AssertionError((self._left(), self.tasks, names)) from None

    def _is_alone(self) -> bool:
        # The objects of the process are only counted once there is nothing else to wait for.
        if len(self.app.server_context.open) > 1 or len(asyncio.all_tasks()) > self.tasks:
            return False
        connections, addresses, objects, tasks = self._left()
        # When the tasks were counted, the witness's arrival was perhaps still being announced.
        return connections == addresses == 1 and objects == [1, 1] and tasks <= self.tasks

    def _left(self) -> tuple[int, int, list[int], int]:
        return (
            len(self.app.server_context.open),
            sum(self.app.server_context.connections.values()),
            [len(living - before) for living, before in zip(_living(), self._before, strict=True)],
            # But for the one that asks.
            len(asyncio.all_tasks()),
        )


def _living() -> list[weakref.WeakSet[object]]:
    """This process's subscribers and connections."""
    gc.collect()
    objects = gc.get_objects()
    return [
        weakref.WeakSet(each for each in objects if type(each) is kind)
        for kind in (Subscriber, Connection)
    ]


def memory() -> int:
    """Bytes of this process in memory, garbage collected."""
    gc.collect()
    return int(psutil.Process().memory_info().rss)
