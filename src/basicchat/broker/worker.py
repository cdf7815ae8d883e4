"""One worker's place among the processes of its server, and what its supervisor tells it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal

import msgspec

from basicchat.broker.counts import CountsExchange
from basicchat.broker.frames import Welcome
from basicchat.broker.link import BrokerLink
from basicchat.broker.messages import (
    CONTROL,
    ControlToWorker,
    Count,
    Failed,
    Lead,
    Ready,
    Stop,
)
from basicchat.broker.metrics import WorkerMetrics
from basicchat.domain.metrics_snapshot import MetricsSnapshot
from basicchat.domain.shared_counts import SharedCounts

Stopping = Literal["grace", "drain", "now"]
_decode = msgspec.msgpack.Decoder(ControlToWorker).decode


class Worker:
    """A worker's place.

    Attributes:
        number: its number, from 1; its replacement has the same.
        workers: how many there are to be.
        first: whether it recovers what an earlier server left.
        leading: set once it does what one of the workers has to do for all.
        left: set whenever workers are gone whose runs this one has to end.
    """

    def __init__(self, link: BrokerLink, welcome: Welcome) -> None:
        self.link = link
        self.number = welcome.slot
        self.workers = welcome.workers
        self.first = welcome.first
        self.leading = asyncio.Event()
        self.left = asyncio.Event()
        self._gone: list[str] = []
        self._counts = CountsExchange(link)
        # Hands over what this worker has counted.
        self.leave: Callable[[], None] = lambda: None
        self._stop: Callable[[Stopping], None] | None = None
        # A request to stop that came before there was anything to stop.
        self._stopping: Stopping | None = None
        link.handle(CONTROL, self._handle)
        # The supervisor is gone: nobody restarts this worker, or connects it to others.
        link.on_lost = lambda: self._request_stop("grace")

    def shared_counts(self, name: str) -> SharedCounts:
        """Numbers by key that the workers tell each other under a name."""
        return self._counts.of(name)

    def share_metrics(
        self, own: Callable[[], MetricsSnapshot]
    ) -> Callable[[], Awaitable[MetricsSnapshot]]:
        """Add this worker's numbers to those of all, and return what asks for these."""
        metrics = WorkerMetrics(self.link, own)
        self.leave = metrics.leave
        return metrics.whole

    def ready(self, lines: Sequence[str]) -> None:
        """Report that it serves, with the lines for the user who has started the server."""
        self.link.post(CONTROL, Ready(tuple(lines)))

    async def serving(self) -> int:
        """How many workers serve.

        Raises:
            BrokerLost: the supervisor does not answer.
        """
        return int(await self.link.ask(CONTROL, Count(), int))

    def failed(self, message: str, hint: str | None) -> None:
        """Report that it cannot start."""
        self.link.post(CONTROL, Failed(message, hint))

    def take_gone(self) -> Sequence[str]:
        """The names of the workers that are gone since the last call."""
        gone, self._gone = self._gone, []
        self.left.clear()
        return gone

    def on_stop(self, stop: Callable[[Stopping], None]) -> None:
        """Have a function called when it is to stop."""
        self._stop = stop
        if self._stopping is not None:
            stop(self._stopping)

    def _handle(self, body: msgspec.Raw) -> Any:
        message = _decode(body)
        if isinstance(message, Lead):
            self._gone += message.gone
            self.leading.set()
            self.left.set()
        elif isinstance(message, Stop):
            self._request_stop(message.how)
        return None

    def _request_stop(self, how: Stopping) -> None:
        self._stopping = how
        if self._stop is not None:
            self._stop(how)
