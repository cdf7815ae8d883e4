"""Which users are present on any node, and which streams they follow at this moment."""

from collections.abc import Collection, Set
from typing import Literal, Protocol

Status = Literal["online", "away"]


class PresenceStore(Protocol):
    """The presence of users, merged from all nodes.

    Each node publishes its connected users and the streams they follow; every node sees the merged
    state. Every implementation guarantees:

    - `put`, `follow`, `unfollow` and `status` never wait. A node's own changes are merged at once,
      those of other nodes after a short delay.
    - A user's merged status is the best among all nodes: online before away before absent.
    - The users of a dead node become absent within the heartbeat's deadline (15 seconds), those of
      a node whose `run` has ended become absent at once.
    - Each change of a merged status is reported once to every node, however many happen meanwhile.
    """

    def put(self, user_id: str, status: Status | None) -> None:
        """Set a user's status on this node; None if they have no connection to it."""
        ...

    def status(self, user_id: str) -> Status | None:
        """A user's merged status; None if they are absent."""
        ...

    def follow(self, stream: str, user_id: str) -> None:
        """Count one more connection of a user of this node that follows a stream."""
        ...

    def unfollow(self, stream: str, user_id: str) -> None:
        """Count one less such connection."""
        ...

    async def followers(self, stream: str) -> Set[str]:
        """The users who follow a stream on any node."""
        ...

    async def changed(self) -> None:
        """Wait until the merged status of any user has changed since `take_changes`."""
        ...

    def take_changes(self) -> Collection[str]:
        """The users whose merged status has changed since the last call."""
        ...

    async def run(self) -> None:
        """Keep this node's users present until cancelled, then remove them."""
        ...
