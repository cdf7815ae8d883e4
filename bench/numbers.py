"""Statistics of samples. All samples are kept, so percentiles are exact."""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median


@dataclass(frozen=True)
class Spread:
    """A distribution in milliseconds."""

    count: int
    p50: float
    p90: float
    p99: float
    p999: float
    largest: float


def spread(seconds: Iterable[float]) -> Spread:
    """Summarise samples given in seconds.

    Raises:
        ValueError: there are none.
    """
    samples = array("d", sorted(seconds))
    if not samples:
        raise ValueError("nothing was measured")
    p50, p90, p99, p999 = (at_rank(samples, rank) * 1000 for rank in (0.5, 0.9, 0.99, 0.999))
    return Spread(len(samples), p50, p90, p99, p999, samples[-1] * 1000)


def at_rank(ordered: Sequence[float], rank: float) -> float:
    """The smallest sample that at least a share `rank` of all do not exceed (nearest rank)."""
    return ordered[max(ceil(rank * len(ordered)) - 1, 0)]


def best_and_median(seconds: Sequence[float]) -> str:
    """The shortest and the median, in milliseconds."""
    return f"{min(seconds) * 1000:.0f} / {median(seconds) * 1000:.0f} ms"


def ms(value: float) -> str:
    """Milliseconds with about three significant digits."""
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"
