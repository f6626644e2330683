"""`python -m bench.cluster`: what we cost on a real API server, with and without us, in turns.

Both namespaces are of one control plane and store the same objects; the webhook is called for one of
them alone. So a difference is ours: the calls to us, and what the API server does to make them. The CEL
rules of the CRD hold in both; what they cost is seen against the same CRD without them.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from bench import report
from bench.clients import Call, create, in_turns, merge, send
from bench.servers import usage_of
from bench.site import ADMITTED, BARE, CRDS, Site, site

STEPS = 60

Maker = Callable[[int], list[Call]]
Patch = Callable[[str], dict[str, Any]]


def main() -> None:
    """Measure, print, write cluster.json."""
    parser = argparse.ArgumentParser(prog="python -m bench.cluster", description=__doc__)
    parser.add_argument("--calls", type=int, default=80, help="calls a turn")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--output", type=Path, default=report.RESULTS)
    chosen = parser.parse_args()
    with site(lambda line: print(line, file=sys.stderr)) as made:
        found: dict[str, Any] = {"machine": report.machine()}
        for clients in (1, 16):
            found[f"{clients} clients"] = _costs(made, clients, chosen.calls, chosen.rounds)
        found["status writes"] = _rules(made, chosen.calls)
    print(json.dumps(found, indent=1))
    report.write(chosen.output / "cluster.json", found)


def _costs(made: Site, clients: int, calls: int, rounds: int) -> dict[str, Any]:
    before = made.metrics()
    creates = in_turns(made.control_plane, _creates(made, calls), clients, rounds)
    after = made.metrics()
    updates = in_turns(made.control_plane, _updates(made, calls), clients, rounds)
    figures = {name: seen.document() for name, seen in {**creates, **updates}.items()}
    return {**figures, "look-ups": _look_ups(before, after)}


def _creates(made: Site, calls: int) -> dict[str, Maker]:
    def maker(namespace: str, *, stamped: bool) -> Maker:
        return lambda _: [create(made.runs(namespace), made.run(stamped=stamped)) for _ in range(calls)]

    return {
        "create without us": maker(BARE, stamped=True),
        "create with us, stamped by the client": maker(ADMITTED, stamped=True),
        "create with us, teamRef and input": maker(ADMITTED, stamped=False),
    }


def _updates(made: Site, calls: int) -> dict[str, Maker]:
    """Write to 16 runs in turn, so that clients do not wait for one object."""
    documents = [made.run() for _ in range(16)]
    for namespace in (BARE, ADMITTED):
        send(made.control_plane, [create(made.runs(namespace), each) for each in documents], 1)

    def maker(namespace: str, suffix: str, patch: Patch) -> Maker:
        paths = [f"{made.runs(namespace)}/{each['metadata']['name']}{suffix}" for each in documents]
        return lambda turn: [merge(paths[n % 16], patch(f"{turn}-{n}")) for n in range(calls)]

    def label(value: str) -> dict[str, Any]:
        return {"metadata": {"labels": {"turn": value}}}

    def status(value: str) -> dict[str, Any]:
        return {"status": {"phase": "Running", "conditions": [_condition(value)]}}

    return {
        "label without us": maker(BARE, "", label),
        "label with us": maker(ADMITTED, "", label),
        "status without us": maker(BARE, "/status", status),
        "status with us": maker(ADMITTED, "/status", status),
    }


def _condition(message: str) -> dict[str, str]:
    times = {"lastTransitionTime": "2026-03-17T10:00:00Z"}
    return {"type": "Ready", "status": "False", "reason": "Turn", "message": message, **times}


def _look_ups(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    done, shared = (
        after.get(name, 0) - before.get(name, 0)
        for name in (
            "arkrun_webhook_team_lookup_duration_seconds_count",
            "arkrun_webhook_team_lookups_shared_total",
        )
    )
    return {"done": done, "shared": shared, "saved": round(shared / max(1, done + shared), 3)}


def _rules(made: Site, calls: int) -> dict[str, float]:
    """Count the API server's processor time for a status write of a 60-step run, with and without rules."""
    found = {"ms with CEL rules": _status_cost(made, calls)}
    crd = yaml.safe_load((CRDS / "arkonis.dev_arkruns.yaml").read_text())
    made.control_plane.kubectl(
        "replace", "-f", "-", input=json.dumps(_without_rules(crd) | {"metadata": crd["metadata"]})
    )
    found["ms without"] = _status_cost(made, calls)
    return found


def _status_cost(made: Site, calls: int) -> float:
    document = made.run()
    send(made.control_plane, [create(made.runs(BARE), document)], 1)
    path = f"{made.runs(BARE)}/{document['metadata']['name']}/status"
    steps = [{"name": f"step-{index}", "phase": "Running"} for index in range(STEPS)]

    def write(number: int) -> Call:
        grown = [{**step, "message": f"{number}"} for step in steps]
        return merge(path, {"status": {"phase": "Running", "startTime": _STARTED, "steps": grown}})

    process = made.control_plane._apiserver
    send(made.control_plane, [write(0)], 1)
    before = usage_of(process).cpu_seconds
    send(made.control_plane, [write(number) for number in range(1, calls * 5)], 1)
    return round((usage_of(process).cpu_seconds - before) / (calls * 5 - 1) * 1000, 3)


_STARTED = "2026-03-17T10:00:00Z"


def _without_rules(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            key: _without_rules(value) for key, value in node.items() if key != "x-kubernetes-validations"
        }
    return [_without_rules(value) for value in node] if isinstance(node, list) else node


if __name__ == "__main__":
    main()
