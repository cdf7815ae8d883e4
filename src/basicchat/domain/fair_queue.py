"""A queue in which keys, such as users, share the time of what works on their items."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")


class FairQueue(Generic[Item]):
    """Waiting items, each under a key: the key that has used the least time is first.

    It is start-time fair queueing (Goyal, Vin and Cheng, 1996) with expected times that are
    corrected afterwards. A key that comes, or comes again, starts where the others are, so it has
    no credit from the time in which it needed nothing, and does not wait for keys that have used
    much. Within one key, the oldest item is first.

    Args:
        expected_seconds: estimates how long an item will take.
    """

    def __init__(self, expected_seconds: Callable[[Item], float]) -> None:
        self._expected = expected_seconds
        self._waiting: dict[str, deque[Item]] = {}
        # The time that each key has used; keys behind `_now` need no entry.
        self._used: dict[str, float] = {}
        # The time used by the key whose item was taken last.
        self._now = 0.0
        self._count = 0

    def add(self, key: str, item: Item) -> None:
        """Add an item behind the others of its key."""
        self._waiting.setdefault(key, deque()).append(item)
        self._used[key] = self._start(key)
        self._count += 1

    def take(self) -> Item | None:
        """Take the next item, and charge its key the expected time; None if the queue is empty."""
        if not self._waiting:
            return None
        key = min(self._waiting, key=self._finish)
        items = self._waiting[key]
        item = items.popleft()
        if not items:
            del self._waiting[key]
        self._count -= 1
        self._now = min(self._used[each] for each in (key, *self._waiting))
        self._used[key] += self._expected(item)
        return item

    def settle(self, key: str, item: Item, seconds: float) -> None:
        """Charge a key the time that an item took, instead of the expected time."""
        self._used[key] = self._start(key) + seconds - self._expected(item)
        for each in [one for one in self._used if one not in self._waiting]:
            if self._used[each] <= self._now:
                del self._used[each]

    def remove(self, key: str, item: Item) -> None:
        """Remove an item.

        Raises:
            KeyError: nothing waits under this key.
            ValueError: the item is not under it.
        """
        self._waiting[key].remove(item)
        self._count -= 1
        if not self._waiting[key]:
            del self._waiting[key]

    def _start(self, key: str) -> float:
        return max(self._used.get(key, 0.0), self._now)

    def _finish(self, key: str) -> float:
        return self._used[key] + self._expected(self._waiting[key][0])

    def __iter__(self) -> Iterator[Item]:
        for items in self._waiting.values():
            yield from items

    def __len__(self) -> int:
        return self._count
