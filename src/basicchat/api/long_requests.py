"""Requests that last until they are ended, and what the server ends them with: their answers."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

# For answers that say nothing but that it is over. Access that was lost ends within a second.
ANSWER_SECONDS = 0.5


class LongRequest:
    """One of them, while it is being answered."""

    def __init__(self, lasting: "LongRequests") -> None:
        self._lasting = lasting
        self._woken = asyncio.Event()
        self.wake = self._woken.set

    async def woken(self) -> bool:
        """Wait until there is something to do; false if that is to end."""
        if not self._lasting.over:
            await self._woken.wait()
            self._woken.clear()
        return not self._lasting.over


class LongRequests:
    """The requests of one caller that last.

    Attributes:
        over: they are to end, each with its answer.
    """

    def __init__(self) -> None:
        self._stays: set[LongRequest] = set()
        self._none = asyncio.Event()
        self.over = False

    @contextmanager
    def stay(self) -> Iterator[LongRequest]:
        """A request that lasts, until this is left."""
        stay = LongRequest(self)
        self._stays.add(stay)
        self._none.clear()
        try:
            yield stay
        finally:
            self._stays.discard(stay)
            if not self._stays:
                self._none.set()

    def end(self) -> None:
        """Have all of them end; never waits."""
        self.over = True
        for stay in tuple(self._stays):
            stay.wake()

    async def ended(self) -> None:
        """Wait until none is left."""
        if self._stays:
            await self._none.wait()
            # Who returned last has sent the answer by the next turn.
            await asyncio.sleep(0)
