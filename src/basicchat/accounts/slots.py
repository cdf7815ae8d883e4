"""Counts the slots that are in use, by the name of their limit and by key."""

from collections import Counter
from collections.abc import Mapping


class Slots:
    """Slots in use; a key without any takes no memory."""

    def __init__(self) -> None:
        self._by_name: dict[str, Counter[str]] = {}

    def in_use(self, name: str) -> Mapping[str, int]:
        """The slots of all keys, as a live view."""
        return self._by_name.setdefault(name, Counter())

    def count(self, name: str, key: str) -> int:
        """The slots of a key."""
        return self.in_use(name)[key]

    def take(self, name: str, key: str) -> None:
        """Count one slot more."""
        self._by_name.setdefault(name, Counter())[key] += 1

    def give_back(self, name: str, key: str) -> None:
        """Count one slot less."""
        slots = self._by_name[name]
        slots[key] -= 1
        if slots[key] <= 0:
            del slots[key]

    def held(self) -> list[tuple[str, str]]:
        """All names and keys that have slots."""
        return [(name, key) for name, slots in self._by_name.items() for key in slots]
