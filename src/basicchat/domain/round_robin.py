"""A queue in which keys, such as users, take turns."""

from collections import OrderedDict, deque
from collections.abc import Iterator
from itertools import chain
from typing import Generic, TypeVar

Item = TypeVar("Item")
# Keys that may join a round which has begun; the others wait for the next one.
MAX_ROUND_KEYS = 1000


class RoundRobin(Generic[Item]):
    """Waiting items, each under a key: keys take turns, and within one the oldest is first.

    In each round, every key has one turn. A key that comes while a round is going on joins it
    unless it has had its turn, so that it does not wait behind keys that have had theirs.
    """

    def __init__(self) -> None:
        # Keys that will have a turn in this round, and those that have to wait for the next one.
        self._round: OrderedDict[str, deque[Item]] = OrderedDict()
        self._next: OrderedDict[str, deque[Item]] = OrderedDict()
        self._served: set[str] = set()
        self._count = 0

    def add(self, key: str, item: Item) -> None:
        """Add an item behind the others of its key."""
        items = self._items(key)
        if items is None:
            joins = key not in self._served
            joins = joins and len(self._served) + len(self._round) < MAX_ROUND_KEYS
            items = (self._round if joins else self._next).setdefault(key, deque())
        items.append(item)
        self._count += 1

    def take(self) -> Item | None:
        """Take the next item, with which its key has had its turn; None if the queue is empty."""
        if not self._round:
            self._round, self._next = self._next, self._round
            self._served.clear()
        if not self._round:
            return None
        key, items = self._round.popitem(last=False)
        self._served.add(key)
        if len(items) > 1:
            self._next[key] = items
        self._count -= 1
        return items.popleft()

    def remove(self, key: str, item: Item) -> None:
        """Remove an item.

        Raises:
            KeyError: nothing waits under this key.
            ValueError: the item is not under it.
        """
        keys = self._round if key in self._round else self._next
        keys[key].remove(item)
        self._count -= 1
        if not keys[key]:
            del keys[key]

    def count(self, key: str) -> int:
        """The number of items under a key."""
        return len(self._items(key) or ())

    def _items(self, key: str) -> deque[Item] | None:
        return self._round.get(key) or self._next.get(key)

    def __iter__(self) -> Iterator[Item]:
        for items in chain(self._round.values(), self._next.values()):
            yield from items

    def __len__(self) -> int:
        return self._count
