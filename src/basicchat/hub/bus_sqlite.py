"""The bus between processes that share one SQLite file, which tells only that something changed.

It carries nothing: a process notices another's commits, and reads them from the log. Deltas and
signals stay within their process.
"""

from collections.abc import Awaitable, Callable

from basicchat.domain.bus import BusItem
from basicchat.hub.bus_notices import NoticeBus, poll_every

POLL_SECONDS = 0.2


class SqliteBus(NoticeBus):
    """Implements `domain.bus.Bus` by asking the database for commits of other processes.

    Args:
        changed_elsewhere: whether another process has committed since the last call.
    """

    def __init__(
        self,
        changed_elsewhere: Callable[[], Awaitable[bool]],
        *,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        super().__init__()
        self._changed_elsewhere = changed_elsewhere
        self._poll_seconds = poll_seconds

    def publish(self, topic: str, item: BusItem) -> None:
        """Do nothing: the other processes notice the commit itself."""

    async def poll(self) -> None:
        """Make all subscribers read the store, if another process has changed it."""
        if await self._changed_elsewhere():
            for topic, subscriber in tuple(self._subscribers.items()):
                subscriber.missed(topic)

    async def run(self) -> None:
        """Poll until cancelled."""
        await poll_every(self._poll_seconds, self.poll)
