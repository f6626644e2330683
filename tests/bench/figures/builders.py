"""Builders of turns; a test states only what differs."""

from typing import Any

from bench.measure import Measured, Sample


def turn(variant: str, **differing: Any) -> Sample:
    """Build a turn of one client with two creates, of 2 ms latency and 4 ms processor time each."""
    usual: dict[str, Any] = {
        "clients": 1,
        "kilobytes": 7,
        "round": 0,
        "milliseconds": [2.0, 2.0],
        "seconds": 0.004,
        "cpu_seconds": {"api_server": 0.006, "etcd": 0.002},
    }
    return Sample(variant, **(usual | differing))


def measured(*samples: Sample) -> Measured:
    """Build the measurements of ours and the null pair."""
    reads = {
        (sample.clients, sample.kilobytes, sample.variant): float(sample.variant == "ours")
        for sample in samples
    }
    return Measured(
        samples=[*samples],
        reads=reads,
        memory_before={"api_server": 300.4, "etcd": 40.0, "null": 30.0, "ours": 70.0},
        memory_after={"api_server": 500.0, "etcd": 80.6, "null": 31.0, "ours": 72.0},
        ready_seconds={"null": [0.3, 0.2, 0.9], "ours": [1.0, 1.2, 1.1]},
    )
