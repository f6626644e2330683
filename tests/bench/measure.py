"""Turns of creates: in each round, every variant creates the same runs, one variant after the other."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import agree
from bench.clients import Clients
from bench.variants import metrics, startup
from bench.variants.site import Site, site

PROCESSES = ("api_server", "etcd", "webhook")
SETTLE_SECONDS = 0.1
"""Long enough for the last create's remaining work, so that it is counted for its own variant."""

Case = tuple[int, int]
"""Clients, kilobytes."""


@dataclass(frozen=True)
class Plan:
    """The plan of a measurement: `creates` per turn by number of clients, `starts` of each webhook."""

    variants: Sequence[str]
    kilobytes: Sequence[int]
    creates: dict[int, int]
    rounds: int
    starts: int

    def cases(self) -> list[Case]:
        """Return the cases of one round."""
        return [*product(self.creates, self.kilobytes)]

    def number(self, case: Case) -> int:
        """Return the number of creates per turn; large runs take longer, so there are half as many."""
        clients, kilobytes = case
        return max(clients, self.creates[clients] // (2 if kilobytes > min(self.kilobytes) else 1))


@dataclass(frozen=True)
class Sample:
    """A turn: latencies in ms, total seconds, and processor seconds by process."""

    variant: str
    clients: int
    kilobytes: int
    round: int
    milliseconds: Sequence[float]
    seconds: float
    cpu_seconds: dict[str, float]


@dataclass(frozen=True)
class Measured:
    """All measurements of one run.

    `reads` are reads of a team per create, by clients, kilobytes and variant; `memory_before` and
    `memory_after` are MB resident, of API server, etcd and each webhook.
    """

    samples: list[Sample]
    reads: dict[tuple[int, int, str], float]
    memory_before: dict[str, float]
    memory_after: dict[str, float]
    ready_seconds: dict[str, list[float]]


def run(plan: Plan, progress: Callable[[str], None]) -> Measured:
    """Start everything, check that the variants agree, and measure.

    Raises BenchError and controlplane.ControlPlaneError.
    """
    with (
        TemporaryDirectory(prefix="arkrun-bench-") as folder,
        site(plan.variants, Path(folder), progress) as made,
    ):
        for kilobytes in plan.kilobytes:
            agree.check(made, plan.variants, kilobytes)
        progress(f"bench: {', '.join(plan.variants)} agree")
        start = _resident(made, plan.variants)
        ready = startup.ready_seconds(made, plan.starts, progress)
        reads = {
            (*case, variant): reads_per_create(made, plan, case, variant)
            for case, variant in product(plan.cases(), plan.variants)
        }
        samples = [*_rounds(made, plan, progress)]
        return Measured(samples, reads, start, _resident(made, plan.variants), ready)


def _resident(made: Site, variants: Sequence[str]) -> dict[str, float]:
    """Return the memory of API server, etcd and each variant's webhook."""
    memory: dict[str, float] = {}
    for variant in variants:
        for process, used in made.usage(variant).items():
            memory[variant if process == "webhook" else process] = used.rss_mb
    return memory


def _rounds(made: Site, plan: Plan, progress: Callable[[str], None]) -> Iterator[Sample]:
    order = random.Random(plan.rounds)
    for number in range(plan.rounds):
        for case in plan.cases():
            for variant in order.sample(plan.variants, len(plan.variants)):
                yield _turn(made, plan, case, variant, number)
        progress(f"bench: round {number + 1} of {plan.rounds}")


def _turn(made: Site, plan: Plan, case: Case, variant: str, number: int) -> Sample:
    clients, kilobytes = case
    calls = made.creates(variant, kilobytes, plan.number(case))
    with Clients(made.control_plane, clients) as opened:
        time.sleep(SETTLE_SECONDS)
        before = made.usage(variant)
        latencies = opened.send(calls)
        time.sleep(SETTLE_SECONDS)
        after = made.usage(variant)
    made.delete_runs(variant)
    spent = {name: used.cpu_seconds - before[name].cpu_seconds for name, used in after.items()}
    return Sample(variant, clients, kilobytes, number, latencies.milliseconds, latencies.seconds, spent)


def reads_per_create(made: Site, plan: Plan, case: Case, variant: str) -> float:
    """Return the reads of a team per create, counted in an untimed turn that also warms everything up."""
    clients, kilobytes = case
    calls = made.creates(variant, kilobytes, plan.number(case))
    before = metrics.team_reads(made.control_plane)
    with Clients(made.control_plane, clients) as opened:
        opened.send(calls)
    counted = metrics.team_reads(made.control_plane) - before
    made.delete_runs(variant)
    return counted / len(calls)
