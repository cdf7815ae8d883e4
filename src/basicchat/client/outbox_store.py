"""Stores unanswered requests beyond the life of the program."""

import logging
import time
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

# The server remembers a client_msg_id for seven days; after that a request could be done twice.
MAX_AGE_SECONDS = 6 * 24 * 3600.0
log = logging.getLogger(__name__)


class QueuedItem(msgspec.Struct, frozen=True, kw_only=True):
    """A stored request.

    Attributes:
        server: the server's address.
        user: the id of the user who made it.
        id: its `client_msg_id`.
        at: when it was made, in seconds since 1970.
    """

    server: str
    user: str
    id: str
    method: str
    params: dict[str, Any]
    at: float


class QueueStorage(Protocol):
    """Stores the queue of requests so that it outlives the program.

    Failures raise OSError: BlockingIOError if another program is using the storage.
    """

    def put(self, item: QueuedItem) -> None:
        """Store an item, or replace the one with the same server, user and id."""
        ...

    def remove(self, server: str, user: str, item_id: str) -> None:
        """Remove an item if it exists."""
        ...

    def claim(self, server: str, user: str) -> list[QueuedItem]:
        """Return all items of a user for a server."""
        ...

    def close(self) -> None:
        """Release the storage to other programs; the next use opens it again."""
        ...


class OutboxStore:
    """Connects the request queue to a storage.

    A storage that fails is reported once, and the requests stay in memory only.

    Args:
        storage: None stores nothing.
        server: the server's address.
    """

    def __init__(self, storage: QueueStorage | None, server: str) -> None:
        self._storage = storage
        self._server = server
        # User and time of each stored request, by client_msg_id.
        self._stored: dict[str, tuple[str, float]] = {}
        self._latest = 0.0
        self._warned = False
        # Whether another program was using the storage at the last claim.
        self.in_use_elsewhere = False

    def put(self, user: str, method: str, params: Mapping[str, Any]) -> None:
        """Store a request of a user until it is removed."""
        if self._storage is None:
            return
        name = params["client_msg_id"]
        # Requests are sent again in the order of their times, which therefore differ.
        self._latest = max(time.time(), self._latest + 1e-6)
        _, at = self._stored.setdefault(name, (user, self._latest))
        item = QueuedItem(
            server=self._server, user=user, id=name, method=method, params=dict(params), at=at
        )
        try:
            self._storage.put(item)
        except OSError as error:
            self._failed(error)

    def remove(self, client_msg_id: str | None) -> None:
        """Remove a request that has been answered or given up."""
        stored = self._stored.pop(client_msg_id or "", None)
        if stored is not None and client_msg_id is not None:
            self._remove(stored[0], client_msg_id)

    def _remove(self, user: str, client_msg_id: str) -> None:
        if self._storage is None:
            return
        try:
            self._storage.remove(self._server, user, client_msg_id)
        except OSError as error:
            self._failed(error)

    def claim(self, user: str) -> list[QueuedItem]:
        """Take over the requests that earlier programs of a user have left, oldest first."""
        if self._storage is None:
            return []
        try:
            items = self._storage.claim(self._server, user)
        except OSError as error:
            if not self.in_use_elsewhere:
                self._failed(error)
            self.in_use_elsewhere = True
            return []
        self.in_use_elsewhere = False
        fresh = []
        for item in sorted(items, key=lambda each: each.at):
            if time.time() - item.at > MAX_AGE_SECONDS:
                self._remove(user, item.id)
            else:
                self._stored[item.id] = (user, item.at)
                fresh.append(item)
        return fresh

    def _failed(self, error: OSError) -> None:
        # A storage in use by another program is no failure; of the others one warning is enough.
        if not isinstance(error, BlockingIOError) and not self._warned:
            self._warned = True
            log.warning("requests waiting to be sent are not stored: %s", error)

    def close(self) -> None:
        """Release the storage to other programs."""
        self._stored.clear()
        if self._storage is not None:
            self._storage.close()
