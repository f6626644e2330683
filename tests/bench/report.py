"""What is written: a table for people, a JSON file that the README's numbers come from."""

import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import load
from bench.measure import Plan, Sample
from bench.summary import Row

RESULTS = Path(__file__).with_name("results")
"""Where the files go that the README's numbers come from."""


def table(rows: Iterable[Row], servers: Sequence[str]) -> str:
    """Lay the rows out; a ratio above 1 is in our favour.

    `/go` compares requests per second, `cpu/go` the processor time of one request, which a busy
    machine or a slow generator spoils less.
    """
    others = [name for name in servers if name != "ours"]
    head = ["review", "KB", "conns", *(f"{name} req/s" for name in servers), *(f"/{name}" for name in others)]
    head += [f"cpu/{name}" for name in others]
    head += [*(f"{name} p50" for name in servers), *(f"{name} p99" for name in servers)]
    head += [*(f"{name} µs" for name in servers)]
    return _aligned([head, *(_cells(row, servers, others) for row in rows)])


def _cells(row: Row, servers: Sequence[str], others: Sequence[str]) -> list[str]:
    return [
        row.operation,
        str(row.kilobytes),
        str(row.connections),
        *(f"{row.requests_per_second[name]:.0f}" for name in servers),
        *(f"{row.ratio[name]:.2f}" for name in others),
        *(f"{row.cpu_ratio[name]:.2f}" for name in others),
        *(f"{row.p50_ms[name]:.2f}" for name in servers),
        *(f"{row.p99_ms[name]:.2f}" for name in servers),
        *(f"{row.cpu_us[name]:.0f}" for name in servers),
    ]


def _aligned(lines: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = ([first.ljust(widths[0]), *map(str.rjust, rest, widths[1:])] for first, *rest in lines)
    return "\n".join("  ".join(line) for line in padded)


def document(plan: Plan, samples: Iterable[Sample], rows: Iterable[Row]) -> dict[str, Any]:
    """Give all that is known of a run."""
    samples = list(samples)
    return {
        "measured": datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ"),
        "machine": machine(),
        "load_generator": load.generator(),
        "plan": asdict(plan),
        "largest_generator_share": max((one.generator for one in samples), default=0),
        "rss_mb": {name: max(one.rss_mb for one in samples if one.server == name) for name in plan.servers},
        "rows": [asdict(row) for row in rows],
        "samples": [one.document() for one in samples],
    }


def machine() -> dict[str, Any]:
    """Say on what it was measured."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load_average_before": os.getloadavg()[0],
    }


def write(path: Path, content: Any) -> None:
    """Write a JSON file that git can show the changes of."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
