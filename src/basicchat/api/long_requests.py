"""Long-lived requests, and how the server ends them with their answers."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

# Short, because lost access must end within a second.
ANSWER_SECONDS = 0.5


class LongRequest:
    """One long-lived request."""

    def __init__(self, requests: "LongRequests") -> None:
        self._requests = requests
        self._woken = asyncio.Event()
        self.wake = self._woken.set

    async def woken(self) -> bool:
        """Wait until woken; false if the request has to end."""
        if not self._requests.over:
            await self._woken.wait()
            self._woken.clear()
        return not self._requests.over


class LongRequests:
    """The long-lived requests of one caller.

    Attributes:
        over: true once all requests have to end, each with its answer.
    """

    def __init__(self) -> None:
        self._open: set[LongRequest] = set()
        self._none = asyncio.Event()
        self.over = False

    @contextmanager
    def register(self) -> Iterator[LongRequest]:
        """Register a request for the duration of the context."""
        request = LongRequest(self)
        self._open.add(request)
        self._none.clear()
        try:
            yield request
        finally:
            self._open.discard(request)
            if not self._open:
                self._none.set()

    def end(self) -> None:
        """Wake all requests to end; never waits."""
        self.over = True
        for request in tuple(self._open):
            request.wake()

    async def ended(self) -> None:
        """Wait until all have ended."""
        if self._open:
            await self._none.wait()
            # The last one sends its answer in this turn of the loop.
            await asyncio.sleep(0)
