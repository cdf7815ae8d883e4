"""Sends rooms the presence of their members."""

import asyncio
from collections.abc import Collection, Iterable, Set

import structlog

from basicchat.domain.backoff import Backoff
from basicchat.domain.errors import BasicChatError
from basicchat.domain.events import Signal, room_stream
from basicchat.domain.ports import Spawn
from basicchat.domain.presence import PresenceStore, Status
from basicchat.domain.store import Store
from basicchat.hub.hub import Hub, Subscriber
from basicchat.hub.presence_sync import PresenceSync

Shown = dict[str, dict[str, str]]
# Changes are gathered for this time, so that many users who connect at once need few signals.
GATHER_SECONDS = 0.05
YIELD_EVERY = 20
# The longest pause while the store does not answer.
MAX_PAUSE_SECONDS = 5.0
log = structlog.get_logger(__name__)


class Presence:
    """Signals each change of a user's status to the subscribers of the user's rooms on this node.

    Args:
        presence: the statuses of the users of all nodes.
        spawn: starts the task that synchronises resumed connections.
    """

    def __init__(self, hub: Hub, store: Store, presence: PresenceStore, spawn: Spawn) -> None:
        self._hub = hub
        self._store = store
        self._presence = presence
        self._announced: dict[str, Status] = {}
        self._unannounced: dict[str, None] = {}
        self._sync = PresenceSync(hub, store, self.shown, spawn)

    def status(self, user_id: str) -> Status | None:
        """A user's status; None if they are absent."""
        return self._presence.status(user_id)

    def shown(self, user_ids: Iterable[str]) -> Shown:
        """The present users among the given ones, with their status, in the wire format."""
        statuses = ((user_id, self.status(user_id)) for user_id in user_ids)
        return {user_id: {"status": status} for user_id, status in statuses if status is not None}

    async def followers(self, stream: str) -> Set[str]:
        """The users who follow a stream at this moment."""
        return await self._presence.followers(stream)

    def synchronise(self, subscriber: Subscriber, stream: str) -> None:
        """Schedule sending the presence of a large room to a resumed connection."""
        self._sync.add(subscriber, stream)

    async def run(self) -> None:
        """Announce changes until cancelled."""
        backoff = Backoff(GATHER_SECONDS, MAX_PAUSE_SECONDS)
        while True:
            if not self._unannounced:
                await self._presence.changed()
            await asyncio.sleep(GATHER_SECONDS + backoff.seconds)
            try:
                await self.announce_changes()
                backoff.succeeded()
            # Changes that are left are announced as soon as the store works again.
            except BasicChatError as error:
                log.warning("presence_not_announced", reason=error.message)
                backoff.failed()
            # Others must still be announced: this runs as long as the server.
            except Exception as error:
                log.error("presence_not_announced", exc_info=error)
                backoff.failed()

    async def announce_changes(self) -> None:
        """Announce the users whose status has changed, to the subscribers on this node."""
        self._unannounced |= dict.fromkeys(self._presence.take_changes())
        rooms: dict[str, tuple[Shown, list[str]]] = {}
        try:
            for number, user_id in enumerate(tuple(self._unannounced), 1):
                status = self.status(user_id)
                if status != self._announced.get(user_id):
                    room_ids = await self._store.room_ids(user_id)
                    self._remember(user_id, status)
                    self._add(rooms, user_id, status, room_ids)
                del self._unannounced[user_id]
                if number % YIELD_EVERY == 0:
                    await asyncio.sleep(0)
        finally:
            for stream, (joined, left) in rooms.items():
                data = {"joined": joined, "left": left}
                self._hub.deliver_local(Signal(stream=stream, type="presence", data=data))

    async def announce(self, user_id: str) -> None:
        """Announce a user who has joined a room, on all nodes."""
        shown = self.shown([user_id])
        data = {"joined": shown, "left": [] if shown else [user_id]}
        for room_id in await self._store.room_ids(user_id):
            self._hub.deliver(Signal(stream=room_stream(room_id), type="presence", data=data))

    def _remember(self, user_id: str, status: Status | None) -> None:
        if status is None:
            self._announced.pop(user_id, None)
        else:
            self._announced[user_id] = status

    def _add(
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
