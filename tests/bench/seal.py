"""`python -m bench.seal`: the cost of sealing per run at the API server; writes seal.json.

Runs of 7 KB are created and ended in turns, in a namespace that the sealer watches and in another one. Runs
are ended once their creation is sealed, so two seals of each run are counted.
"""

import argparse
import json
import tempfile
import time
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

from arkrun_crd.names import GROUP, RUN_PLURAL, VERSION
from bench.clients import create, merge, send
from bench.figures import report
from bench.policies import STATUS, STEPS
from bench.teams import stamped, team
from bench.variants.usage import usage_of
from controlplane import ControlPlane
from seal.cluster.environment import SealEnvironment, seal_environment, seals
from support.history.process import HistoryProcess
from support.repository import CRDS

WITH, WITHOUT = "with", "without"
KILOBYTES = 7
SEAL_SECONDS = 120.0
_NUMBERS = count()


def main() -> None:
    """Measure, print the results and write seal.json."""
    parser = argparse.ArgumentParser(prog="python -m bench.seal", description=__doc__)
    parser.add_argument("--runs", type=int, default=60, help="runs per turn")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--output", type=Path, default=report.RESULTS)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory, seal_environment(Path(directory), _install) as env:
        for namespace in (WITH, WITHOUT):
            env.control_plane.kubectl("create", "namespace", namespace)
        results = {"machine": report.machine(), "runs": chosen.runs, "rounds": chosen.rounds}
        results |= _measure(env, chosen.runs, chosen.rounds)
    print(json.dumps(results, indent=1))
    report.write(chosen.output / "seal.json", results)


def _install(control_plane: ControlPlane) -> None:
    control_plane.apply_crds(CRDS)


def _measure(env: SealEnvironment, runs: int, rounds: int) -> dict[str, Any]:
    turns: dict[str, list[dict[str, float]]] = {WITH: [], WITHOUT: []}
    with env.sealer(namespace=WITH) as sealer:
        pids = {**env.control_plane.pids, "sealer": sealer.pid}
        for namespace in (WITH, WITHOUT) * (rounds + 1):
            before = {name: usage_of(pid).cpu_seconds for name, pid in pids.items()}
            _live(env, sealer, namespace, runs)
            spent = {name: usage_of(pid).cpu_seconds - before[name] for name, pid in pids.items()}
            turns[namespace].append({name: seconds * 1000 / runs for name, seconds in spent.items()})
        memory = usage_of(sealer.pid).rss_mb
    cpu = {
        # The first turn of each is a warm-up.
        namespace: {name: round(median(turn[name] for turn in measured[1:]), 2) for name in pids}
        for namespace, measured in turns.items()
    }
    return {"cpu_ms_per_run": cpu, "sealer_rss_mb": round(memory), "bytes_per_run": _bytes(env)}


def _live(env: SealEnvironment, sealer: HistoryProcess, namespace: str, runs: int) -> None:
    """Create runs, then end them; where a sealer watches, wait after each until all are sealed."""
    path = f"/apis/{GROUP}/{VERSION}/namespaces/{namespace}/{RUN_PLURAL}"
    names = [f"run-{next(_NUMBERS)}" for _ in range(runs)]
    created = [create(path, stamped(name, team(KILOBYTES))) for name in names]
    status = {"status": {**STATUS, "steps": STEPS}}
    ended = [merge(f"{path}/{name}/status", status) for name in names]
    for seals_of_run, calls in enumerate((created, ended), start=1):
        send(env.control_plane, calls, 1)
        if namespace == WITH:
            _wait_for_seals(env, sealer, names[-1], seals_of_run)


def _wait_for_seals(env: SealEnvironment, sealer: HistoryProcess, last: str, number: int) -> None:
    """Wait until the last run has its seals, and no run waits for one."""
    deadline = time.monotonic() + SEAL_SECONDS
    resource = env.runs(WITH)
    # Read the metrics of the sealer, because requests to the API server would be measured too.
    while sealer.metric("arkrun_history_unsealed_runs") or (
        sum(text is not None for text in seals(resource.get(last).json())) < number
    ):
        assert time.monotonic() < deadline
        time.sleep(0.5)


def _bytes(env: SealEnvironment) -> int:
    """Return the size of both annotations of a run."""
    (run, *_) = env.runs(WITH).get("").json()["items"]
    return sum(len(text or "") for text in seals(run))


if __name__ == "__main__":
    main()
