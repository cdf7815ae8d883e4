"""Relays messages over a connection, after restoring the client's session on it."""

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from basicchat.bridge.errors import REVISION_CHANGED
from basicchat.bridge.pending_queue import PendingQueue
from basicchat.bridge.session_state import PendingRequest, SessionState
from basicchat.bridge.transports import ConnectionLost, Refused, Transport
from basicchat.client.task_group import TaskGroup
from basicchat.mcp.wire import frames
from basicchat.protocol.errors import Close
from basicchat.transports.lines import LinesOut

# The timeout of each request that restores the session.
RESTORE_SECONDS = 15.0
# A server that ends its stream of changes is about to stop. It closes the connection, with the
# reason, within this time or never.
STOPPING_SECONDS = 1.0
STOPPING = "the server ended its stream of changes"


class Relay:
    """Relays the messages of a client over one connection after the other.

    Args:
        out: the output to the client.
        pending: the messages of the client that were not sent yet.
        fail: answers a request whose connection was lost, and which must not be repeated.

    Attributes:
        settled: set when no request is unanswered.
    """

    def __init__(
        self, out: LinesOut, pending: PendingQueue, fail: Callable[[frames.Request], None]
    ) -> None:
        self._out = out
        self._pending = pending
        self._fail = fail
        self._state = SessionState()
        self._tasks = TaskGroup()
        self._repeated: list[PendingRequest] = []
        self._own: dict[frames.Id, asyncio.Future[frames.Reply]] = {}
        self._count = 0
        self._heard = False
        self.settled = asyncio.Event()

    @property
    def owes(self) -> bool:
        """Whether a request is unanswered."""
        return self._state.owes

    @property
    def version(self) -> object:
        """The revision that the client's handshake negotiated, if there was one."""
        return self._state.version

    async def carry(self, transport: Transport, on_ready: Callable[[], None]) -> "ConnectionEnd":
        """Relay messages over a connection until it is lost.

        Args:
            on_ready: called when the session is restored.

        Raises:
            Refused: the client's session cannot be restored on this server.
        """
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[ConnectionLost] = loop.create_future()
        self._heard, began = False, loop.time()
        self._tasks.spawn(self._receive(transport, ended))
        try:
            await self._restore(transport)
            on_ready()
            self._pending.connected(True)
            self._tasks.spawn(self._send(transport))
            lost = await ended
        except ConnectionLost as early:
            lost = early
        finally:
            await self._tasks.cancel()
            self._break_off(transport)
        return ConnectionEnd(lost, self._heard, loop.time() - began)

    async def _restore(self, transport: Transport) -> None:
        """Restore the session on a new connection, and notify the client of possible changes."""
        for method, params in self._state.again():
            if method.startswith("notifications/"):
                frame = frames.encode_notification(method, params)
                await transport.send(frame, frames.Notification(method, params))
                continue
            reply = await self._ask(transport, method, params)
            if method == "initialize" and _version(reply) != self._state.version:
                raise Refused(REVISION_CHANGED)
        for frame in self._state.missed(self._repeated):
            self._out.write(frame)
        self._repeated = []

    async def _ask(
        self, transport: Transport, method: str, params: frames.Params | None
    ) -> frames.Reply:
        """Send a request of the bridge itself, and wait for the response."""
        self._count += 1
        number = f"basicchat-bridge-{self._count}"
        asking: asyncio.Future[frames.Reply] = asyncio.get_running_loop().create_future()
        self._own[number] = asking
        try:
            async with asyncio.timeout(RESTORE_SECONDS):
                request = frames.Request(number, method, params)
                await transport.send(frames.encode_request(number, method, params), request)
                return await asking
        except TimeoutError as late:
            raise ConnectionLost from late
        finally:
            self._own.pop(number, None)

    async def _receive(self, transport: Transport, ended: "asyncio.Future[ConnectionLost]") -> None:
        lost = ConnectionLost()
        try:
            async for frame in transport.frames():
                self._heard = True
                await self._out.drained()
                if not self._pass_on(frame):
                    loop = asyncio.get_running_loop()
                    loop.call_later(
                        STOPPING_SECONDS, _end, ended, ConnectionLost(Close.DRAINING, STOPPING)
                    )
        except ConnectionLost as error:
            lost = error
        except ConnectionError:
            # The client closed its end, which ends the bridge.
            pass
        for asking in self._own.values():
            asking.set_exception(lost)
        _end(ended, lost)

    def _pass_on(self, frame: bytes) -> bool:
        """Pass a message to the client; false if it was the end of a stream of changes."""
        message = frames.decode(frame)
        if isinstance(message, frames.Reply) and message.id in self._own:
            self._own.pop(message.id).set_result(message)
            return True
        passed = self._state.to_client(message, frame)
        if passed is not None:
            self._out.write(passed)
        if not self.owes:
            self.settled.set()
        return passed is not None

    def adopt(self, handshake: frames.Params, result: frames.Params) -> None:
        """Continue a session whose `initialize` was answered before there was a connection."""
        self._state.adopt(handshake, result)

    def give_up(self, request_id: frames.Id) -> None:
        """Forget a request that the client cancelled before it was sent."""
        self._state.give_up(request_id)

    def say_goodbye(self) -> None:
        """End the client's streams of changes, since there will be no other connection."""
        for number, frame in self._state.farewell().items():
            self._pending.withdraw(number)
            self._out.write(frame)

    async def _send(self, transport: Transport) -> None:
        while True:
            line = await self._pending.get()
            frame = self._state.to_server(line.message, line.frame)
            if frame is not None:
                await transport.send(frame, line.message)

    def _break_off(self, transport: Transport) -> None:
        """Queue the unanswered requests again, or fail them."""
        self._pending.connected(False)
        repeat, failed, notifications = self._state.lost(transport.unsent)
        for frame in notifications:
            self._out.write(frame)
        for each in failed:
            self._fail(each.request)
        for each in reversed(repeat):
            self._pending.put_back(each.request, each.frame, no_deadline=each.acknowledged)
        self._repeated += repeat


class ConnectionEnd(NamedTuple):
    """Why a connection ended, whether anything was received, and its duration."""

    lost: ConnectionLost
    heard: bool
    seconds: float


def _end(ended: "asyncio.Future[ConnectionLost]", lost: ConnectionLost) -> None:
    if not ended.done():
        ended.set_result(lost)


def _version(reply: frames.Reply) -> object:
    return (reply.result or {}).get("protocolVersion")
