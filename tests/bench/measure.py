"""Rounds of short slices: in each, every server takes the same review, one after the other."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any

from bench import agree, load
from bench.payloads import Payload, payload
from bench.servers import Server, cores, prepare, server


@dataclass(frozen=True)
class Plan:
    """What is measured; `seconds` is the length of one slice."""

    servers: Sequence[str]
    operations: Sequence[str]
    kilobytes: Sequence[int]
    connections: Sequence[int]
    rounds: int
    seconds: float

    def slices(self) -> int:
        """Count the slices of all rounds."""
        shape = (self.servers, self.operations, self.kilobytes, self.connections)
        return self.rounds * len([*product(*shape)])


@dataclass(frozen=True)
class Sample:
    """One slice. Times in ms, `cpu_us` is the server's processor time for one request in µs.

    `busy` is the share of its core that the server had, `generator` that of the load generator: with
    `generator` near 1 and `busy` well below, requests per second say nothing of the server.
    """

    server: str
    operation: str
    kilobytes: int
    connections: int
    round: int
    requests_per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    rss_mb: float
    busy: float
    generator: float

    def document(self) -> dict[str, Any]:
        """Give what goes into the JSON file."""
        return {
            key: round(value, 4) if isinstance(value, float) else value for key, value in asdict(self).items()
        }


def run(plan: Plan, progress: Callable[[str], None]) -> Iterator[Sample]:
    """Start the servers, hear that they agree, measure; raises BenchError and controlplane.StartError."""
    with tempfile.TemporaryDirectory(prefix="arkrun-bench-") as name, ExitStack() as undo:
        folder = Path(name)
        ca_file, (core, _) = prepare(folder), cores()
        running = [server(each, folder, core, progress) for each in plan.servers]
        for each in running:
            undo.callback(each.process.stop)
            each.start()
        payloads = [payload(*each) for each in product(plan.operations, plan.kilobytes)]
        for one in payloads:
            (folder / one.name).write_bytes(one.body)
            for each in running:
                agree.check(each, one, ca_file)
        progress(f"bench: {', '.join(plan.servers)} agree on {len(payloads)} reviews")
        yield from _rounds(plan, running, payloads, folder)


def _rounds(plan: Plan, running: list[Server], payloads: list[Payload], folder: Path) -> Iterator[Sample]:
    for number in range(plan.rounds):
        turned = [*running[number % len(running) :], *running[: number % len(running)]]
        for one, connections in product(payloads, plan.connections):
            for each in turned:
                body = folder / one.name
                shape = (connections, plan.seconds, number)
                yield _slice(each, one, body, shape)


def _slice(each: Server, one: Payload, body: Path, shape: tuple[int, float, int]) -> Sample:
    connections, seconds, number = shape
    before = each.usage()
    seen = load.run(each.url + one.path, body, connections=connections, seconds=seconds, core=cores()[1])
    after = each.usage()
    cpu = after.cpu_seconds - before.cpu_seconds
    return Sample(
        server=each.name,
        operation=one.operation,
        kilobytes=one.kilobytes,
        connections=connections,
        round=number,
        requests_per_second=seen.requests / seen.seconds,
        p50_ms=seen.p50_ms,
        p99_ms=seen.p99_ms,
        cpu_us=cpu / seen.requests * 1e6,
        rss_mb=after.rss_mb,
        busy=cpu / seen.seconds,
        generator=seen.own_share,
    )
