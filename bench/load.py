"""Closed-loop and open-loop load of requests that each get one answer."""

import asyncio
import ctypes
import os
import random
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.children import Child, Window
from bench.wsclient import Socket

_libc = ctypes.CDLL(None, use_errno=True)
_CLOEXEC, _NONBLOCK = os.O_CLOEXEC, os.O_NONBLOCK
# Notifications of the server are not answers.
EVENTS = b'{"jsonrpc":"2.0","method":"events"'
ERROR = b'"error":'
WARM_UP_SECONDS = 0.5
ANSWER_SECONDS = 10.0


class Alarm:
    """A timer with nanoseconds (Linux timerfd); the event loop's own has milliseconds."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._fd = _libc.timerfd_create(time.CLOCK_MONOTONIC, _CLOEXEC | _NONBLOCK)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        asyncio.get_running_loop().add_reader(self._fd, self._read)

    def set(self, at: float) -> None:
        """Ring when `time.monotonic()` reaches `at`; at once if it has passed."""
        nanoseconds = max(int(at * 1e9), 1)
        spec = (ctypes.c_long * 4)(0, 0, *divmod(nanoseconds, 1_000_000_000))
        if _libc.timerfd_settime(self._fd, 1, spec, None):  # 1: TFD_TIMER_ABSTIME
            raise OSError(ctypes.get_errno(), "timerfd_settime")

    def _read(self) -> None:
        try:
            os.read(self._fd, 8)
        except BlockingIOError:
            return
        self._ring()

    def close(self) -> None:
        """Stop the timer."""
        asyncio.get_running_loop().remove_reader(self._fd)
        os.close(self._fd)


@dataclass
class Result:
    """The result of a load.

    Attributes:
        samples: the latency of each answer in seconds.
        window: processor time meanwhile.
        refused: answers that were errors.
    """

    samples: list[float]
    window: Window
    refused: int = 0

    @property
    def per_second(self) -> float:
        """Answers per second."""
        return len(self.samples) / self.window.seconds


async def closed_loop(
    sockets: Sequence[Socket],
    sent: bytes,
    seconds: float,
    *servers: Child,
    answer: bytes = b"",
) -> Result:
    """Each connection sends the next request once the last is answered: the maximum throughput.

    Args:
        answer: the prefix of answers; other messages are ignored.
    """
    samples: list[float] = []
    clock = time.perf_counter
    running, refused = True, 0

    def received(socket: Socket, message: bytes) -> None:
        nonlocal refused
        now = clock()
        if not message.startswith(answer):
            return
        refused += ERROR in message
        samples.append(now - socket.tag)
        if running:
            socket.tag = now
            socket.send(sent)

    for socket in sockets:
        socket.received = received
        socket.tag = clock()
        socket.send(sent)
    await asyncio.sleep(WARM_UP_SECONDS)
    samples.clear()
    window = Window(*servers)
    await asyncio.sleep(seconds)
    window.close()
    result = Result(samples[:], window, refused)
    running = False
    await asyncio.sleep(WARM_UP_SECONDS)
    return result


def poisson(rate: float, seconds: float, seed: int = 1) -> list[float]:
    """Times of independent arrivals, on average `rate` per second."""
    chance, at, times = random.Random(seed), 0.0, []
    while (at := at + chance.expovariate(rate)) < seconds:
        times.append(at)
    return times


class OpenLoop:
    """Sends on a schedule, whether or not answers arrive; latency counts from the scheduled time,
    so that a server which stalls is charged for every request it delays."""

    def __init__(
        self, sockets: Sequence[Socket], sent: bytes, times: Sequence[float], answer: bytes
    ) -> None:
        self.samples: list[float] = []
        self.refused = 0
        self._answer = answer
        self._sent = sent
        self._times = times
        self._next = 0
        self._sockets = sockets
        self._over = asyncio.Event()
        self._alarm = Alarm(self._send_due)
        for socket in sockets:
            socket.tag = deque()
            socket.received = self._received
        self._start = time.monotonic() + 0.05
        self._alarm.set(self._start + times[0])

    def _send_due(self) -> None:
        now = time.monotonic() - self._start
        count = len(self._sockets)
        while self._next < len(self._times) and self._times[self._next] <= now:
            socket = self._sockets[self._next % count]
            socket.tag.append(self._times[self._next])
            socket.send(self._sent)
            self._next += 1
        if self._next < len(self._times):
            self._alarm.set(self._start + self._times[self._next])

    def _received(self, socket: Socket, message: bytes) -> None:
        if message.startswith(EVENTS) or not message.startswith(self._answer):
            return
        self.refused += ERROR in message
        self.samples.append(time.monotonic() - self._start - socket.tag.popleft())
        if len(self.samples) == len(self._times):
            self._over.set()

    async def finish(self) -> list[float]:
        """Wait for the last answer.

        Raises:
            TimeoutError: answers are missing.
        """
        try:
            async with asyncio.timeout(self._times[-1] + ANSWER_SECONDS):
                await self._over.wait()
        finally:
            self._alarm.close()
        return self.samples


async def open_loop(
    sockets: Sequence[Socket],
    sent: bytes,
    rate: float,
    seconds: float,
    *servers: Child,
    answer: bytes = b"",
) -> Result:
    """Send requests at a given total rate, at random times."""
    window = Window(*servers)
    load = OpenLoop(sockets, sent, poisson(rate, seconds), answer)
    samples = await load.finish()
    return Result(samples, window.close(), load.refused)
