"""Tells the users of this node which services it cannot reach, and when it can again.

Each connected user gets a signal on the own stream. Short failures, such as those while another
Redis server takes over, are not reported.
"""

import asyncio
from collections.abc import Callable

import structlog

from basicchat.domain.events import Signal, user_stream
from basicchat.domain.values import Value
from basicchat.hub.hub import Hub
from basicchat.hub.stream_fanout import Subscriber

log = structlog.get_logger(__name__)
EXAMINE_SECONDS = 0.5
# For how long a service must be away before users are told.
GRACE_SECONDS = 2.0
# Signals at a time; others get their turn in between.
BATCH = 500


class ServiceState(Value, frozen=True, kw_only=True):
    """What this node reaches: other nodes, over which messages come and go, and the database."""

    other_servers: bool = True
    database: bool = True

    @property
    def complete(self) -> bool:
        """Whether everything can be reached."""
        return self.other_servers and self.database


class ServiceNotices:
    """Sends the signal `service` when the state changes, and to those who connect meanwhile."""

    def __init__(self, hub: Hub, *, grace_seconds: float = GRACE_SECONDS) -> None:
        self._hub = hub
        self._grace_seconds = grace_seconds
        self.state = ServiceState()

    def tell(self, subscriber: Subscriber) -> None:
        """Tell a new connection what is away, if anything is."""
        if not self.state.complete:
            self._hub.deliver_to(subscriber, self._signal(user_stream(subscriber.user_id)))

    async def put(self, state: ServiceState) -> None:
        """Take the current state, and tell all users of this node if it has changed."""
        if state == self.state:
            return
        self.state = state
        log.info("service_state", other_servers=state.other_servers, database=state.database)
        streams = [one for one in self._hub.streams() if one.startswith("user:")]
        for first in range(0, len(streams), BATCH):
            for stream in streams[first : first + BATCH]:
                self._hub.deliver_local(self._signal(stream))
            await asyncio.sleep(0)

    def _signal(self, stream: str) -> Signal:
        state = self.state
        data = {"other_servers": state.other_servers, "database": state.database}
        return Signal(stream=stream, type="service", data=data)

    async def run(self, examine: Callable[[], ServiceState]) -> None:
        """Watch the state until cancelled."""
        loop = asyncio.get_running_loop()
        last_reached = {"other_servers": loop.time(), "database": loop.time()}
        while True:
            found = examine()
            now = loop.time()
            for name in last_reached:
                if getattr(found, name):
                    last_reached[name] = now
            reached = {name: now - at < self._grace_seconds for name, at in last_reached.items()}
            await self.put(ServiceState(**reached))
            await asyncio.sleep(EXAMINE_SECONDS)
