"""Presence at the workers of one machine: each keeps a copy of what the others tell.

Changes of one turn of the event loop are sent together. The broker keeps them, for workers that
start later, and tells the others when a worker is gone.
"""

import asyncio
from collections.abc import Collection, Set

import msgspec

from basicchat.broker.link import BrokerLink
from basicchat.broker.messages import PRESENCE, PeerPresence, PresenceChanges, PresenceLeft
from basicchat.domain.presence import Status
from basicchat.hub.presence_memory import MemoryPresence

_decode = msgspec.msgpack.Decoder(PeerPresence).decode


class BrokerPresence:
    """Implements `domain.presence.PresenceStore`."""

    def __init__(self, link: BrokerLink) -> None:
        self._link = link
        self._nodes: set[MemoryPresence] = set()
        self._own = MemoryPresence(self._nodes)
        self._peers: dict[str, MemoryPresence] = {}
        self._statuses: dict[str, Status | None] = {}
        self._follows: dict[tuple[str, str], bool] = {}
        link.handle(PRESENCE, self._handle)

    def put(self, user_id: str, status: Status | None) -> None:
        """Set a user's status on this worker; None if they have no connection to it."""
        if status != self._own.statuses.get(user_id):
            self._own.put(user_id, status)
            self._schedule()
            self._statuses[user_id] = status

    def status(self, user_id: str) -> Status | None:
        """A user's merged status; None if they are absent."""
        return self._own.status(user_id)

    def follow(self, stream: str, user_id: str) -> None:
        """Count one more connection of a user of this worker that follows a stream."""
        if user_id not in self._own.followers_here(stream):
            self._schedule()
            self._follows[stream, user_id] = True
        self._own.follow(stream, user_id)

    def unfollow(self, stream: str, user_id: str) -> None:
        """Count one less such connection."""
        followed = user_id in self._own.followers_here(stream)
        self._own.unfollow(stream, user_id)
        if followed and user_id not in self._own.followers_here(stream):
            self._schedule()
            self._follows[stream, user_id] = False

    async def followers(self, stream: str) -> Set[str]:
        """The users who follow a stream at any worker."""
        return await self._own.followers(stream)

    async def changed(self) -> None:
        """Wait until the merged status of any user has changed since `take_changes`."""
        await self._own.changed()

    def take_changes(self) -> Collection[str]:
        """The users whose merged status has changed since the last call."""
        return self._own.take_changes()

    async def run(self) -> None:
        """Wait until cancelled, then remove this worker's users."""
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self._own.leave()
            self._link.post(PRESENCE, PresenceLeft())

    def _schedule(self) -> None:
        if not self._statuses and not self._follows:
            asyncio.get_running_loop().call_soon(self._send)

    def _send(self) -> None:
        statuses, self._statuses = self._statuses, {}
        follows, self._follows = self._follows, {}
        listed = tuple((*key, begins) for key, begins in follows.items())
        self._link.post(PRESENCE, PresenceChanges(statuses, listed))

    def _handle(self, body: msgspec.Raw) -> None:
        message = _decode(body)
        peer = self._peers.get(message.node)
        if message.changes is None:
            if peer is not None:
                peer.leave()
                del self._peers[message.node]
            return
        if peer is None:
            peer = self._peers[message.node] = MemoryPresence(self._nodes)
        for user_id, status in message.changes.statuses.items():
            peer.put(user_id, status)
        for stream, user_id, begins in message.changes.follows:
            (peer.follow if begins else peer.unfollow)(stream, user_id)
        # Nobody asks the copy for its own changes.
        peer.take_changes()
