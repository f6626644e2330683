"""From samples to figures: medians over the rounds, ratios round by round."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from bench.measure import Sample

Case = tuple[str, int, int]
"""Operation, kilobytes, connections."""


@dataclass(frozen=True)
class Row:
    """One case: what each server did, by its name; `ratio` is ours over theirs."""

    operation: str
    kilobytes: int
    connections: int
    requests_per_second: dict[str, float]
    p50_ms: dict[str, float]
    p99_ms: dict[str, float]
    cpu_us: dict[str, float]
    ratio: dict[str, float]
    cpu_ratio: dict[str, float]


def rows(samples: Iterable[Sample]) -> list[Row]:
    """Sum the samples up, in the order in which they came."""
    cases: dict[Case, dict[str, list[Sample]]] = defaultdict(lambda: defaultdict(list))
    for one in samples:
        cases[one.operation, one.kilobytes, one.connections][one.server].append(one)
    return [_row(case, by_server) for case, by_server in cases.items()]


def _row(case: Case, by_server: dict[str, list[Sample]]) -> Row:
    def middle(name: str) -> dict[str, float]:
        return {
            server: round(median(getattr(one, name) for one in held), 3) for server, held in by_server.items()
        }

    return Row(
        *case,
        requests_per_second=middle("requests_per_second"),
        p50_ms=middle("p50_ms"),
        p99_ms=middle("p99_ms"),
        cpu_us=middle("cpu_us"),
        ratio=_ratios(by_server, "requests_per_second"),
        cpu_ratio={name: round(1 / value, 3) for name, value in _ratios(by_server, "cpu_us").items()},
    )


def _ratios(by_server: dict[str, list[Sample]], name: str) -> dict[str, float]:
    """Compare slices that were neighbours in time, then take the middle of those ratios."""
    ours = {one.round: getattr(one, name) for one in by_server.get("ours", ())}
    ratios = {
        server: [ours[one.round] / getattr(one, name) for one in held if one.round in ours]
        for server, held in by_server.items()
        if server != "ours"
    }
    return {server: round(median(values), 3) for server, values in ratios.items() if values}
