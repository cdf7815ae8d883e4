"""Who is here: per connection, shown per user, told to the rooms that a user is in."""

import asyncio
from collections import deque
from collections.abc import Collection, Iterable
from typing import Literal

from basicchat.domain.events import Signal, room_stream
from basicchat.domain.ports import Clock, Spawn
from basicchat.domain.store import Store
from basicchat.hub.hub import Hub, Subscriber
from basicchat.hub.presence_sync import PresenceSync

Status = Literal["online", "away"]
Shown = dict[str, dict[str, str]]
# Changes are gathered so long, so that many who come at once make few signals.
GATHER_SECONDS = 0.05
# How long one may take from one poll to the next.
LINGER_SECONDS = 5.0
AT_ONCE = 20
# In how many sweeps all are looked at, and at how many users in one sweep at least.
SWEEPS_A_ROUND = 5
LEAST_PORTION = 100


class Presence:
    """Implements `hub.ConnectionObserver`: keeps who is connected, and tells of changes.

    Args:
        spawn: starts the task that tells, which lives only while there is something to tell.
        silent_seconds: a connection from which nothing came for so long counts as gone until
            something comes.
    """

    def __init__(
        self, hub: Hub, store: Store, clock: Clock, spawn: Spawn, *, silent_seconds: float
    ) -> None:
        self._hub = hub
        self._store = store
        self._clock = clock
        self._spawn = spawn
        self._silent_seconds = silent_seconds
        self._here: dict[str, dict[Subscriber, Status]] = {}
        self._silent: set[Subscriber] = set()
        self._leaving: dict[Subscriber, float] = {}
        self._round: deque[str] = deque()
        self._portion = 0
        self._told: dict[str, Status] = {}
        self._changed: dict[str, bool] = {}
        self._telling = False
        self._reminders = PresenceSync(hub, store, self.of, spawn)

    def came(self, subscriber: Subscriber) -> None:
        """A connection has begun to follow something."""
        for other in [
            each
            for each in self._leaving
            if (each.user_id, each.session_id) == (subscriber.user_id, subscriber.session_id)
        ]:
            self._remove(other)
        self._here.setdefault(subscriber.user_id, {}).setdefault(subscriber, "online")
        self._note(subscriber.user_id)

    def went(self, subscriber: Subscriber) -> None:
        """A connection is gone."""
        if subscriber not in self._here.get(subscriber.user_id, ()):
            return
        if subscriber.lingers:
            self._leaving[subscriber] = self._clock.monotonic() + LINGER_SECONDS
        else:
            self._remove(subscriber)

    def _remove(self, subscriber: Subscriber) -> None:
        self._leaving.pop(subscriber, None)
        self._silent.discard(subscriber)
        connections = self._here.get(subscriber.user_id, {})
        connections.pop(subscriber, None)
        if not connections:
            self._here.pop(subscriber.user_id, None)
        self._note(subscriber.user_id)

    def set(self, user_id: str, session_id: str, status: Status) -> None:
        """Say how a session's user is, on all its connections."""
        connections = self._here.get(user_id, {})
        for subscriber in connections:
            if subscriber.session_id == session_id:
                connections[subscriber] = status
        self._note(user_id)

    def status(self, user_id: str) -> Status | None:
        """How a user is shown: the best of their connections; None if they are not here."""
        shown: Status | None = None
        for subscriber, status in self._here.get(user_id, {}).items():
            if subscriber not in self._silent:
                if status == "online":
                    return status
                shown = status
        return shown

    def of(self, user_ids: Iterable[str]) -> Shown:
        """Those among these users who are here, and how."""
        found = ((user_id, self.status(user_id)) for user_id in user_ids)
        return {user_id: {"status": status} for user_id, status in found if status is not None}

    def remind(self, subscriber: Subscriber, stream: str) -> None:
        """Have a connection that came back told soon who is in a large room."""
        self._reminders.add(subscriber, stream)

    def tell_again(self, user_id: str) -> None:
        """A user has come into another room, where nobody has been told of them."""
        self._note(user_id, again=True)

    def sweep(self) -> None:
        """Notice who has fallen silent, who speaks again, and who did not poll again.

        Of many users it looks at some each time, so that nobody waits for it.
        """
        for subscriber in [
            each for each, until in self._leaving.items() if until <= self._clock.monotonic()
        ]:
            self._remove(subscriber)
        if not self._round:
            self._round.extend(self._here)
            self._portion = max(len(self._round) // SWEEPS_A_ROUND, LEAST_PORTION)
        for _ in range(min(self._portion, len(self._round))):
            for subscriber in self._here.get(self._round.popleft(), ()):
                self._listen(subscriber)

    def _listen(self, subscriber: Subscriber) -> None:
        if subscriber.silent_for is None:
            return
        silent = subscriber.silent_for() > self._silent_seconds
        if silent is (subscriber in self._silent):
            return
        if silent:
            self._silent.add(subscriber)
        else:
            self._silent.remove(subscriber)
        self._note(subscriber.user_id)

    def _note(self, user_id: str, *, again: bool = False) -> None:
        if not again and self.status(user_id) == self._told.get(user_id):
            return
        self._changed[user_id] = self._changed.get(user_id, False) or again
        if not self._telling:
            self._telling = True
            self._spawn(self._tell())

    async def _tell(self) -> None:
        try:
            while self._changed:
                await asyncio.sleep(GATHER_SECONDS)
                changed, self._changed = self._changed, {}
                await self._deliver(changed)
        finally:
            self._telling = False

    async def _deliver(self, changed: dict[str, bool]) -> None:
        rooms: dict[str, tuple[Shown, list[str]]] = {}
        for number, (user_id, again) in enumerate(changed.items(), 1):
            status = self.status(user_id)
            if again or status != self._told.get(user_id):
                self._remember(user_id, status)
                self._sort(rooms, user_id, status, await self._store.room_ids(user_id))
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)
        for stream, (joined, left) in rooms.items():
            data = {"joined": joined, "left": left}
            self._hub.deliver(Signal(stream=stream, type="presence", data=data))

    def _remember(self, user_id: str, status: Status | None) -> None:
        if status is None:
            self._told.pop(user_id, None)
        else:
            self._told[user_id] = status

    def _sort(
        self,
        rooms: dict[str, tuple[Shown, list[str]]],
        user_id: str,
        status: Status | None,
        room_ids: Collection[str],
    ) -> None:
        for stream in map(room_stream, room_ids):
            if self._hub.followed(stream):
                joined, left = rooms.setdefault(stream, ({}, []))
                if status is None:
                    left.append(user_id)
                else:
                    joined[user_id] = {"status": status}
