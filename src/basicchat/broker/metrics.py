"""The numbers of all workers together, which the broker gathers."""

from collections.abc import Callable
from typing import Any

import msgspec

from basicchat.broker.link import BrokerLink, BrokerLost
from basicchat.broker.messages import METRICS
from basicchat.domain.metrics_snapshot import MetricsSnapshot


class WorkerMetrics:
    """A worker's numbers, and those of all.

    Args:
        own: the numbers of this worker.
    """

    def __init__(self, link: BrokerLink, own: Callable[[], MetricsSnapshot]) -> None:
        self._link = link
        self._own = own
        link.handle(METRICS, self._handle)

    async def whole(self) -> MetricsSnapshot:
        """The numbers of all workers; only this one's if the broker does not answer."""
        own = self._own()
        try:
            whole: MetricsSnapshot = await self._link.ask(METRICS, own, MetricsSnapshot)
        except BrokerLost:
            return own
        return whole

    def leave(self) -> None:
        """Hand over what this worker has counted, because it ends."""
        self._link.post(METRICS, self._own())

    def _handle(self, body: msgspec.Raw) -> Any:
        return self._own()
