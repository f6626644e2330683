"""Tables of measured figures, from the files in bench/results that a command wrote."""

import json
from collections.abc import Iterator
from typing import Any

from bench.report import RESULTS
from docs.tables import table

CONNECTIONS = 16


def bench_table() -> str:
    """Give the webhook beside its peers: requests per second, then its rate as a multiple of theirs."""
    found = _read("bench.json")
    head = ("review", "KB", "arkrun req/s", "of the limit", "of kube-rs", "of Go", "p99 ms", "kube-rs p99 ms")
    alone_head = ("alone, of the limit", "alone, of kube-rs")
    alone = {_case(row): row["ratio"] for row in found["rows"] if row["connections"] == 1}
    rows = (row for row in found["rows"] if row["connections"] == CONNECTIONS)
    machine, memory = found["machine"], found["rss_mb"]
    held = ", ".join(f"{name} {value:.1f} MB" for name, value in memory.items())
    return (
        table((*head, *alone_head), (_cells(row, alone[_case(row)]) for row in rows))
        + f"\nMeasured {found['measured']} on one core ({machine['processor']}, Python {machine['python']}), "
        f"{CONNECTIONS} TLS connections and one (alone), load by {found['load_generator']} "
        f"(at most {found['largest_generator_share']:.0%} of its core), "
        f"load average before {machine['load_average_before']:.1f}. Most memory at any size: {held}.\n"
    )


def _case(row: dict[str, Any]) -> tuple[str, int]:
    return row["operation"], row["kilobytes"]


def _cells(row: dict[str, Any], alone: dict[str, float]) -> tuple[str, ...]:
    ratio, p99 = row["ratio"], row["p99_ms"]
    return (
        row["operation"],
        str(row["kilobytes"]),
        f"{row['requests_per_second']['ours']:.0f}",
        *(f"{ratio[name]:.2f}" for name in ("null", "rust")),
        f"{ratio['go']:.1f}",
        *(f"{p99[name]:.1f}" for name in ("ours", "rust")),
        *(f"{alone[name]:.2f}" for name in ("null", "rust")),
    )


def instructions_table() -> str:
    """Give whose instructions a review costs, and what the limit's costs in all."""
    rows = _read("instructions.json")["rows"]
    shares = (f"{library}, %" for library in rows[0]["instructions"]["ours"])
    return table(
        ("review", "KB", "thousand instructions", *shares, "the limit's, in all"), map(_shares, rows)
    )


def _shares(row: dict[str, Any]) -> tuple[str, ...]:
    ours, null = row["instructions"]["ours"].values(), row["instructions"]["null"].values()
    shares = (f"{100 * count / sum(ours):.0f}" for count in ours)
    return (
        row["operation"],
        str(row["kilobytes"]),
        f"{sum(ours) / 1000:.0f}",
        *shares,
        f"{sum(null) / 1000:.0f}",
    )


def cluster_table() -> str:
    """Give what a write costs on a real API server, with and without us."""
    found = _read("cluster.json")
    head = ("write", "clients", "p50 ms", "p99 ms", "per second")
    return table(head, _writes(found))


def _writes(found: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for clients in ("1", "16"):
        for name, seen in found[f"{clients} clients"].items():
            if "p50_ms" in seen:
                yield name, clients, *(f"{seen[key]:.1f}" for key in ("p50_ms", "p99_ms", "per_second"))


def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((RESULTS / name).read_text())
    return content
