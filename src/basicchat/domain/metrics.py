"""Counters and histograms of a server: plain numbers, which an exporter reads on request.

Labels are names that the server itself gives: methods, modes, kinds, codes. Values that clients or
users choose are never labels, or their number would be unbounded.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping

from basicchat.domain.turns import Outcome

# Upper bounds in seconds, for quick and for slow operations.
QUICK = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
SLOW = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 180.0, 600.0, 1800.0)


class Histogram:
    """A histogram: `counts[i]` values are at most `bounds[i]` and over the bound before it.

    The last count is of the values over all bounds.
    """

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        """Count a value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


def _quick() -> Histogram:
    return Histogram(QUICK)


def _slow() -> Histogram:
    return Histogram(SLOW)


class Metrics:
    """All counters and histograms; `ops/prometheus.py` reads each under the name it has there."""

    def __init__(self) -> None:
        # by method and outcome (`ok`, or the kind of error); by method
        self.requests: Counter[tuple[str, str]] = Counter()
        self.request_seconds: defaultdict[str, Histogram] = defaultdict(_quick)
        # by mode and status; by mode
        self.runs: Counter[tuple[str, str]] = Counter()
        self.run_seconds: defaultdict[str, Histogram] = defaultdict(_slow)
        self.first_token_seconds = Histogram(SLOW)
        # by direction: `input`, `output`
        self.tokens: Counter[str] = Counter()
        self.deltas = 0
        # by result: `held`, `dropped`
        self.citations: Counter[str] = Counter()
        # by result: `hit`, `miss`
        self.answer_cache: Counter[str] = Counter()
        # by close code; by what was dropped: `signals`, `deltas`
        self.closes: Counter[int] = Counter()
        self.overflows: Counter[str] = Counter()
        # by kind and status; by kind
        self.jobs: Counter[tuple[str, str]] = Counter()
        self.job_seconds: defaultdict[str, Histogram] = defaultdict(_slow)
        self.lag_seconds = Histogram(QUICK)

    def request(self, method: str, outcome: str, seconds: float) -> None:
        """Count an answered request."""
        self.requests[method, outcome] += 1
        self.request_seconds[method].observe(seconds)

    def run(self, mode: str, outcome: Outcome, seconds: float) -> None:
        """Count a run that ended."""
        self.runs[mode, outcome.status] += 1
        self.run_seconds[mode].observe(seconds)
        if (first := outcome.timings.get("first_token_ms")) is not None:
            self.first_token_seconds.observe(first / 1000)
        if outcome.usage is not None:
            self.tokens["input"] += outcome.usage.input_tokens
            self.tokens["output"] += outcome.usage.output_tokens
        if outcome.answer is not None:
            self.citations["held"] += len(outcome.answer.citations)
            self.citations["dropped"] += outcome.answer.dropped

    def job(self, kind: str, status: str, seconds: float) -> None:
        """Count a job that ended, `seconds` after it was queued."""
        self.jobs[kind, status] += 1
        self.job_seconds[kind].observe(seconds)


# A gauge's current values by the value of its one label, computed on request.
Gauge = Callable[[], Mapping[str, float]]
