"""One worker's link to the broker in the supervisor, over a socket that it inherits.

The broker owns the state that workers share, so the link is a condition of serving: the supervisor
replaces a worker whose link is lost, and a worker whose supervisor is gone stops.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import msgspec
import structlog

from basicchat.broker.channel import Channel
from basicchat.broker.frames import Frame
from basicchat.domain.errors import UpstreamUnavailable

log = structlog.get_logger(__name__)
ANSWER_SECONDS = 10.0
MAX_WAITING = 100_000
# Takes a message of the broker; what it returns answers a request.
Handler = Callable[[msgspec.Raw], Any]


class BrokerLost(UpstreamUnavailable):
    """The broker does not answer."""

    kind = "upstream_unavailable"

    def __init__(self) -> None:
        super().__init__(
            "The server's supervisor does not answer",
            provider="supervisor",
            hint="Try again. If it goes on, restart the server.",
            reason="supervisor_unavailable",
        )


class BrokerLink:
    """A worker's link, which works within `running`.

    Args:
        node: the worker's name.

    Attributes:
        lost: set when the connection has ended.
        on_lost: called then.
    """

    def __init__(self, node: str) -> None:
        self.node = node
        self.lost = asyncio.Event()
        self.on_lost: Callable[[], None] | None = None
        self._channel = Channel(self._received, self._closed)
        self._handlers: dict[str, Handler] = {}
        # Messages about parts that nobody handles yet.
        self._early: list[Frame] = []
        self._numbers = count(1)
        self._waiting: dict[int, asyncio.Future[msgspec.Raw]] = {}

    def handle(self, part: str, handler: Handler) -> None:
        """Have the broker's messages about a part handled by a function, which never waits.

        Messages that have come before are handled now.
        """
        self._handlers[part] = handler
        early, self._early = self._early, []
        for frame in early:
            self._received(frame)

    def post(self, part: str, message: Any) -> None:
        """Send a message that is not answered. Never waits."""
        self._channel.send(part, 0, message)

    async def ask(
        self, part: str, message: Any, answer: Any, *, seconds: float | None = ANSWER_SECONDS
    ) -> Any:
        """Send a request, and return its answer.

        Args:
            answer: the answer's type.
            seconds: how long to wait; None waits as long as the link is there.

        Raises:
            BrokerLost: the broker has not answered in time, or the link is lost.
        """
        if self.lost.is_set() or len(self._waiting) >= MAX_WAITING:
            raise BrokerLost
        number = next(self._numbers)
        future = self._waiting[number] = asyncio.get_running_loop().create_future()
        self._channel.send(part, number, message)
        try:
            async with asyncio.timeout(seconds):
                body = await future
        except TimeoutError as error:
            raise BrokerLost from error
        finally:
            del self._waiting[number]
        return msgspec.msgpack.decode(body, type=answer)

    def _received(self, frame: Frame) -> None:
        if frame.number < 0:
            future = self._waiting.get(-frame.number)
            if future is not None and not future.done():
                future.set_result(frame.body)
            return
        handler = self._handlers.get(frame.part)
        if handler is None:
            self._early.append(frame)
            if len(self._early) > MAX_WAITING:
                self._channel.close()
            return
        answer = handler(frame.body)
        if frame.number:
            self._channel.send(frame.part, -frame.number, answer)

    def _closed(self) -> None:
        self.lost.set()
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(BrokerLost())
        if self.on_lost is not None:
            self.on_lost()

    @asynccontextmanager
    async def running(self, control: socket.socket) -> AsyncIterator["BrokerLink"]:
        """Keep the link over a connected socket, which is closed at the end."""
        loop = asyncio.get_running_loop()
        await loop.create_unix_connection(lambda: self._channel, sock=control)
        try:
            yield self
        finally:
            self._channel.close()
