"""The rate limiter's port: counts that all nodes of a server share."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from basicchat.domain.values import Value


class WindowLimit(Value, frozen=True, kw_only=True):
    """At limit `amount` hits of each key within `seconds`; each name counts separately."""

    name: str
    amount: int
    seconds: int


class MessageBudget:
    """The state of one login's message rate (generic cell rate algorithm, ITU-T I.371).

    Attributes:
        key: the key for which it was made.
        next_arrival: theoretical arrival time of the next message, in seconds of the monotonic
            clock.
    """

    __slots__ = ("key", "next_arrival")

    def __init__(self, key: str = "") -> None:
        self.key = key
        self.next_arrival = 0.0


class RateLimiter(Protocol):
    """Counts hits in sliding windows, slots in use, and messages.

    Windows and slots are exact over all nodes. Message budgets are kept on each node, so that
    charging a message never waits; the other nodes are told of it within a quarter of a second.
    Memory is bounded: the least recently used key is evicted.
    """

    async def hit(self, limit: WindowLimit, key: str) -> float:
        """Count a hit.

        Returns:
            0 if the hit was counted, else the seconds to wait; then it was not counted.
        """
        ...

    async def refund(self, limit: WindowLimit, key: str) -> None:
        """Undo one hit; the count never becomes negative."""
        ...

    async def acquire(self, name: str, key: str, limit: int) -> bool:
        """Take one of the `limit` slots of a key; False if all are in use."""
        ...

    def release(self, name: str, key: str) -> None:
        """Give a slot back. Never waits, so it is safe while a task is being cancelled."""
        ...

    def slots_in_use(self, name: str) -> Mapping[str, int]:
        """The slots that this node has taken, by key; keys without any are absent."""
        ...

    async def slot_nodes(self, name: str, key: str) -> Sequence[str]:
        """The names of the other nodes that have slots of a key in use."""
        ...

    def budget(self, key: str) -> MessageBudget:
        """The budget that all connections of a login share."""
        ...

    def known_budget(self, key: str) -> MessageBudget | None:
        """The budget of a key, if this node has one for it."""
        ...

    def share(self, key: str, budget: MessageBudget) -> None:
        """Give another key the same budget."""
        ...

    def charge(self, budget: MessageBudget, interval: float, weight: float = 1.0) -> float:
        """Charge a message. Never waits.

        Args:
            interval: seconds for each message; 60 seconds' worth may come at once.
            weight: the number of messages that this one counts as.

        Returns:
            0 if the message was charged, else the seconds to wait; then it was not charged.
        """
        ...
