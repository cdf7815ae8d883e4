"""The server's metrics in Prometheus' text format.

The library is imported at the first request, because the import takes about 0.1 s.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from basicchat.domain.metrics import Gauge, Histogram, Metrics

# The name, help text and labels of each counter; the labels are in the order of the keys.
COUNTERS = (
    ("requests", "Requests answered, by method and outcome.", ("method", "outcome")),
    ("runs", "Runs ended, by reasoning mode and status.", ("mode", "status")),
    ("tokens", "Tokens that models read and wrote.", ("direction",)),
    ("deltas", "Pieces of text that models streamed.", ()),
    ("citations", "Citation marks in answers, by whether their source supports them.", ("fate",)),
    ("closes", "Connections that the server closed, by close code; 4408 is a slow reader.",
     ("code",)),
    ("overflows", "Queue overflows that dropped signals or the text of deltas.", ("lost",)),
    ("jobs", "Background jobs ended, by kind and status.", ("kind", "status")),
)  # fmt: skip
SPREADS = (
    ("request_seconds", "Time to answer a request.", ("method",)),
    ("run_seconds", "Time from the start of a run to its end.", ("mode",)),
    ("first_token_seconds", "Time from the start of a run to its first text.", ()),
    ("job_seconds", "Time from the queueing of a job to its end.", ("kind",)),
    ("lag_seconds", "Delay of the event loop's periodic maintenance.", ()),
    ("commit_seconds", "Duration of database commits.", ()),
)
GAUGES = (
    ("connections", "Connections open now, by transport.", "transport"),
    ("runs_active", "Runs in progress.", ""),
    ("jobs_open", "Background jobs that are queued or running.", "state"),
)


class PrometheusExporter:
    """The page that Prometheus scrapes.

    Args:
        commits: the durations of database commits.
        gauges: functions that return current values, by the names in `GAUGES`.
    """

    def __init__(
        self,
        version: str,
        metrics: Metrics,
        commits: Histogram,
        gauges: Mapping[str, Gauge],
    ) -> None:
        self._version = version
        self._metrics = metrics
        self._commits = commits
        self._gauges = gauges
        self._registry: Any = None

    def render(self, accept: str) -> tuple[bytes, str]:
        """The page and its media type, in the format of an Accept header.

        Safe to call in a thread: it reads numbers and copies of tables.
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
        """The metric families; the library calls this."""
        from prometheus_client.core import (  # noqa: PLC0415
            CounterMetricFamily,
            GaugeMetricFamily,
            HistogramMetricFamily,
            InfoMetricFamily,
        )

        yield InfoMetricFamily("basicchat", "The server.", {"version": self._version})
        for name, help_text, labels in COUNTERS:
            counter = CounterMetricFamily(f"basicchat_{name}", help_text, labels=labels)
            for values, count in _rows(getattr(self._metrics, name), labels):
                counter.add_metric(values, count)
            yield counter
        for name, help_text, labels in SPREADS:
            spreads = HistogramMetricFamily(f"basicchat_{name}", help_text, labels=labels)
            for values, spread in _rows(self._spread(name), labels):
                spreads.add_metric(values, _buckets(spread), sum_value=spread.total)
            yield spreads
        for name, help_text, label in GAUGES:
            gauge_labels = [label] if label else []
            gauge = GaugeMetricFamily(f"basicchat_{name}", help_text, labels=gauge_labels)
            for value, current in self._gauges[name]().items():
                gauge.add_metric([value] if label else [], current)
            yield gauge

    def _spread(self, name: str) -> Any:
        return self._commits if name == "commit_seconds" else getattr(self._metrics, name)


def _rows(counted: Any, labels: tuple[str, ...]) -> Iterable[tuple[list[str], Any]]:
    """The label values, and the count of each."""
    if not labels:
        return [([], counted)]
    table = dict(counted)
    return [
        ([str(value) for value in (key if isinstance(key, tuple) else (key,))], count)
        for key, count in table.items()
    ]


def _buckets(spread: Histogram) -> list[tuple[str, float]]:
    """Cumulative counts: how many values are less than or equal to each bound."""
    bounds = [*(str(bound) for bound in spread.bounds), "+Inf"]
    sums, total = [], 0
    for count in list(spread.counts):
        total += count
        sums.append(total)
    return list(zip(bounds, sums, strict=True))
