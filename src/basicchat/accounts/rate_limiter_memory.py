"""The rate limiter within one process."""

from collections import Counter, OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from basicchat.domain.ports import Clock
from basicchat.domain.rate_limits import MessageBudget, WindowLimit

if TYPE_CHECKING:
    from basicchat.accounts.sliding_window import Window

MAX_KEYS = 100_000
# How much of its budget a session may use at once.
BURST_SECONDS = 60.0


class MemoryRateLimiter:
    """Implements `domain.rate_limits.RateLimiter` within this process.

    Args:
        max_keys: how many keys each limit, and how many sessions, are remembered.
    """

    def __init__(self, clock: Clock, *, max_keys: int = MAX_KEYS) -> None:
        self._clock = clock
        self._max_keys = max_keys
        # Limits have windows of their own, so that a flood of addresses evicts no account.
        self._windows: dict[WindowLimit, Window] = {}
        self._budgets: OrderedDict[str, MessageBudget] = OrderedDict()
        self._slots: dict[str, Counter[str]] = {}

    def _window(self, limit: WindowLimit) -> "Window":
        window = self._windows.get(limit)
        if window is None:
            # The `limits` library takes 0.2 s to import, which only the first hit pays.
            from basicchat.accounts.sliding_window import Window  # noqa: PLC0415

            window = self._windows[limit] = Window(limit.amount, limit.seconds, self._max_keys)
        return window

    async def hit(self, limit: WindowLimit, key: str) -> float:
        """Count a hit; 0, or the seconds to wait if it would exceed the limit."""
        return self._window(limit).hit(key)

    async def refund(self, limit: WindowLimit, key: str) -> None:
        """Count one hit less."""
        self._window(limit).refund(key)

    async def acquire(self, name: str, key: str, most: int) -> bool:
        """Take one of a key's slots."""
        slots = self._slots.setdefault(name, Counter())
        if slots[key] >= most:
            return False
        slots[key] += 1
        return True

    def release(self, name: str, key: str) -> None:
        """Give a slot back."""
        slots = self._slots[name]
        slots[key] -= 1
        if slots[key] <= 0:
            del slots[key]

    def slots_in_use(self, name: str) -> Mapping[str, int]:
        """The slots in use, by key."""
        return self._slots.setdefault(name, Counter())

    def budget(self, session_id: str) -> MessageBudget:
        """The budget of a session."""
        budget = self._budgets.setdefault(session_id, MessageBudget())
        self._budgets.move_to_end(session_id)
        if len(self._budgets) > self._max_keys:
            self._budgets.popitem(last=False)
        return budget

    def charge(self, budget: MessageBudget, interval: float, weight: float = 1.0) -> float:
        """Charge a message; 0, or the seconds to wait if the budget is used up."""
        now = self._clock.monotonic()
        arrival = max(budget.next_arrival, now)
        cost = interval * weight
        wait = arrival - now - BURST_SECONDS + cost
        if wait > 0:
            return wait
        budget.next_arrival = arrival + cost
        return 0.0
