"""Numbers by key that workers tell each other, such as the connections of each address."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from basicchat.broker.link import BrokerLink
from basicchat.broker.messages import COUNTS, Counts, PeerCounts

# Changes are gathered for so long.
DELAY_SECONDS = 0.05
_decode = msgspec.msgpack.Decoder(PeerCounts).decode


class WorkerCounts:
    """The numbers of one name. Implements `domain.shared_counts.SharedCounts`.

    Args:
        send: sends changes after a while.
    """

    def __init__(self, schedule: Callable[[], None]) -> None:
        self._schedule = schedule
        self.changes: dict[str, int] = {}
        self._others: Counter[str] = Counter()
        self._by_node: dict[str, dict[str, int]] = {}

    def changed(self, key: str, count: int) -> None:
        """Tell the others this worker's number of a key."""
        self.changes[key] = count
        self._schedule()

    def elsewhere(self, key: str) -> int:
        """The sum of the other workers' numbers of a key."""
        return self._others[key]

    def take(self, node: str, counts: Mapping[str, int]) -> None:
        """Note another worker's numbers."""
        known = self._by_node.setdefault(node, {})
        for key, count in counts.items():
            self._others[key] += count - known.pop(key, 0)
            if count:
                known[key] = count
            if not self._others[key]:
                del self._others[key]

    def forget(self, node: str) -> None:
        """Forget a worker that is gone."""
        self.take(node, dict.fromkeys(self._by_node.get(node, {}), 0))
        self._by_node.pop(node, None)


class CountsExchange:
    """Everything that a worker counts together with the others."""

    def __init__(self, link: BrokerLink) -> None:
        self._link = link
        self._names: dict[str, WorkerCounts] = {}
        self._scheduled = False
        link.handle(COUNTS, self._handle)

    def of(self, name: str) -> WorkerCounts:
        """The numbers of a name."""
        if name not in self._names:
            self._names[name] = WorkerCounts(self._schedule)
        return self._names[name]

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_later(DELAY_SECONDS, self._send)

    def _send(self) -> None:
        self._scheduled = False
        for name, counts in self._names.items():
            if counts.changes:
                self._link.post(COUNTS, Counts(name, counts.changes))
                counts.changes = {}

    def _handle(self, body: msgspec.Raw) -> Any:
        message = _decode(body)
        if message.counts is None:
            for counts in self._names.values():
                counts.forget(message.node)
        else:
            self.of(message.name).take(message.node, message.counts)
        return None
