"""Reports: a table for the terminal, and bench.json, the source of the tables in docs/performance.md."""

import json
import os
import platform
import re
import subprocess
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

from bench.figures.summary import Figure, Ratio, figures, ratios
from bench.measure import PROCESSES, Measured, Plan
from bench.variants.peer import SOURCE
from controlplane.programs.tools import ETCD, KUBE_APISERVER
from support.repository import TESTS

RESULTS = TESTS / "bench" / "results"
"""The folder of the files behind the tables of docs/performance.md."""

_HEAD = (
    "clients",
    "KB",
    "variant",
    "p50 ms",
    "p99 ms",
    "creates/s",
    "cpu ms",
    "API server",
    "etcd",
    "webhook",
    "reads",
)


def document(plan: Plan, measured: Measured, machine: dict[str, Any]) -> dict[str, Any]:
    """Build the document of a benchmark run."""
    order = [*product(plan.cases(), plan.variants)]
    costs = sorted(
        figures(measured.samples), key=lambda row: order.index(((row.clients, row.kilobytes), row.variant))
    )
    return {
        "measured": datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ"),
        "commit": _commit(),
        "machine": machine,
        "versions": _versions(),
        "rounds": plan.rounds,
        "ours to null pair": [_ratio_row(row, measured) for row in ratios(measured.samples)],
        "creates": [_figure_row(row, measured) for row in costs],
        "ready_s": {name: _rounded(median(times)) for name, times in measured.ready_seconds.items()},
        "rss_mb": {
            name: {"start": round(start), "end": round(measured.memory_after[name])}
            for name, start in measured.memory_before.items()
        },
    }


def table(content: dict[str, Any]) -> str:
    """Format a document as text."""
    rows = [_cells(row) for row in content["creates"]]
    lines = [_aligned([[*_HEAD], *rows])]
    lines += [
        f"{row['clients']} clients, {row['kilobytes']} KB: ours takes {row['cpu']:.2f} times the processor"
        f" time and {row['p50']:.2f} times the p50 of the null pair, and {row['team_reads']:.2f} reads of the"
        " team per create"
        for row in content["ours to null pair"]
    ]
    for name, memory in content["rss_mb"].items():
        ready = f", ready after {content['ready_s'][name]:.2f} s" if name in content["ready_s"] else ""
        lines.append(f"{name}: {memory['start']} MB at the start, {memory['end']} MB at the end{ready}")
    return "\n".join(lines)


def machine() -> dict[str, Any]:
    """Return a description of the machine."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.machine(),
        "cores": os.cpu_count(),
        "load_average_before": round(os.getloadavg()[0], 2),
    }


def write(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON file with one line per row, for readable diffs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{\n" + ",\n".join(_lines(content)) + "\n}\n")


def _lines(content: dict[str, Any]) -> Iterator[str]:
    for key, value in content.items():
        opening, closing = "[]" if isinstance(value, list) else "{}"
        rows = [_json(row) for row in value] if isinstance(value, list) else []
        if isinstance(value, dict) and any(isinstance(row, dict) for row in value.values()):
            rows = [f"{_json(name)}: {_json(row)}" for name, row in value.items()]
        inside = ",\n  ".join(rows)
        yield f" {_json(key)}: " + (f"{opening}\n  {inside}\n {closing}" if rows else _json(value))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _ratio_row(one: Ratio, measured: Measured) -> dict[str, Any]:
    return {
        "clients": one.clients,
        "kilobytes": one.kilobytes,
        "cpu": _rounded(one.cpu),
        "p50": _rounded(one.p50),
        "team_reads": _rounded(measured.reads[one.clients, one.kilobytes, "ours"]),
    }


def _figure_row(one: Figure, measured: Measured) -> dict[str, Any]:
    return {
        "clients": one.clients,
        "kilobytes": one.kilobytes,
        "variant": one.variant,
        "p50_ms": _rounded(one.p50_ms),
        "p99_ms": _rounded(one.p99_ms),
        "per_second": round(one.per_second, 1),
        "cpu_ms": {name: _rounded(value) for name, value in one.cpu_ms.items()},
        "team_reads": _rounded(measured.reads[one.clients, one.kilobytes, one.variant]),
    }


def _cells(row: dict[str, Any]) -> list[str]:
    cpu = row["cpu_ms"]
    return [
        *(str(row[name]) for name in ("clients", "kilobytes", "variant")),
        *(f"{row[name]:.2f}" for name in ("p50_ms", "p99_ms")),
        f"{row['per_second']:.0f}",
        f"{sum(cpu.values()):.2f}",
        *(f"{cpu.get(name, 0):.2f}" for name in PROCESSES),
        f"{row['team_reads']:.2f}",
    ]


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.rjust, row, widths)) for row in rows)


def _rounded(value: float) -> float:
    return round(value, 3)


def _versions() -> dict[str, str]:
    """Return the versions of the programs that influence the results."""
    required = re.search(r"controller-runtime (v\S+)", (SOURCE / "go.mod").read_text())
    return {
        "kubernetes": KUBE_APISERVER.version,
        "etcd": ETCD.version,
        "python": platform.python_version(),
        **{name: version(name) for name in ("starlette", "uvicorn", "uvloop")},
        "controller-runtime": required[1] if required else "unknown",
    }


def _commit() -> str:
    """Return the current commit, marked if the working tree differs from it."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12", "--match="]
    done = subprocess.run(command, cwd=RESULTS.parent, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
