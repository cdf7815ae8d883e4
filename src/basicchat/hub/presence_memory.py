"""Presence within one process: for a single node, and for several in tests."""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Set

from basicchat.domain.presence import Status


class MemoryPresence:
    """Implements `domain.presence.PresenceStore` for one node.

    Args:
        nodes: the nodes of the same process, which share their presence.
    """

    def __init__(self, nodes: "set[MemoryPresence] | None" = None) -> None:
        self._nodes = set() if nodes is None else nodes
        self._nodes.add(self)
        self._statuses: dict[str, Status] = {}
        self._following: dict[str, Counter[str]] = {}
        self._changes: dict[str, None] = {}
        self._wake = asyncio.Event()

    def put(self, user_id: str, status: Status | None) -> None:
        """Set a user's status on this node; None if they have no connection to it."""
        if status == self._statuses.get(user_id):
            return
        if status is None:
            del self._statuses[user_id]
        else:
            self._statuses[user_id] = status
        for node in self._nodes:
            node.note(user_id)

    def note(self, user_id: str) -> None:
        """Report that a user's status has changed on some node."""
        self._changes[user_id] = None
        self._wake.set()

    def status(self, user_id: str) -> Status | None:
        """A user's merged status; None if they are absent."""
        best: Status | None = None
        for node in self._nodes:
            status = node._statuses.get(user_id)
            if status == "online":
                return status
            best = status or best
        return best

    def follow(self, stream: str, user_id: str) -> None:
        """Count one more connection of a user of this node that follows a stream."""
        following = self._following.get(stream)
        if following is None:
            following = self._following[stream] = Counter()
        following[user_id] += 1

    def unfollow(self, stream: str, user_id: str) -> None:
        """Count one less such connection."""
        following = self._following.get(stream)
        if following is None:
            return
        following[user_id] -= 1
        if following[user_id] <= 0:
            del following[user_id]
        if not following:
            del self._following[stream]

    @property
    def statuses(self) -> Mapping[str, Status]:
        """The users of this node with their status."""
        return self._statuses

    @property
    def followed(self) -> Collection[str]:
        """The streams that users of this node follow."""
        return self._following.keys()

    def followers_here(self, stream: str) -> Set[str]:
        """The users who follow a stream on this node."""
        following = self._following.get(stream)
        return frozenset() if following is None else following.keys()

    async def followers(self, stream: str) -> Set[str]:
        """The users who follow a stream on any node."""
        following = [node._following[stream] for node in self._nodes if stream in node._following]
        return following[0].keys() if len(following) == 1 else set().union(*following)

    async def changed(self) -> None:
        """Wait until the merged status of any user has changed since `take_changes`."""
        await self._wake.wait()

    def take_changes(self) -> Collection[str]:
        """The users whose merged status has changed since the last call."""
        self._wake.clear()
        changes, self._changes = self._changes, {}
        return changes

    async def run(self) -> None:
        """Wait until cancelled, then remove this node's users."""
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self.leave()

    def leave(self) -> None:
        """Remove this node's users."""
        self._nodes.discard(self)
        for user_id in self._statuses:
            for node in self._nodes:
                node.note(user_id)
