"""Tables of measured figures, from the files in bench/results that a command wrote."""

import json
from collections.abc import Iterator
from typing import Any

from bench.report import RESULTS
from docs.tables import table


def cluster_table() -> str:
    """Give what a write costs on a real API server, with and without us."""
    found = _read("cluster.json")
    head = ("write", "clients", "p50 ms", "p99 ms", "per second")
    return table(head, _writes(found))


def policies_table() -> str:
    """Return what writes cost with the policies, as a ratio to the same without them."""
    found = _read("policies.json")
    head = ("write", "clients", "p50 ms with", "p50 ms without", "ratio of p50", "ratio of writes per second")
    return table(head, _policies(found))


def _policies(found: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for clients in ("1", "16"):
        for name, seen in found[f"{clients} clients"].items():
            p50 = (f"{seen[key]['p50_ms']:.1f}" for key in ("with", "without"))
            ratios = (f"{seen['ratio'][key]:.2f}" for key in ("p50_ms", "per_second"))
            yield name, clients, *p50, *ratios


def _writes(found: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for clients in ("1", "16"):
        for name, seen in found[f"{clients} clients"].items():
            if "p50_ms" in seen:
                yield name, clients, *(f"{seen[key]:.1f}" for key in ("p50_ms", "p99_ms", "per_second"))


def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((RESULTS / name).read_text())
    return content
