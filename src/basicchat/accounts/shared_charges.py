"""Charges of messages, which each node counts at once and tells the others shortly afterwards."""

import asyncio
from collections.abc import Callable, Mapping

from basicchat.accounts.rate_limiter_memory import MemoryRateLimiter
from basicchat.domain.rate_limits import MessageBudget

# In seconds, by the key of the budget.
Costs = Mapping[str, float]


class SharedCharges:
    """The message budgets of one node, which include what was charged at the others.

    Args:
        local: has the budgets.
        send: sends what was charged here to the other nodes. Never waits.
        delay_seconds: for how long charges are gathered.
    """

    def __init__(
        self, local: MemoryRateLimiter, send: Callable[[Costs], None], delay_seconds: float
    ) -> None:
        self._local = local
        self._send = send
        self._delay_seconds = delay_seconds
        # What was charged here and the other nodes do not know yet.
        self._charges: dict[str, float] = {}

    def charge(self, budget: MessageBudget, interval: float, weight: float) -> float:
        """Charge a message; 0, or the seconds to wait if the budget is used up."""
        wait = self._local.charge(budget, interval, weight)
        # Before its hello, a connection has a budget of its own.
        if not wait and budget.key:
            if not self._charges:
                asyncio.get_running_loop().call_later(self._delay_seconds, self._flush)
            cost = interval * weight
            self._charges[budget.key] = self._charges.get(budget.key, 0.0) + cost
        return wait

    def received(self, costs: Costs) -> None:
        """Charge what another node has sent."""
        for key, cost in costs.items():
            self._local.charge_anyway(key, cost)

    def _flush(self) -> None:
        charges, self._charges = self._charges, {}
        self._send(charges)
