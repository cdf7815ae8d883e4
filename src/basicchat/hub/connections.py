"""The connections of this node, which determine the status of its users."""

from collections import deque

from basicchat.domain.ports import Clock
from basicchat.domain.presence import PresenceStore, Status
from basicchat.hub.stream_fanout import Subscriber

# The maximum pause between two polls of a polling client.
LINGER_SECONDS = 5.0
# The number of sweeps that check all connections, and the minimum number of users per sweep.
SWEEPS_PER_ROUND = 5
MIN_USERS_PER_SWEEP = 100


class Connections:
    """Implements `streams.ConnectionObserver`: updates this node's users in the presence store.

    Args:
        silent_seconds: a connection counts as gone after this time without any data from its peer,
            until data arrives.
    """

    def __init__(self, presence: PresenceStore, clock: Clock, *, silent_seconds: float) -> None:
        self._presence = presence
        self._clock = clock
        self._silent_seconds = silent_seconds
        self._by_user: dict[str, dict[Subscriber, Status]] = {}
        self._silent: set[Subscriber] = set()
        self._lingering: dict[Subscriber, float] = {}
        self._to_sweep: deque[str] = deque()
        self._portion = 0

    def connected(self, subscriber: Subscriber) -> None:
        """A connection has subscribed to its first stream."""
        for other in [
            each
            for each in self._lingering
            if (each.user_id, each.session_id) == (subscriber.user_id, subscriber.session_id)
        ]:
            self._remove(other)
        self._by_user.setdefault(subscriber.user_id, {}).setdefault(subscriber, "online")
        self._publish(subscriber.user_id)

    def followed(self, subscriber: Subscriber, stream: str) -> None:
        """A connection has subscribed to a stream."""
        self._presence.follow(stream, subscriber.user_id)

    def unfollowed(self, subscriber: Subscriber, stream: str) -> None:
        """A connection's subscription to a stream has ended."""
        self._presence.unfollow(stream, subscriber.user_id)

    def disconnected(self, subscriber: Subscriber) -> None:
        """A connection is gone."""
        if subscriber not in self._by_user.get(subscriber.user_id, ()):
            return
        if subscriber.lingers:
            self._lingering[subscriber] = self._clock.monotonic() + LINGER_SECONDS
        else:
            self._remove(subscriber)

    def _remove(self, subscriber: Subscriber) -> None:
        self._lingering.pop(subscriber, None)
        self._silent.discard(subscriber)
        connections = self._by_user.get(subscriber.user_id, {})
        connections.pop(subscriber, None)
        if not connections:
            self._by_user.pop(subscriber.user_id, None)
        self._publish(subscriber.user_id)

    def set_status(self, user_id: str, session_id: str, status: Status) -> None:
        """Set the status of all connections of a session."""
        connections = self._by_user.get(user_id, {})
        for subscriber in connections:
            if subscriber.session_id == session_id:
                connections[subscriber] = status
        self._publish(user_id)

    def sweep(self) -> None:
        """Detect silent connections, connections that are alive again, and polls that ended.

        With many users, each sweep checks a part of them, so that it never takes long.
        """
        for subscriber in [
            each for each, until in self._lingering.items() if until <= self._clock.monotonic()
        ]:
            self._remove(subscriber)
        if not self._to_sweep:
            self._to_sweep.extend(self._by_user)
            self._portion = max(len(self._to_sweep) // SWEEPS_PER_ROUND, MIN_USERS_PER_SWEEP)
        for _ in range(min(self._portion, len(self._to_sweep))):
            for subscriber in self._by_user.get(self._to_sweep.popleft(), ()):
                self._check_silence(subscriber)

    def _check_silence(self, subscriber: Subscriber) -> None:
        if subscriber.silent_for is None:
            return
        silent = subscriber.silent_for() > self._silent_seconds
        if silent is (subscriber in self._silent):
            return
        if silent:
            self._silent.add(subscriber)
        else:
            self._silent.remove(subscriber)
        self._publish(subscriber.user_id)

    def _publish(self, user_id: str) -> None:
        """Store the best status of a user's live connections."""
        alive = (
            status
            for subscriber, status in self._by_user.get(user_id, {}).items()
            if subscriber not in self._silent
        )
        statuses: set[Status] = set(alive)
        best: Status | None = "online" if "online" in statuses else "away" if statuses else None
        self._presence.put(user_id, best)
