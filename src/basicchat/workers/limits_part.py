"""The broker's part of the rate limiter: it counts hits and slots for all workers."""

from collections import Counter

import msgspec

from basicchat.accounts.rate_limiter_memory import MemoryRateLimiter
from basicchat.broker.messages import (
    LIMITS,
    Acquire,
    Charges,
    Hit,
    LimitsToBroker,
    Refund,
    ReleaseSlot,
    SlotNodes,
)
from basicchat.domain.ports import Clock
from basicchat.workers.at_once import at_once
from basicchat.workers.nodes import Node, Reply

_decode = msgspec.msgpack.Decoder(LimitsToBroker).decode


class LimitsPart:
    """Implements `workers.nodes.Part`."""

    def __init__(self, clock: Clock) -> None:
        self._limiter = MemoryRateLimiter(clock)
        # The slots of each worker, by name and key.
        self._slots: dict[Node, Counter[tuple[str, str]]] = {}

    def joined(self, node: Node) -> None:
        """Begin to count a worker's slots."""
        self._slots[node] = Counter()

    def received(self, node: Node, body: msgspec.Raw, reply: Reply) -> None:
        """Take a worker's message."""
        match _decode(body):
            case Hit(limit, key):
                reply(at_once(self._limiter.hit(limit, key)))
            case Refund(limit, key):
                reply(at_once(self._limiter.refund(limit, key)))
            case Acquire(name, key, most):
                taken = at_once(self._limiter.acquire(name, key, most))
                if taken:
                    self._slots[node][name, key] += 1
                reply(taken)
            case ReleaseSlot(name, key):
                self._release(node, name, key)
            case SlotNodes(name, key):
                others = [each for each, slots in self._slots.items() if slots[name, key]]
                reply([each.name for each in others if each is not node])
            case Charges():
                for other in self._slots:
                    if other is not node:
                        other.post(LIMITS, body)

    def _release(self, node: Node, name: str, key: str) -> None:
        slots = self._slots[node]
        # A worker also gives back what it was refused without having heard of it.
        if slots[name, key] > 0:
            self._limiter.release(name, key)
            slots[name, key] -= 1
        if not slots[name, key]:
            del slots[name, key]

    def left(self, node: Node) -> None:
        """Free a worker's slots."""
        for (name, key), slots in self._slots.pop(node, Counter()).items():
            for _ in range(slots):
                self._limiter.release(name, key)
