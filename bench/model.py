"""A model in process that emits stamped tokens on time, at the lowest possible cost.

Its processor time counts as the server's, whose core it shares. Therefore one clock wakes all
streams that are due in the same millisecond, instead of one timer per token.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from math import ceil

from basicchat.domain.chat import ChatRequest, Finish, Model, ModelChunk, TextDelta
from bench.peers import STAMP, STREAM_RATE

TICKS = 1000


class Metronome:
    """Wakes all waiters that are due in the same millisecond of the loop's clock."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: defaultdict[int, list[asyncio.Future[None]]] = defaultdict(list)
        self._next = 0
        self._armed = False

    def until(self, due: float) -> asyncio.Future[None]:
        """A future that is done when the clock reaches `due`."""
        future = self._loop.create_future()
        if not self._armed:
            self._next = ceil(self._loop.time() * TICKS)
            self._arm()
        self._waiting[max(ceil(due * TICKS), self._next)].append(future)
        return future

    def _arm(self) -> None:
        self._armed = True
        self._loop.call_at(self._next / TICKS, self._ring)

    def _ring(self) -> None:
        now = self._loop.time() * TICKS
        while self._next <= now:
            for future in self._waiting.pop(self._next, ()):
                if not future.done():
                    future.set_result(None)
            self._next += 1
        self._armed = False
        if self._waiting:
            self._arm()


class StampedModel:
    """An LLM port: answers everything with `count` tokens, each stamped with its due time."""

    name = "stamped"

    def __init__(self, count: int) -> None:
        self._count = count
        self._metronome = Metronome()

    async def models(self) -> Sequence[Model]:
        """The one model."""
        return [Model(id="stamped", provider=self.name, context=8192, loaded=True)]

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ModelChunk, None]:
        """Stream the tokens."""
        start, until = asyncio.get_running_loop().time(), self._metronome.until
        for number in range(1, self._count + 1):
            due = start + number / STREAM_RATE
            await until(due)
            yield TextDelta(kind="answer", text=STAMP.format(due))
        yield Finish(reason="stop")

    async def close(self) -> None:
        """Nothing to close."""
