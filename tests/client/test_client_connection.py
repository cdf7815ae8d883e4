"""The life of a connection, with links that do what the test says."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Literal

import msgspec
import pytest

from basicchat.client.connection_manager import ConnectionManager
from basicchat.client.liveness import TICKS_PER_PROBE
from basicchat.client.request_queue import RequestQueue
from basicchat.client.streams import Streams
from basicchat.client.task_group import TaskGroup
from basicchat.client.transport import Transport, TransportClosed
from basicchat.client.transports import Transports
from support.frozen_time import frozen_time, turns_until
from support.restartable_server import QUICK, SECONDS

WELCOME = {"session_id": "s", "resume_token": "t", "user": {"id": "u"}}


class Scripted:
    """A link on which the test is the server.

    Attributes:
        sent: the requests that came, but for hellos, which are welcomed.
    """

    def __init__(self, transport: Literal["websocket", "sse"]) -> None:
        self.transport: Literal["websocket", "sse"] = transport
        self.sent: list[dict[str, Any]] = []
        self.came = asyncio.Event()
        self._incoming: asyncio.Queue[Any] = asyncio.Queue()

    async def open(self) -> None:
        pass

    def send(self, frame: bytes) -> None:
        request = msgspec.json.decode(frame)
        if request["method"] == "session.hello":
            self.reply(request, WELCOME)
        else:
            self.sent.append(request)
            self.came.set()

    def reply(self, request: dict[str, Any], result: Any) -> None:
        self._incoming.put_nowait({"id": request["id"], "result": result})

    def say(self) -> None:
        """Send a heartbeat."""
        self._incoming.put_nowait(None)

    def is_read(self) -> bool:
        """Whether the client has read everything."""
        return self._incoming.empty()

    def cut(self) -> None:
        self._incoming.put_nowait(TransportClosed())

    async def frames(self) -> AsyncIterator[Any]:
        while not isinstance(frame := await self._incoming.get(), TransportClosed):
            yield frame
        raise frame

    def follow(self, cursors: Mapping[str, Any]) -> None:
        pass

    async def close(self) -> None:
        self.cut()


class Blocked(Scripted):
    """A link that does not open."""

    async def open(self) -> None:
        raise TransportClosed


async def unexpected(method: str, *args: Any) -> None:
    raise AssertionError(method)


def queue_of(links: list[Scripted]) -> Callable[[], Transport]:
    """What gives out these links, then blocked ones."""
    return lambda: links.pop(0) if links else Blocked("websocket")


@pytest.fixture
async def seconds() -> AsyncIterator[None]:
    async with asyncio.timeout(SECONDS):
        yield


@pytest.mark.usefixtures("seconds")
async def test_progress_counts_though_its_connection_is_lost() -> None:
    """A request that went over HTTP outlives the WebSocket which has taken over meanwhile."""
    http, socket = Scripted("sse"), Scripted("websocket")
    first = queue_of([Blocked("websocket"), Blocked("websocket"), socket])
    requests = RequestQueue()
    upgraded = asyncio.Event()
    timing = msgspec.structs.replace(
        QUICK, probe_after=0.1, probe_timeout=5.0, progress_timeout=2.0, first_upgrade=0.0
    )
    tick = timing.probe_after / TICKS_PER_PROBE
    connection = ConnectionManager(
        Transports(primary=first, fallback=lambda on_way: http),
        dict,
        requests,
        Streams(lambda event: None, unexpected, lambda: None, TaskGroup()),
        lambda state: upgraded.set() if state.transport == "websocket" else None,
        timing,
        lambda: 0.5,
    )
    request = requests.add("rooms.list", {}, 1000)
    await connection.start()
    await http.came.wait()
    await upgraded.wait()
    with frozen_time() as clock:
        for _ in range(round(timing.progress_timeout * 1.5 / tick)):
            socket.say()
            clock.advance(tick)
            await turns_until(socket.is_read)
        assert connection.state.transport == "websocket"
        socket.cut()
        for _ in range(TICKS_PER_PROBE):
            clock.advance(tick)
            await turns_until(socket.is_read)
        http.reply(http.sent[0], {"rooms": []})
        assert await request.reply == {"rooms": []}
    await connection.stop("closed")
