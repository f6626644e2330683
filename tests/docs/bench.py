"""Tables of measurements, from the files in bench/results."""

import json
from collections.abc import Iterator
from typing import Any

from bench.figures.chart import TITLES
from bench.figures.report import RESULTS
from docs.tables import table

Json = dict[str, Any]


def costs_table() -> str:
    """Return the costs of a create in each variant, and the ratio of ours to the null pair."""
    head = ("clients", "runs", "of a create", *TITLES.values(), "arkrun : null pair")
    return table(head, cost_rows(_read("bench.json")))


def footprint_table() -> str:
    """Return the start-up time and memory of each webhook."""
    head = ("webhook", "ready after, s", "MB at the start", "MB at the end")
    return table(head, footprint_rows(_read("bench.json")))


def policies_table() -> str:
    """Return the cost of writes with and without the policies, and their ratio."""
    results = _read("policies.json")
    head = ("write", "clients", "p50 ms with", "p50 ms without", "ratio of p50", "ratio of writes per second")
    return table(head, _policies(results))


def sealing_table() -> str:
    """Return the processor time per run with and without sealing."""
    results = _read("seal.json")["cpu_ms_per_run"]
    return table(
        ("a run of 7 KB, created and ended", "API server, ms", "etcd, ms", "sealer, ms"), _sealing(results)
    )


def verification_table() -> str:
    """Return how long `ark verify --all` takes."""
    results = _read("verify.json")
    return table(("runs", "seconds"), iter(((f"{results['runs']:,}", f"{results['seconds']:.1f}"),)))


def cost_rows(results: Json) -> Iterator[tuple[str, ...]]:
    """Return three rows for each case: latency, processor time and reads of the team."""
    for ratio in results["ours to null pair"]:
        case = (ratio["clients"], ratio["kilobytes"])
        creates = {
            each["variant"]: each
            for each in results["creates"]
            if (each["clients"], each["kilobytes"]) == case
        }
        rows = [creates[variant] for variant in TITLES]
        labels = (str(case[0]), f"{case[1]} KB")
        yield *labels, "p50, ms", *(f"{row['p50_ms']:.1f}" for row in rows), f"{ratio['p50']:.2f}"
        spent = (f"{sum(row['cpu_ms'].values()):.1f}" for row in rows)
        yield *labels, "processor time, ms", *spent, f"{ratio['cpu']:.2f}"
        yield *labels, "reads of the team", *(f"{row['team_reads']:.2f}" for row in rows), ""


def footprint_rows(results: Json) -> Iterator[tuple[str, ...]]:
    """Return a row for each webhook."""
    for variant, seconds in results["ready_s"].items():
        memory = results["rss_mb"][variant]
        yield TITLES[variant], f"{seconds:.2f}", str(memory["start"]), str(memory["end"])


def _sealing(results: Json) -> Iterator[tuple[str, ...]]:
    for name, title in (("without", "not sealed"), ("with", "sealed")):
        yield title, *(f"{results[name][process]:.1f}" for process in ("kube-apiserver", "etcd", "sealer"))


def _policies(results: Json) -> Iterator[tuple[str, ...]]:
    for clients in ("1", "16"):
        for name, costs in results[f"{clients} clients"].items():
            p50 = (f"{costs[key]['p50_ms']:.1f}" for key in ("with", "without"))
            ratios = (f"{costs['ratio'][key]:.2f}" for key in ("p50_ms", "per_second"))
            yield name, clients, *p50, *ratios


def _read(name: str) -> Json:
    content: Json = json.loads((RESULTS / name).read_text())
    return content
