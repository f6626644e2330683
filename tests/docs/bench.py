"""Tables of measured figures, from the files in bench/results that a command wrote."""

import json
from collections.abc import Iterator
from typing import Any

from bench.figures.chart import TITLES
from bench.figures.report import RESULTS
from docs.tables import table

Json = dict[str, Any]


def costs_table() -> str:
    """Return what a create costs in each variant, and ours beside the null pair."""
    head = ("clients", "runs", "of a create", *TITLES.values(), "arkrun : null pair")
    return table(head, cost_rows(_read("bench.json")))


def footprint_table() -> str:
    """Return how long each webhook takes to be ready, and its memory."""
    head = ("webhook", "ready after, s", "MB at the start", "MB at the end")
    return table(head, footprint_rows(_read("bench.json")))


def policies_table() -> str:
    """Return what writes cost with the policies, as a ratio to the same without them."""
    found = _read("policies.json")
    head = ("write", "clients", "p50 ms with", "p50 ms without", "ratio of p50", "ratio of writes per second")
    return table(head, _policies(found))


def cost_rows(found: Json) -> Iterator[tuple[str, ...]]:
    """Return a row each for latency, processor time and reads of the team in every case."""
    for ratio in found["ours to null pair"]:
        case = (ratio["clients"], ratio["kilobytes"])
        creates = {
            each["variant"]: each for each in found["creates"] if (each["clients"], each["kilobytes"]) == case
        }
        rows = [creates[variant] for variant in TITLES]
        shown = (str(case[0]), f"{case[1]} KB")
        yield *shown, "p50, ms", *(f"{row['p50_ms']:.1f}" for row in rows), f"{ratio['p50']:.2f}"
        spent = (f"{sum(row['cpu_ms'].values()):.1f}" for row in rows)
        yield *shown, "processor time, ms", *spent, f"{ratio['cpu']:.2f}"
        yield *shown, "reads of the team", *(f"{row['team_reads']:.2f}" for row in rows), ""


def footprint_rows(found: Json) -> Iterator[tuple[str, ...]]:
    """Return a row for each webhook."""
    for variant, seconds in found["ready_s"].items():
        memory = found["rss_mb"][variant]
        yield TITLES[variant], f"{seconds:.2f}", str(memory["start"]), str(memory["end"])


def _policies(found: Json) -> Iterator[tuple[str, ...]]:
    for clients in ("1", "16"):
        for name, seen in found[f"{clients} clients"].items():
            p50 = (f"{seen[key]['p50_ms']:.1f}" for key in ("with", "without"))
            ratios = (f"{seen['ratio'][key]:.2f}" for key in ("p50_ms", "per_second"))
            yield name, clients, *p50, *ratios


def _read(name: str) -> Json:
    content: Json = json.loads((RESULTS / name).read_text())
    return content
