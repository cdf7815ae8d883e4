"""What the server counted, in Prometheus' text format.

The library is imported when somebody asks for the first time: it takes a tenth of a second.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from basicchat.domain.metrics import Gauge, Metrics, Spread

# What is kept of each counter: its name, its help, and its labels in the order of the keys.
COUNTERS = (
    ("requests", "Requests answered, by method and outcome.", ("method", "outcome")),
    ("runs", "Runs ended, by reasoning mode and status.", ("mode", "status")),
    ("tokens", "Tokens that models read and wrote.", ("direction",)),
    ("deltas", "Pieces of text that models streamed.", ()),
    ("citations", "Marks of answers that held against their source, or did not.", ("fate",)),
    ("closes", "Connections that the server closed, by close code; 4408 is a slow reader.",
     ("code",)),
    ("overflows", "Queues over their limit that lost signals, or the text of deltas.", ("lost",)),
    ("jobs", "Background jobs ended, by kind and status.", ("kind", "status")),
)  # fmt: skip
SPREADS = (
    ("request_seconds", "Time to answer a request.", ("method",)),
    ("run_seconds", "Time from a run's beginning to its end.", ("mode",)),
    ("first_token_seconds", "Time from a run's beginning to its first text.", ()),
    ("job_seconds", "Time from a job's queueing to its end.", ("kind",)),
    ("lag_seconds", "How much later than due the event loop came to its upkeep.", ()),
    ("commit_seconds", "Time that the database took to commit.", ()),
)
GAUGES = (
    ("connections", "Connections open now, by transport.", "transport"),
    ("runs_active", "Runs in progress.", ""),
    ("jobs_open", "Background jobs that wait or are at work.", "state"),
)


class PrometheusExporter:
    """The page that Prometheus scrapes.

    Args:
        commits: how long the database took to commit.
        gauges: what is now, by the names in `GAUGES`.
    """

    def __init__(
        self,
        version: str,
        metrics: Metrics,
        commits: Spread,
        gauges: Mapping[str, Gauge],
    ) -> None:
        self._version = version
        self._metrics = metrics
        self._commits = commits
        self._gauges = gauges
        self._registry: Any = None

    def render(self, accept: str) -> tuple[bytes, str]:
        """The page and its media type, in the format that an Accept header asks for.

        May be called in a thread: what is read are numbers, and copies of tables.
        """
        from prometheus_client import (  # noqa: PLC0415
            CollectorRegistry,
            GCCollector,
            PlatformCollector,
            ProcessCollector,
        )
        from prometheus_client.exposition import choose_encoder  # noqa: PLC0415

        if self._registry is None:
            self._registry = CollectorRegistry()
            self._registry.register(self)
            for collector in (ProcessCollector, PlatformCollector, GCCollector):
                collector(registry=self._registry)
        encode, media_type = choose_encoder(accept)
        return encode(self._registry), media_type

    def collect(self) -> Iterator[Any]:
        """The families of metrics, as the library asks for them."""
        from prometheus_client.core import (  # noqa: PLC0415
            CounterMetricFamily,
            GaugeMetricFamily,
            HistogramMetricFamily,
            InfoMetricFamily,
        )

        yield InfoMetricFamily("basicchat", "The server.", {"version": self._version})
        for name, told, labels in COUNTERS:
            counter = CounterMetricFamily(f"basicchat_{name}", told, labels=labels)
            for values, count in _rows(getattr(self._metrics, name), labels):
                counter.add_metric(values, count)
            yield counter
        for name, told, labels in SPREADS:
            spreads = HistogramMetricFamily(f"basicchat_{name}", told, labels=labels)
            for values, spread in _rows(self._spread(name), labels):
                spreads.add_metric(values, _buckets(spread), sum_value=spread.total)
            yield spreads
        for name, told, label in GAUGES:
            gauge = GaugeMetricFamily(f"basicchat_{name}", told, labels=[label] if label else [])
            for value, now in self._gauges[name]().items():
                gauge.add_metric([value] if label else [], now)
            yield gauge

    def _spread(self, name: str) -> Any:
        return self._commits if name == "commit_seconds" else getattr(self._metrics, name)


def _rows(counted: Any, labels: tuple[str, ...]) -> Iterable[tuple[list[str], Any]]:
    """The values of the labels, and what was counted for them."""
    if not labels:
        return [([], counted)]
    table = dict(counted)
    return [
        ([str(value) for value in (key if isinstance(key, tuple) else (key,))], count)
        for key, count in table.items()
    ]


def _buckets(spread: Spread) -> list[tuple[str, float]]:
    """How many values are at most each bound, all bounds below included."""
    bounds = [*(str(bound) for bound in spread.bounds), "+Inf"]
    sums, so_far = [], 0
    for count in list(spread.counts):
        so_far += count
        sums.append(so_far)
    return list(zip(bounds, sums, strict=True))
