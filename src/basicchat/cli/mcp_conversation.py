"""What goes over one connection of the bridge: first what a new server has to know, then all."""

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from basicchat.cli.mcp_ledger import Asked, Ledger
from basicchat.cli.mcp_links import Link, Lost, Refused
from basicchat.cli.mcp_problems import CHANGED
from basicchat.cli.mcp_waiting import Waiting
from basicchat.client.task_group import TaskGroup
from basicchat.mcp.wire import frames
from basicchat.protocol.errors import Close
from basicchat.transports.lines import LinesOut

AGAIN_SECONDS = 15.0
# A server that ends what it told of changes by is about to go, and says why so soon, or not at all.
GOING_SECONDS = 1.0
GOING = "the server ended its stream of changes"


class Conversation:
    """A client's conversation, which goes on over one connection after the other.

    Args:
        out: to the client.
        waiting: what the client has sent and no connection has taken yet.
        fail: answers a request that was on its way when its connection was lost, and must not be
            repeated.

    Attributes:
        settled: set when an answer has come and no other is owed.
    """

    def __init__(
        self, out: LinesOut, waiting: Waiting, fail: Callable[[frames.Request], None]
    ) -> None:
        self._out = out
        self._waiting = waiting
        self._fail = fail
        self._ledger = Ledger()
        self._tasks = TaskGroup()
        self._repeated: list[Asked] = []
        self._own: dict[frames.Id, asyncio.Future[frames.Reply]] = {}
        self._count = 0
        self._heard = False
        self.settled = asyncio.Event()

    @property
    def owes(self) -> bool:
        """Whether an answer is still to come."""
        return self._ledger.owes

    @property
    def version(self) -> object:
        """The revision that the client's handshake agreed upon, if there was one."""
        return self._ledger.version

    async def carry(self, link: Link, on_ready: Callable[[], None]) -> "Ending":
        """Carry messages over a connection until it is lost.

        Args:
            on_ready: called when the server knows what the one before knew.

        Raises:
            Refused: the client cannot go on with this server.
        """
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[Lost] = loop.create_future()
        self._heard, began = False, loop.time()
        self._tasks.spawn(self._receive(link, ended))
        try:
            await self._begin_again(link)
            on_ready()
            self._waiting.connected(True)
            self._tasks.spawn(self._send(link))
            lost = await ended
        except Lost as early:
            lost = early
        finally:
            await self._tasks.end()
            self._break_off(link)
        return Ending(lost, self._heard, loop.time() - began)

    async def _begin_again(self, link: Link) -> None:
        """Say to a new server what the one before knew, and to the client that it looks again."""
        for method, params in self._ledger.again():
            if method.startswith("notifications/"):
                frame = frames.encode_notification(method, params)
                await link.send(frame, frames.Notification(method, params))
                continue
            reply = await self._ask(link, method, params)
            if method == "initialize" and _version(reply) != self._ledger.version:
                raise Refused(CHANGED)
        for frame in self._ledger.missed(self._repeated):
            self._out.write(frame)
        self._repeated = []

    async def _ask(self, link: Link, method: str, params: frames.Params | None) -> frames.Reply:
        """A request of the bridge's own."""
        self._count += 1
        number = f"basicchat-bridge-{self._count}"
        asking: asyncio.Future[frames.Reply] = asyncio.get_running_loop().create_future()
        self._own[number] = asking
        try:
            async with asyncio.timeout(AGAIN_SECONDS):
                request = frames.Request(number, method, params)
                await link.send(frames.encode_request(number, method, params), request)
                return await asking
        except TimeoutError as late:
            raise Lost from late
        finally:
            self._own.pop(number, None)

    async def _receive(self, link: Link, ended: "asyncio.Future[Lost]") -> None:
        lost = Lost()
        try:
            async for frame in link.frames():
                self._heard = True
                await self._out.drained()
                if not self._pass_on(frame):
                    loop = asyncio.get_running_loop()
                    loop.call_later(GOING_SECONDS, _end, ended, Lost(Close.DRAINING, GOING))
        except Lost as told:
            lost = told
        except ConnectionError:
            # The client is gone, which ends it all.
            pass
        for asking in self._own.values():
            asking.set_exception(lost)
        _end(ended, lost)

    def _pass_on(self, frame: bytes) -> bool:
        """Hand a message to the client; false if it only says that the server is about to go."""
        message = frames.decode(frame)
        if isinstance(message, frames.Reply) and message.id in self._own:
            self._own.pop(message.id).set_result(message)
            return True
        told = self._ledger.to_client(message, frame)
        if told is not None:
            self._out.write(told)
        if not self.owes:
            self.settled.set()
        return told is not None

    def give_up(self, request_id: frames.Id) -> None:
        """The client has taken a request back that no connection has taken."""
        self._ledger.give_up(request_id)

    def say_goodbye(self) -> None:
        """End what the client listens by: there will be no other connection."""
        for number, frame in self._ledger.farewell().items():
            self._waiting.withdraw(number)
            self._out.write(frame)

    async def _send(self, link: Link) -> None:
        while True:
            line = await self._waiting.get()
            frame = self._ledger.to_server(line.message, line.frame)
            if frame is not None:
                await link.send(frame, line.message)

    def _break_off(self, link: Link) -> None:
        """Settle what was on its way."""
        self._waiting.connected(False)
        repeat, failed, told = self._ledger.lost(link.unsent)
        for frame in told:
            self._out.write(frame)
        for each in failed:
            self._fail(each.request)
        for each in reversed(repeat):
            self._waiting.put_back(each.request, each.frame, patient=each.acknowledged)
        self._repeated += repeat


class Ending(NamedTuple):
    """How a connection ended, whether anything had come over it, and after how many seconds."""

    lost: Lost
    heard: bool
    seconds: float


def _end(ended: "asyncio.Future[Lost]", lost: Lost) -> None:
    if not ended.done():
        ended.set_result(lost)


def _version(reply: frames.Reply) -> object:
    return (reply.result or {}).get("protocolVersion")
