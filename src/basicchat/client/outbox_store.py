"""Keeps what waits to be sent beyond the life of a program, in a storage."""

import logging
import time
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

# The server remembers a client_msg_id for seven days; later, sending again could do it again.
KEEP_SECONDS = 6 * 24 * 3600.0
log = logging.getLogger(__name__)


class QueuedItem(msgspec.Struct, frozen=True, kw_only=True):
    """A request that waits.

    Attributes:
        server: the server's address.
        user: the id of who asked.
        id: its `client_msg_id`.
        at: when it was asked, in seconds since 1970.
    """

    server: str
    user: str
    id: str
    method: str
    params: dict[str, Any]
    at: float


class QueueStorage(Protocol):
    """Where requests wait that outlive their program.

    What fails raises OSError: BlockingIOError if another program has it.
    """

    def put(self, item: QueuedItem) -> None:
        """Keep an item, or replace the one with this server, user and id."""
        ...

    def remove(self, server: str, user: str, item_id: str) -> None:
        """Forget an item, if it is there."""
        ...

    def claim(self, server: str, user: str) -> list[QueuedItem]:
        """All that a user has waiting for a server."""
        ...

    def close(self) -> None:
        """Let others have what is left; the next use opens it anew."""
        ...


class OutboxStore:
    """Stands between the queue and a storage.

    A storage that fails costs what it is for, and nothing else.

    Args:
        storage: None keeps nothing.
        server: the server's address.
    """

    def __init__(self, storage: QueueStorage | None, server: str) -> None:
        self._storage = storage
        self._server = server
        # Whose and of when what is kept is, by client_msg_id.
        self._kept: dict[str, tuple[str, float]] = {}
        self._latest = 0.0
        self._warned = False
        # Whether another program had the storage when it was last asked.
        self.missed = False

    def keep(self, user: str, method: str, params: Mapping[str, Any]) -> None:
        """Keep a request of a user until it is dropped."""
        if self._storage is None:
            return
        name = params["client_msg_id"]
        # They are sent again in this order.
        self._latest = max(time.time(), self._latest + 1e-6)
        _, at = self._kept.setdefault(name, (user, self._latest))
        item = QueuedItem(
            server=self._server, user=user, id=name, method=method, params=dict(params), at=at
        )
        try:
            self._storage.put(item)
        except OSError as error:
            self._failed(error)

    def drop(self, client_msg_id: str | None) -> None:
        """A request has been answered, or given up."""
        kept = self._kept.pop(client_msg_id or "", None)
        if kept is not None and client_msg_id is not None:
            self._remove(kept[0], client_msg_id)

    def _remove(self, user: str, client_msg_id: str) -> None:
        if self._storage is None:
            return
        try:
            self._storage.remove(self._server, user, client_msg_id)
        except OSError as error:
            self._failed(error)

    def claim(self, user: str) -> list[QueuedItem]:
        """Take over what a user's earlier programs have left, the oldest first."""
        if self._storage is None:
            return []
        try:
            items = self._storage.claim(self._server, user)
        except OSError as error:
            if not self.missed:
                self._failed(error)
            self.missed = True
            return []
        self.missed = False
        fresh = []
        for item in sorted(items, key=lambda each: each.at):
            if time.time() - item.at > KEEP_SECONDS:
                self._remove(user, item.id)
            else:
                self._kept[item.id] = (user, item.at)
                fresh.append(item)
        return fresh

    def _failed(self, error: OSError) -> None:
        # That another program is at work need worry nobody; of the rest, one warning is enough.
        if not isinstance(error, BlockingIOError) and not self._warned:
            self._warned = True
            log.warning("what waits to be sent is not kept: %s", error)

    def close(self) -> None:
        """Let others have what is left."""
        self._kept.clear()
        if self._storage is not None:
            self._storage.close()
