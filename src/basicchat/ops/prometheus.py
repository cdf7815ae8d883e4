"""The server's metrics in Prometheus' text format.

The library is imported at the first request, because the import takes about 0.1 s.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any

from basicchat.domain.metrics import Gauge, Histogram, Metrics
from basicchat.domain.metrics_snapshot import Labels, MetricsSnapshot, Spread

# The name, help text and labels of each counter; the labels are in the order of the keys.
COUNTERS = (
    ("requests", "Requests answered, by method and outcome.", ("method", "outcome")),
    ("runs", "Runs ended, by reasoning mode and status.", ("mode", "status")),
    ("tokens", "Tokens that models read and wrote.", ("direction",)),
    ("deltas", "Pieces of text that models streamed.", ()),
    ("citations", "Citation marks in answers, by whether their source supports them.", ("fate",)),
    ("answer_cache", "Look-ups of questions in the cache of answers, by result.", ("result",)),
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


Whole = Callable[[], Awaitable[MetricsSnapshot]]
PROCESS_COUNTERS = ("process_cpu_seconds_total",)


class PrometheusExporter:
    """The page that Prometheus scrapes.

    Args:
        commits: the durations of database commits.
        gauges: functions that return current values, by the names in `GAUGES`.

    Attributes:
        whole: the numbers of all processes of the server, if there are several.
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
        self.whole: Whole | None = None

    async def page(self, accept: str) -> tuple[bytes, str]:
        """The page and its media type, in the format of an Accept header."""
        if self.whole is None:
            return await asyncio.to_thread(self._render, accept, None)
        return await asyncio.to_thread(self._render, accept, await self.whole())

    def snapshot(self) -> MetricsSnapshot:
        """The numbers of this process.

        Safe to call in a thread: it reads numbers and copies of tables.
        """
        from prometheus_client import CollectorRegistry, ProcessCollector  # noqa: PLC0415

        numbers = self._own_numbers()
        for family in ProcessCollector(registry=CollectorRegistry()).collect():
            for sample in family.samples:
                numbers.process[sample.name] = sample.value
        return numbers

    def _own_numbers(self) -> MetricsSnapshot:
        counters = {
            name: dict(_rows(getattr(self._metrics, name), labels)) for name, _, labels in COUNTERS
        }
        spreads = {
            name: {row: _spread(each) for row, each in _rows(self._spread(name), labels)}
            for name, _, labels in SPREADS
        }
        gauges = {name: dict(self._gauges[name]()) for name, _, _ in GAUGES}
        return MetricsSnapshot(counters, spreads, gauges, {})

    def _spread(self, name: str) -> Any:
        return self._commits if name == "commit_seconds" else getattr(self._metrics, name)

    def _render(self, accept: str, whole: MetricsSnapshot | None) -> tuple[bytes, str]:
        from prometheus_client import (  # noqa: PLC0415
            CollectorRegistry,
            GCCollector,
            PlatformCollector,
            ProcessCollector,
        )
        from prometheus_client.exposition import choose_encoder  # noqa: PLC0415

        registry = CollectorRegistry()
        registry.register(_Families(self._version, whole or self._own_numbers()))
        PlatformCollector(registry=registry)
        # Of several processes, the numbers of one say nothing; their sums are in the snapshot.
        if whole is None:
            ProcessCollector(registry=registry)
            GCCollector(registry=registry)
        encode, media_type = choose_encoder(accept)
        return encode(registry), media_type


class _Families:
    """The metric families of a snapshot, as the library collects them."""

    def __init__(self, version: str, numbers: MetricsSnapshot) -> None:
        self._version = version
        self._numbers = numbers

    def collect(self) -> Iterator[Any]:
        """The metric families; the library calls this."""
        from prometheus_client.core import (  # noqa: PLC0415
            CounterMetricFamily,
            GaugeMetricFamily,
            HistogramMetricFamily,
            InfoMetricFamily,
        )

        numbers = self._numbers
        yield InfoMetricFamily("basicchat", "The server.", {"version": self._version})
        for name, help_text, labels in COUNTERS:
            counter = CounterMetricFamily(f"basicchat_{name}", help_text, labels=labels)
            for values, count in numbers.counters.get(name, {}).items():
                counter.add_metric(values, count)
            yield counter
        for name, help_text, labels in SPREADS:
            spreads = HistogramMetricFamily(f"basicchat_{name}", help_text, labels=labels)
            for values, spread in numbers.spreads.get(name, {}).items():
                spreads.add_metric(values, _buckets(spread), sum_value=spread.total)
            yield spreads
        for name, help_text, label in GAUGES:
            gauge_labels = [label] if label else []
            gauge = GaugeMetricFamily(f"basicchat_{name}", help_text, labels=gauge_labels)
            for value, current in numbers.gauges.get(name, {}).items():
                gauge.add_metric([value] if label else [], current)
            yield gauge
        for name, total in numbers.process.items():
            is_counter = name in PROCESS_COUNTERS
            kind = CounterMetricFamily if is_counter else GaugeMetricFamily
            yield kind(name, "Of all processes that serve.", value=total)


def _rows(counted: Any, labels: tuple[str, ...]) -> Iterable[tuple[Labels, Any]]:
    """The label values, and the count of each."""
    if not labels:
        return [((), counted)]
    table = dict(counted)
    return [
        (tuple(str(value) for value in (key if isinstance(key, tuple) else (key,))), count)
        for key, count in table.items()
    ]


def _spread(histogram: Histogram) -> Spread:
    return Spread(histogram.bounds, tuple(histogram.counts), histogram.total)


def _buckets(spread: Spread) -> list[tuple[str, float]]:
    """Cumulative counts: how many values are less than or equal to each bound."""
    bounds = [*(str(bound) for bound in spread.bounds), "+Inf"]
    sums, total = [], 0
    for count in spread.counts:
        total += count
        sums.append(total)
    return list(zip(bounds, sums, strict=True))
