"""The port of locks by name, for work outside of the database that must not run twice at once."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Locks(Protocol):
    """Mutual exclusion by key over all nodes.

    What only changes the database needs no lock: unique keys and transactions suffice there. If the
    holder's node dies, the lock is free again after a while.
    """

    def hold(self, key: str) -> AbstractAsyncContextManager[None]:
        """Hold the lock of a key; others that want it wait, and get it in the order they came."""
        ...
