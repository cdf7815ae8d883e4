"""The rate limiter that the workers of one machine share; the broker counts.

Messages are charged here, so that nothing waits, and shortly afterwards at the other workers, too.
"""

from collections.abc import Mapping, Sequence

import msgspec

from basicchat.accounts.rate_limiter_memory import MemoryRateLimiter
from basicchat.accounts.shared_charges import Costs, SharedCharges
from basicchat.accounts.slots import Slots
from basicchat.broker.link import BrokerLink
from basicchat.broker.messages import LIMITS, Acquire, Charges, Hit, Refund, ReleaseSlot, SlotNodes
from basicchat.domain.rate_limits import MessageBudget, WindowLimit

# Charges are gathered for so long.
DELAY_SECONDS = 0.05
_decode = msgspec.msgpack.Decoder(Charges).decode


class BrokerRateLimiter:
    """Implements `domain.rate_limits.RateLimiter`.

    Args:
        local: counts messages.
    """

    def __init__(self, link: BrokerLink, local: MemoryRateLimiter) -> None:
        self._link = link
        self._local = local
        # Those of this worker.
        self._slots = Slots()
        self._charges = SharedCharges(local, self._send, DELAY_SECONDS)
        link.handle(LIMITS, self._handle)

    async def hit(self, limit: WindowLimit, key: str) -> float:
        """Count a hit; 0, or the seconds to wait if it would exceed the limit."""
        return float(await self._link.ask(LIMITS, Hit(limit, key), float))

    async def refund(self, limit: WindowLimit, key: str) -> None:
        """Count one hit less."""
        await self._link.ask(LIMITS, Refund(limit, key), None)

    async def acquire(self, name: str, key: str, limit: int) -> bool:
        """Take one of a key's slots."""
        try:
            if not await self._link.ask(LIMITS, Acquire(name, key, limit), bool):
                return False
        except BaseException:
            # The broker takes messages in order: it gives back what it may have given.
            self._link.post(LIMITS, ReleaseSlot(name, key))
            raise
        self._slots.take(name, key)
        return True

    def release(self, name: str, key: str) -> None:
        """Give a slot back."""
        self._slots.give_back(name, key)
        self._link.post(LIMITS, ReleaseSlot(name, key))

    def slots_in_use(self, name: str) -> Mapping[str, int]:
        """The slots of this worker, by key."""
        return self._slots.in_use(name)

    async def slot_nodes(self, name: str, key: str) -> Sequence[str]:
        """The other workers that have slots of a key."""
        return list(await self._link.ask(LIMITS, SlotNodes(name, key), list[str]))

    def known_budget(self, key: str) -> MessageBudget | None:
        """The budget of a key, if this worker has one."""
        return self._local.known_budget(key)

    def budget(self, key: str) -> MessageBudget:
        """The budget of a login."""
        return self._local.budget(key)

    def share(self, key: str, budget: MessageBudget) -> None:
        """Give another key the same budget."""
        self._local.share(key, budget)

    def charge(self, budget: MessageBudget, interval: float, weight: float = 1.0) -> float:
        """Charge a message; 0, or the seconds to wait if the budget is used up."""
        return self._charges.charge(budget, interval, weight)

    def _send(self, costs: Costs) -> None:
        self._link.post(LIMITS, Charges(costs))

    def _handle(self, body: msgspec.Raw) -> None:
        self._charges.received(_decode(body).costs)
