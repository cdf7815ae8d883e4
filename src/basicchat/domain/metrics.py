"""What a server counts of itself. Plain numbers: whoever wants them reads them when asked.

Labels are names that the server itself gives: methods, modes, kinds, codes. What clients and users
choose is no label, or anyone could make as many as they like.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping

from basicchat.domain.turns import Outcome

# Upper bounds in seconds, for what takes a moment, and for what takes a while.
QUICK = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
SLOW = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 180.0, 600.0, 1800.0)


class Spread:
    """How values spread over buckets: `counts[i]` of them are at most `bounds[i]`, and over the
    bound before; the last are over all bounds."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def take(self, value: float) -> None:
        """Count a value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


def _quick() -> Spread:
    return Spread(QUICK)


def _slow() -> Spread:
    return Spread(SLOW)


class Metrics:
    """All that is counted; each is read by the name it has in `ops/prometheus.py`."""

    def __init__(self) -> None:
        # by method and outcome (`ok`, or the kind of error); by method
        self.requests: Counter[tuple[str, str]] = Counter()
        self.request_seconds: defaultdict[str, Spread] = defaultdict(_quick)
        # by mode and status; by mode
        self.runs: Counter[tuple[str, str]] = Counter()
        self.run_seconds: defaultdict[str, Spread] = defaultdict(_slow)
        self.first_token_seconds = Spread(SLOW)
        # by direction: `input`, `output`
        self.tokens: Counter[str] = Counter()
        self.deltas = 0
        # by fate: `held`, `dropped`
        self.citations: Counter[str] = Counter()
        # by close code; by what was dropped: `signals`, `deltas`
        self.closes: Counter[int] = Counter()
        self.overflows: Counter[str] = Counter()
        # by kind and status; by kind
        self.jobs: Counter[tuple[str, str]] = Counter()
        self.job_seconds: defaultdict[str, Spread] = defaultdict(_slow)
        self.lag_seconds = Spread(QUICK)

    def request(self, method: str, outcome: str, seconds: float) -> None:
        """A request was answered."""
        self.requests[method, outcome] += 1
        self.request_seconds[method].take(seconds)

    def run(self, mode: str, outcome: Outcome, seconds: float) -> None:
        """A run ended."""
        self.runs[mode, outcome.status] += 1
        self.run_seconds[mode].take(seconds)
        if (first := outcome.timings.get("first_token_ms")) is not None:
            self.first_token_seconds.take(first / 1000)
        if outcome.usage is not None:
            self.tokens["input"] += outcome.usage.input_tokens
            self.tokens["output"] += outcome.usage.output_tokens
        if outcome.answer is not None:
            self.citations["held"] += len(outcome.answer.citations)
            self.citations["dropped"] += outcome.answer.dropped

    def job(self, kind: str, status: str, seconds: float) -> None:
        """A job ended, so long after it was queued."""
        self.jobs[kind, status] += 1
        self.job_seconds[kind].take(seconds)


# What is now, by the value of a gauge's one label; asked for when somebody looks.
Gauge = Callable[[], Mapping[str, float]]
