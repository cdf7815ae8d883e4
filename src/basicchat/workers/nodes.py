"""The workers as the broker sees them, and what each part of the broker does for them."""

import asyncio
from collections.abc import Callable
from itertools import count
from typing import Any, Protocol

import msgspec
import structlog

from basicchat.broker.channel import Channel
from basicchat.broker.frames import Frame

log = structlog.get_logger(__name__)
Reply = Callable[[Any], None]


class Part(Protocol):
    """One part of the broker: the state that workers share through one port."""

    def joined(self, node: "Node") -> None:
        """A worker has connected."""
        ...

    def received(self, node: "Node", body: msgspec.Raw, reply: Reply) -> None:
        """Take a worker's message. Never waits.

        Args:
            reply: answers the message if it is a request; it may also be called later.
        """
        ...

    def left(self, node: "Node") -> None:
        """A worker is gone, with everything that it held."""
        ...


class Node:
    """One worker's end of the connection.

    Attributes:
        name: the worker's name.
        connected: whether the connection is there.
    """

    def __init__(self, name: str, part: Callable[[str], Part], left: Callable[["Node"], None]):
        self.name = name
        self.connected = True
        self._part = part
        self._left = left
        self._numbers = count(1)
        self._waiting: dict[int, Callable[[msgspec.Raw], None]] = {}
        self.channel = Channel(self._received, self._closed)

    def post(self, part: str, message: Any) -> None:
        """Send the worker a message that it does not answer."""
        self.channel.send(part, 0, message)

    def ask(self, part: str, message: Any, answered: Callable[[msgspec.Raw], None]) -> None:
        """Send the worker a request; its answer is handed over, unless the worker leaves."""
        number = next(self._numbers)
        self._waiting[number] = answered
        self.channel.send(part, number, message)

    def _received(self, frame: Frame) -> None:
        if frame.number < 0:
            answered = self._waiting.pop(-frame.number, None)
            if answered is not None:
                answered(frame.body)
            return
        try:
            self._part(frame.part).received(self, frame.body, self._reply(frame))
        # A fault in one message must not end the supervisor, and with it all workers.
        except Exception as error:
            log.error("broker_failed", part=frame.part, node=self.name, exc_info=error)

    def _reply(self, frame: Frame) -> Reply:
        def reply(answer: Any) -> None:
            if frame.number:
                self.channel.send(frame.part, -frame.number, answer)

        return reply

    def _closed(self) -> None:
        self.connected = False
        self._waiting.clear()
        self._left(self)


class Gathering:
    """Collects the answers of several workers, and hands them over when all are there.

    Args:
        finish: takes the answers; called once.
        seconds: the deadline, after which the answers that have come are handed over.
    """

    def __init__(
        self, expected: int, finish: Callable[[list[msgspec.Raw]], None], seconds: float
    ) -> None:
        self._expected = expected
        self._finish = finish
        self._answers: list[msgspec.Raw] = []
        self._timer = asyncio.get_running_loop().call_later(seconds, self._end)
        self._ended = False
        self._check()

    def add(self, answer: msgspec.Raw) -> None:
        """Take an answer."""
        self._answers.append(answer)
        self._check()

    def _check(self) -> None:
        if len(self._answers) >= self._expected:
            self._end()

    def _end(self) -> None:
        if not self._ended:
            self._ended = True
            self._timer.cancel()
            self._finish(self._answers)
