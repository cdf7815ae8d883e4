"""Who is here, told to those who come back to a large room: many at once, encoded once."""

import asyncio
from collections.abc import Callable, Iterable

from basicchat.domain.events import Signal
from basicchat.domain.ports import Spawn
from basicchat.domain.store import Store
from basicchat.hub.hub import Hub, Subscriber

# After a restart a thousand come back within seconds; one does not wait long for being one of them.
GATHER_SECONDS = 0.25
# In a larger room one is told of changes alone.
MOST_MEMBERS = 2_000
AT_ONCE = 50


class PresenceSync:
    """Gathers who comes back to which room, and tells them what they missed of presence.

    Args:
        here: who of these users is here, and how.
        spawn: starts the task that tells, which lives only while there is somebody to tell.
    """

    def __init__(
        self,
        hub: Hub,
        store: Store,
        here: Callable[[Iterable[str]], dict[str, dict[str, str]]],
        spawn: Spawn,
    ) -> None:
        self._hub = hub
        self._store = store
        self._here = here
        self._spawn = spawn
        self._waiting: dict[str, dict[Subscriber, None]] = {}
        self._telling = False

    def add(self, subscriber: Subscriber, stream: str) -> None:
        """Have a connection told soon who is in a room that it follows."""
        self._waiting.setdefault(stream, {})[subscriber] = None
        if not self._telling:
            self._telling = True
            self._spawn(self._tell())

    async def _tell(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(GATHER_SECONDS)
                waiting, self._waiting = self._waiting, {}
                for stream, subscribers in waiting.items():
                    await self._tell_room(stream, subscribers)
        finally:
            self._telling = False

    async def _tell_room(self, stream: str, subscribers: Iterable[Subscriber]) -> None:
        room_id = stream.partition(":")[2]
        people = await self._store.some_member_ids(room_id, MOST_MEMBERS + 1)
        if len(people) > MOST_MEMBERS:
            return
        waiting = list(subscribers)
        while waiting:
            # Anew for each portion: what changed meanwhile must not be taken back.
            here = self._here(people)
            data = {"joined": here, "left": [each for each in people if each not in here]}
            signal = Signal(stream=stream, type="presence", data=data)
            self._hub.tell_followers(waiting[:AT_ONCE], signal)
            del waiting[:AT_ONCE]
            await asyncio.sleep(0)
