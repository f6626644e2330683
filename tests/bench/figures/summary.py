"""The costs of each variant, and the ratios of our webhooks to the null pair."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from bench.clients import percentile
from bench.measure import Sample


@dataclass(frozen=True)
class Figure:
    """The sum of a variant's turns in a case: processor time in ms per create, by process."""

    clients: int
    kilobytes: int
    variant: str
    p50_ms: float
    p99_ms: float
    per_second: float
    cpu_ms: dict[str, float]


@dataclass(frozen=True)
class Ratio:
    """The cost of our webhooks relative to the null pair's, in one case."""

    clients: int
    kilobytes: int
    cpu: float
    p50: float


def figures(samples: Iterable[Sample]) -> list[Figure]:
    """Sum up the turns of each variant in each case, in order of first occurrence."""
    groups: dict[tuple[int, int, str], list[Sample]] = defaultdict(list)
    for sample in samples:
        groups[sample.clients, sample.kilobytes, sample.variant].append(sample)
    return [_figure(*key, turns) for key, turns in groups.items()]


def ratios(samples: Iterable[Sample]) -> list[Ratio]:
    """Return the median of the ratios between turns of the same round, which are close in time."""
    cases: dict[tuple[int, int], dict[int, dict[str, Sample]]] = defaultdict(lambda: defaultdict(dict))
    for sample in samples:
        cases[sample.clients, sample.kilobytes][sample.round][sample.variant] = sample
    return [_ratio(*case, [*rounds.values()]) for case, rounds in cases.items()]


def _figure(clients: int, kilobytes: int, variant: str, turns: Sequence[Sample]) -> Figure:
    times = sorted(time for turn in turns for time in turn.milliseconds)
    spent = {name: sum(turn.cpu_seconds[name] for turn in turns) for name in turns[0].cpu_seconds}
    return Figure(
        clients,
        kilobytes,
        variant,
        p50_ms=percentile(times, 50),
        p99_ms=percentile(times, 99),
        per_second=len(times) / sum(turn.seconds for turn in turns),
        cpu_ms={name: seconds / len(times) * 1000 for name, seconds in spent.items()},
    )


def _ratio(clients: int, kilobytes: int, rounds: Sequence[dict[str, Sample]]) -> Ratio:
    pairs = [(turns["ours"], turns["null"]) for turns in rounds]
    return Ratio(
        clients,
        kilobytes,
        cpu=median(_cpu(ours) / _cpu(null) for ours, null in pairs),
        p50=median(_p50(ours) / _p50(null) for ours, null in pairs),
    )


def _cpu(one: Sample) -> float:
    return sum(one.cpu_seconds.values()) / len(one.milliseconds)


def _p50(one: Sample) -> float:
    return percentile(sorted(one.milliseconds), 50)
