"""Sends the presence of large rooms to resumed connections, many at once, encoded once."""

import asyncio
from collections.abc import Callable, Iterable

from basicchat.domain.backoff import Backoff
from basicchat.domain.errors import BasicChatError
from basicchat.domain.events import Signal
from basicchat.domain.ports import Spawn
from basicchat.domain.store import Store
from basicchat.hub.hub import Hub, Subscriber

# After a restart, a thousand connections may resume within seconds.
GATHER_SECONDS = 0.25
# In a larger room, connections get changes only.
MAX_MEMBERS = 2_000
BATCH = 50
# The longest pause while the store does not answer.
MAX_PAUSE_SECONDS = 5.0


class PresenceSync:
    """Gathers resumed connections, and sends the presence of a room to all of them together.

    Args:
        shown: returns the present users among the given ones, with their status.
        spawn: starts the sending task, which lives only while connections wait.
    """

    def __init__(
        self,
        hub: Hub,
        store: Store,
        shown: Callable[[Iterable[str]], dict[str, dict[str, str]]],
        spawn: Spawn,
    ) -> None:
        self._hub = hub
        self._store = store
        self._shown = shown
        self._spawn = spawn
        self._waiting: dict[str, dict[Subscriber, None]] = {}
        self._sending = False

    def add(self, subscriber: Subscriber, stream: str) -> None:
        """Schedule sending a room's presence to a connection that follows it."""
        self._waiting.setdefault(stream, {})[subscriber] = None
        if not self._sending:
            self._sending = True
            self._spawn(self._send())

    async def _send(self) -> None:
        backoff = Backoff(GATHER_SECONDS, MAX_PAUSE_SECONDS)
        try:
            while self._waiting:
                await asyncio.sleep(GATHER_SECONDS + backoff.seconds)
                for stream in tuple(self._waiting):
                    subscribers = self._waiting.pop(stream)
                    try:
                        await self._send_to_room(stream, subscribers)
                        backoff.succeeded()
                    # They wait until the store works again; those that leave are skipped.
                    except BasicChatError:
                        self._waiting.setdefault(stream, {}).update(subscribers)
                        backoff.failed()
        finally:
            self._sending = False

    async def _send_to_room(self, stream: str, subscribers: Iterable[Subscriber]) -> None:
        room_id = stream.partition(":")[2]
        member_ids = await self._store.some_member_ids(room_id, MAX_MEMBERS + 1)
        if len(member_ids) > MAX_MEMBERS:
            return
        waiting = list(subscribers)
        while waiting:
            # Looked up again for each batch, because it may have changed in the meantime.
            present = self._shown(member_ids)
            data = {"joined": present, "left": [each for each in member_ids if each not in present]}
            signal = Signal(stream=stream, type="presence", data=data)
            self._hub.deliver_to_followers(waiting[:BATCH], signal)
            del waiting[:BATCH]
            await asyncio.sleep(0)
