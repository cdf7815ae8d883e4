"""The numbers of a server at one moment, which several processes can add up."""

from collections.abc import Iterable
from typing import TypeVar

import msgspec

K = TypeVar("K")
# The values of the labels, in the order of the metric's labels.
Labels = tuple[str, ...]


class Spread(msgspec.Struct, frozen=True, array_like=True):
    """The state of a histogram (`domain.metrics.Histogram`)."""

    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    total: float

    def plus(self, other: "Spread") -> "Spread":
        """The histogram of the values of both."""
        counts = tuple(one + two for one, two in zip(self.counts, other.counts, strict=True))
        return Spread(self.bounds, counts, self.total + other.total)


class MetricsSnapshot(msgspec.Struct, frozen=True, array_like=True):
    """All numbers by name and labels; `process` has those of processes by name alone."""

    counters: dict[str, dict[Labels, float]] = {}
    spreads: dict[str, dict[Labels, Spread]] = {}
    gauges: dict[str, dict[str, float]] = {}
    process: dict[str, float] = {}

    def ended(self) -> "MetricsSnapshot":
        """What remains of a process that has ended: what it had counted."""
        return MetricsSnapshot(self.counters, self.spreads)


# Of several processes, the earliest.
STARTED = "process_start_time_seconds"


def added_up(snapshots: Iterable[MetricsSnapshot]) -> MetricsSnapshot:
    """The numbers of several processes together."""
    whole = MetricsSnapshot({}, {}, {}, {})
    for each in snapshots:
        for name, counted in each.counters.items():
            _add(whole.counters.setdefault(name, {}), counted)
        for name, gauge in each.gauges.items():
            _add(whole.gauges.setdefault(name, {}), gauge)
        for name, spreads in each.spreads.items():
            known = whole.spreads.setdefault(name, {})
            for labels, spread in spreads.items():
                known[labels] = known[labels].plus(spread) if labels in known else spread
        start = min(each.process.get(STARTED, 0.0), whole.process.get(STARTED, float("inf")))
        _add(whole.process, each.process)
        if STARTED in each.process:
            whole.process[STARTED] = start
    return whole


def _add(numbers: dict[K, float], more: dict[K, float]) -> None:
    for key, number in more.items():
        numbers[key] = numbers.get(key, 0) + number
