"""The port of numbers by key that the workers of a server have together, such as connections."""

from typing import Protocol


class SharedCounts(Protocol):
    """What the other workers count. It is a little late, so that counting never waits."""

    def changed(self, key: str, count: int) -> None:
        """Tell the others this worker's number of a key. Never waits."""
        ...

    def elsewhere(self, key: str) -> int:
        """The sum of the other workers' numbers of a key."""
        ...
