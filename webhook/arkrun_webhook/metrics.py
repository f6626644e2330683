"""What the webhook counts; `/metrics` shows it in Prometheus' text format."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

# An answer without a look-up takes well under a millisecond; the API server gives up after 30 s.
BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Calls(Collector):
    """A counter in plain numbers.

    One thread serves, so the lock of prometheus_client's own classes would cost a small review a tenth
    of its time for nothing; the walk of its histogram through the buckets costs as much.
    """

    def __init__(
        self, name: str, meaning: str, labels: tuple[str, ...], registry: CollectorRegistry = REGISTRY
    ) -> None:
        self.labels = labels
        self._name, self._meaning = name, meaning
        self._counts: defaultdict[tuple[str, ...], int] = defaultdict(int)
        registry.register(self)

    def count(self, *labels: str) -> None:
        """Count one call."""
        self._counts[labels] += 1

    def describe(self) -> list[CounterMetricFamily]:
        """Say what is counted."""
        return [CounterMetricFamily(self._name, self._meaning, labels=self.labels)]

    def collect(self) -> Iterator[CounterMetricFamily]:
        """Give the counts."""
        (family,) = self.describe()
        for labels, count in self._counts.items():
            family.add_metric(labels, count)
        yield family


class Durations(Collector):
    """A histogram in plain numbers."""

    def __init__(
        self, name: str, meaning: str, labels: tuple[str, ...] = (), registry: CollectorRegistry = REGISTRY
    ) -> None:
        self.labels = labels
        self._name, self._meaning = name, meaning
        self._buckets: defaultdict[tuple[str, ...], list[int]] = defaultdict(_no_counts)
        self._sums: defaultdict[tuple[str, ...], float] = defaultdict(float)
        registry.register(self)
        if not labels:
            self._buckets[()] = _no_counts()  # known to be none before the first comes

    def observe(self, seconds: float, *labels: str) -> None:
        """Add one duration; a bucket holds its upper bound."""
        self._buckets[labels][bisect_left(BUCKETS, seconds)] += 1
        self._sums[labels] += seconds

    def describe(self) -> list[HistogramMetricFamily]:
        """Say what is timed."""
        return [HistogramMetricFamily(self._name, self._meaning, labels=self.labels)]

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """Give the buckets, each with all that is below it."""
        (family,) = self.describe()
        bounds = [*map(floatToGoString, BUCKETS), "+Inf"]
        for labels, counts in self._buckets.items():
            buckets = [*zip(bounds, accumulate(counts), strict=True)]
            family.add_metric(labels, buckets, self._sums[labels])
        yield family


def _no_counts() -> list[int]:
    return [0] * (len(BUCKETS) + 1)


REQUESTS = Calls(
    "arkrun_webhook_requests",
    "Calls answered, by what was decided and why.",
    ("webhook", "operation", "decision", "reason"),
)
SECONDS = Durations(
    "arkrun_webhook_request_duration_seconds", "Time from the whole body to the answer.", ("webhook",)
)
IN_FLIGHT = Gauge("arkrun_webhook_requests_in_flight", "Calls being answered.", ("webhook",))
LOOKUP_SECONDS = Durations(
    "arkrun_webhook_team_lookup_duration_seconds", "Time of one look-up of an ArkTeam."
)
LOOKUPS_SHARED = Counter(
    "arkrun_webhook_team_lookups_shared", "Calls that were served by a look-up which another had asked for."
)
PANICS = Counter(
    "arkrun_webhook_panics", "Calls refused because of a fault in the webhook itself.", ("webhook",)
)
READY = Gauge("arkrun_webhook_ready", "1 while /readyz answers 200.")
