"""`python -m bench.policies`: the cost of the policies, measured in turns with and without them.

Both namespaces of one control plane use the webhook; the policies are bound to only one of them. Writes
policies.json.
"""

import argparse
import json
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from arkrun_crd.names import GROUP, RUN_PLURAL, TEAM_PLURAL, VERSION
from bench.clients import Call, create, in_turns, merge, send
from bench.figures import report
from bench.teams import team, trigger
from controlplane import ControlPlane
from support.cluster.installation import Installation
from support.repository import CRDS

WITH, WITHOUT = "with", "without"
BINDINGS = ("arkrun-record", "arkrun-stamp")
RUNS = 16
KILOBYTES = 7
STATUS = {"phase": "Succeeded", "output": "x" * 4096, "startTime": "2026-03-17T10:00:00Z"}
STEPS = [{"name": f"step-{number}", "phase": "Succeeded", "output": "x" * 1024} for number in range(10)]
CONDITION = {
    "type": "Latencies",
    "status": "True",
    "reason": "Turn",
    "lastTransitionTime": "2026-03-17T10:00:00Z",
}

_NUMBERS = count()

Maker = Callable[[int], list[Call]]


def main() -> None:
    """Measure, print the ratios and write policies.json."""
    parser = argparse.ArgumentParser(prog="python -m bench.policies", description=__doc__)
    parser.add_argument("--calls", type=int, default=80, help="calls per turn")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--output", type=Path, default=report.RESULTS)
    chosen = parser.parse_args()
    values = {"crds.arkruns.enabled": False, "crds.arkteams.enabled": False}
    with ControlPlane(progress=print) as control_plane:
        control_plane.apply_crds(CRDS)
        with Installation(control_plane, values=values):
            _prepare(control_plane)
            results: dict[str, Any] = {"machine": report.machine()}
            for clients in (1, 16):
                results[f"{clients} clients"] = _costs(control_plane, clients, chosen.calls, chosen.rounds)
    print(json.dumps(results, indent=1))
    report.write(chosen.output / "policies.json", results)


def _prepare(control_plane: ControlPlane) -> None:
    """Create both namespaces, each with a team and finished runs, and bind the policies to one of them."""
    selector = {"matchLabels": {"kubernetes.io/metadata.name": WITH}}
    patch = json.dumps({"spec": {"matchResources": {"namespaceSelector": selector}}})
    for name in BINDINGS:
        control_plane.kubectl("patch", "validatingadmissionpolicybinding", name, "--type=merge", "-p", patch)
    for namespace in (WITH, WITHOUT):
        control_plane.kubectl("create", "namespace", namespace)
        owners = f"/apis/{GROUP}/{VERSION}/namespaces/{namespace}/{TEAM_PLURAL}"
        send(control_plane, [create(owners, team(KILOBYTES))], 1)
        for number in range(RUNS):
            run = trigger(f"ended-{number}", team(KILOBYTES))
            ended = merge(f"{_ended(namespace, number)}/status", {"status": {**STATUS, "steps": STEPS}})
            send(control_plane, [create(_runs(namespace), run), ended], 1)


def _costs(control_plane: ControlPlane, clients: int, calls: int, rounds: int) -> dict[str, Any]:
    makers: dict[str, Maker] = {}
    for write, maker in WRITES.items():
        for namespace in (WITH, WITHOUT):
            makers[f"{write} {namespace}"] = maker(namespace, calls)
    latencies = in_turns(control_plane, makers, clients, rounds)
    figures: dict[str, Any] = {}
    for write in WRITES:
        pair = {name: latencies[f"{write} {name}"].document() for name in (WITH, WITHOUT)}
        ratios = {key: round(pair[WITH][key] / pair[WITHOUT][key], 3) for key in ("p50_ms", "per_second")}
        figures[write] = {**pair, "ratio": ratios}
    return figures


def _creates(namespace: str, calls: int) -> Maker:
    def maker(_turn: int) -> list[Call]:
        names = (f"run-{next(_NUMBERS)}" for _ in range(calls))
        return [create(_runs(namespace), trigger(name, team(KILOBYTES))) for name in names]

    return maker


def _labels(namespace: str, calls: int) -> Maker:
    return lambda turn: [
        merge(_ended(namespace, n), {"metadata": {"labels": {"turn": f"{turn}-{n}"}}}) for n in range(calls)
    ]


def _statuses(namespace: str, calls: int) -> Maker:
    """Build writes of conditions of finished runs, whose entire status the policy compares."""
    return lambda turn: [
        merge(
            f"{_ended(namespace, n)}/status",
            {"status": {"conditions": [{**CONDITION, "message": f"{turn}-{n}"}]}},
        )
        for n in range(calls)
    ]


def _ended(namespace: str, number: int) -> str:
    return f"{_runs(namespace)}/ended-{number % RUNS}"


def _runs(namespace: str) -> str:
    return f"/apis/{GROUP}/{VERSION}/namespaces/{namespace}/{RUN_PLURAL}"


WRITES: dict[str, Callable[[str, int], Maker]] = {
    "create": _creates,
    "label": _labels,
    "status of an ended run": _statuses,
}


if __name__ == "__main__":
    main()
