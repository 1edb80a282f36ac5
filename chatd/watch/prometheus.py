"""The figures of a daemon as Prometheus reads them; the one place that needs prometheus-client."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from chatd.watch.figures import Family
from chatd.watch.times import Times

CONTENT_TYPE = CONTENT_TYPE_LATEST
_KINDS: dict[str, Any] = {"gauge": GaugeMetricFamily, "counter": CounterMetricFamily}


class Exposition:
    """Writes down what `families` gives at that moment, from a registry of its own."""

    def __init__(self, families: Callable[[], Sequence[Family]]) -> None:
        self._families = families
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def collect(self) -> Iterator[Metric]:
        """Called by the registry."""
        return map(_metric, self._families())

    def text(self) -> bytes:
        """All figures, in the text format."""
        return generate_latest(self._registry)


def _metric(family: Family) -> Metric:
    if family.kind == "histogram":
        histogram = HistogramMetricFamily(family.name, family.help, labels=family.labels)
        for labels, times in family.samples:
            if isinstance(times, Times):
                histogram.add_metric(labels, _buckets(times), times.sum)
        return histogram
    metric: Any = _KINDS[family.kind](family.name, family.help, labels=family.labels)
    for labels, value in family.samples:
        metric.add_metric(labels, value)
    return metric  # type: ignore[no-any-return]


def _buckets(times: Times) -> list[tuple[str, float]]:
    """Each bound with how many were not over it."""
    buckets, count = [], 0
    for bound, more in zip([*map(str, times.bounds), "+Inf"], times.counts, strict=True):
        count += more
        buckets.append((bound, float(count)))
    return buckets
