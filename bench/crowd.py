"""Many users in a chat at once: entering, posting on a schedule, and delivery times."""

import asyncio
import re
import time
from array import array
from collections.abc import Callable, Sequence
from contextlib import suppress

from bench.children import Child
from bench.dialects import Dialect
from bench.load import Alarm
from bench.peers import STAMP
from bench.people import Person
from bench.wsclient import CONNECTS_AT_ONCE, Socket, ask, connect_one

STAMPED = re.compile(rb"\d{10}\.\d{6} ")
# The text of each message, after its timestamp.
TEXT = "the second pallet is at the gate, who has the key to the hall?"
LEAD_SECONDS = 0.2
ENTER_SECONDS = 60.0
FRAMING_SECONDS = 40e-6

Due = tuple[float, Socket, Callable[[str], bytes]]


def ignore(socket: Socket, message: bytes) -> None:
    """Drop a message; no load is running yet."""


async def enter(
    dialect: Dialect, server: Child, people: Sequence[Person]
) -> tuple[list[Socket], list[list[bytes]]]:
    """Let everyone in, a few at a time; returns the connections, and the answers to each.

    Raises:
        ConnectionError: one was refused.
        TimeoutError: one took too long.
    """
    places = asyncio.Semaphore(CONNECTS_AT_ONCE)

    async def one(person: Person) -> tuple[Socket, list[bytes]]:
        async with places, asyncio.timeout(ENTER_SECONDS):
            socket = await connect_one(server.port, ignore, dialect.kind)
            answers = []
            for sent in dialect.entering(person):
                answers.append(await ask(socket, sent, dialect.answer))
                if b'"error"' in answers[-1][:200]:
                    raise ConnectionError(f"refused: {answers[-1][:300]!r}")
            return socket, answers

    entered = await asyncio.gather(*map(one, people))
    return [socket for socket, _ in entered], [answers for _, answers in entered]


class Deliveries:
    """Records the delay of each stamped text: from its stamp to its arrival.

    Attributes:
        lags: in seconds, in the order of arrival, of all sockets together.
        refused: answers that were errors.
    """

    def __init__(self, sockets: Sequence[Socket], answer: bytes) -> None:
        self.lags = array("d")
        self.refused = 0
        self._answer = answer
        self._last, self._dues = b"", list[float]()
        self._expected = 0
        self._over = asyncio.Event()
        for socket in sockets:
            socket.received = self.received

    def received(self, socket: Socket, message: bytes) -> None:
        """Take a message."""
        now = time.monotonic()
        if message.startswith(self._answer):
            self.refused += b'"error"' in message[:200]
            return
        # All get the same message, which is parsed once: the client must not be the limit.
        if message != self._last:
            self._last, self._dues = message, [float(due) for due in STAMPED.findall(message)]
        for due in self._dues:
            self.lags.append(now - due)
        if len(self.lags) == self._expected:
            self._over.set()

    async def all(self, expected: int, seconds: float) -> None:
        """Wait until `expected` texts have arrived, or until `seconds` have passed."""
        self._expected = expected
        self._over.clear()
        if len(self.lags) < expected:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), seconds)


class Posts:
    """Sends at given times, whether or not answers arrive; all frames are built before the start.

    Args:
        due: for each post, the seconds from the start, the connection, and a function that frames
            a text. The text begins with the time at which it is due.
    """

    def __init__(self, due: Sequence[Due]) -> None:
        self._over = asyncio.Event()
        self._next = 0
        start = time.monotonic() + LEAD_SECONDS + FRAMING_SECONDS * len(due)
        self._seconds = due[-1][0] + start - time.monotonic()
        self._due = [
            (start + at, socket, framed(STAMP.format(start + at) + TEXT))
            for at, socket, framed in due
        ]
        self._alarm = Alarm(self._send)
        self._alarm.set(self._due[0][0])

    def _send(self) -> None:
        due, now = self._due, time.monotonic()
        while self._next < len(due) and due[self._next][0] <= now:
            _, socket, sent = due[self._next]
            socket.send(sent)
            self._next += 1
        if self._next < len(due):
            self._alarm.set(due[self._next][0])
        else:
            self._over.set()

    async def finish(self) -> None:
        """Wait until everything is sent."""
        try:
            async with asyncio.timeout(self._seconds + 10):
                await self._over.wait()
        finally:
            self._alarm.close()


class Memory:
    """Samples a server's resident memory."""

    def __init__(self, server: Child, every: float = 0.5) -> None:
        self._server = server
        self.first = self.largest = server.rss_kib()
        self._task = asyncio.create_task(self._watch(every))

    async def _watch(self, every: float) -> None:
        while True:
            await asyncio.sleep(every)
            self.largest = max(self.largest, self._server.rss_kib())

    async def grown_kib(self) -> int:
        """Stop, and return the largest growth since the beginning."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        return max(self.largest, self._server.rss_kib()) - self.first
