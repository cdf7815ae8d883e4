"""The rate limiter within one process."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from basicchat.accounts.slots import Slots
from basicchat.domain.ports import Clock
from basicchat.domain.rate_limits import MessageBudget, WindowLimit

if TYPE_CHECKING:
    from basicchat.accounts.sliding_window import Window

MAX_KEYS = 100_000
# How much of its budget a login may use at once.
BURST_SECONDS = 60.0
# Sums of fractions of a message are not exact.
ROUNDING_SECONDS = 1e-6


class MemoryRateLimiter:
    """Implements `domain.rate_limits.RateLimiter` within this process.

    Args:
        max_keys: how many keys each limit, and how many logins, are remembered.
    """

    def __init__(self, clock: Clock, *, max_keys: int = MAX_KEYS) -> None:
        self._clock = clock
        self._max_keys = max_keys
        # Limits have windows of their own, so that a flood of addresses evicts no account.
        self._windows: dict[WindowLimit, Window] = {}
        self._budgets: OrderedDict[str, MessageBudget] = OrderedDict()
        self._slots = Slots()

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

    async def acquire(self, name: str, key: str, limit: int) -> bool:
        """Take one of a key's slots."""
        if self._slots.count(name, key) >= limit:
            return False
        self._slots.take(name, key)
        return True

    def release(self, name: str, key: str) -> None:
        """Give a slot back."""
        self._slots.give_back(name, key)

    def slots_in_use(self, name: str) -> Mapping[str, int]:
        """The slots in use, by key."""
        return self._slots.in_use(name)

    async def slot_nodes(self, name: str, key: str) -> Sequence[str]:
        """None: this is the only node."""
        return ()

    def known_budget(self, key: str) -> MessageBudget | None:
        """The budget of a key, if there is one."""
        return self._budgets.get(key)

    def budget(self, key: str) -> MessageBudget:
        """The budget of a login."""
        budget = self._budgets.get(key)
        if budget is None:
            budget = self._budgets[key] = MessageBudget(key)
        self._budgets.move_to_end(key)
        if len(self._budgets) > self._max_keys:
            self._budgets.popitem(last=False)
        return budget

    def charge_anyway(self, key: str, cost: float) -> None:
        """Charge a budget for messages that another node has taken, in seconds."""
        budget = self.budget(key)
        budget.next_arrival = max(budget.next_arrival, self._clock.monotonic()) + cost

    def share(self, key: str, budget: MessageBudget) -> None:
        """Give another key the same budget."""
        self.budget(key)
        self._budgets[key] = budget

    def charge(self, budget: MessageBudget, interval: float, weight: float = 1.0) -> float:
        """Charge a message; 0, or the seconds to wait if the budget is used up."""
        now = self._clock.monotonic()
        arrival = max(budget.next_arrival, now)
        cost = interval * weight
        wait = arrival - now - BURST_SECONDS + cost
        if wait > ROUNDING_SECONDS:
            return wait
        budget.next_arrival = arrival + cost
        return 0.0
