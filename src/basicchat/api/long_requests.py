"""Long-lived requests, and how the server ends them with their answers."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

# Short, because lost access must end within a second.
ANSWER_SECONDS = 0.5


class LongRequest:
    """One long-lived request."""

    def __init__(self, requests: "LongRequests") -> None:
        self._lasting = requests
        self._woken = asyncio.Event()
        self.wake = self._woken.set

    async def woken(self) -> bool:
        """Wait until woken; false if the request has to end."""
        if not self._lasting.over:
            await self._woken.wait()
            self._woken.clear()
        return not self._lasting.over


class LongRequests:
    """The long-lived requests of one caller.

    Attributes:
        over: true once all requests have to end, each with its answer.
    """

    def __init__(self) -> None:
        self._stays: set[LongRequest] = set()
        self._none = asyncio.Event()
        self.over = False

    @contextmanager
    def stay(self) -> Iterator[LongRequest]:
        """Register a request for the duration of the context."""
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
        """Wake all requests to end; never waits."""
        self.over = True
        for stay in tuple(self._stays):
            stay.wake()

    async def ended(self) -> None:
        """Wait until all have ended."""
        if self._stays:
            await self._none.wait()
            # The last one sends its answer in this turn of the loop.
            await asyncio.sleep(0)
