"""`python -m bench.replicas`: runs created in a second beside one replica of the webhook and beside two.

On real pods, in turns: `make bench-replicas` makes nodes of its own, or takes a cluster as `make e2e` does.
Pods, API server, etcd and clients share one machine there, so a second replica has no processor of its own.
"""

import argparse
import http
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from arkrun_crd.names import TEAM_PLURAL
from bench import report
from bench.errors import LoadError
from builders_cluster import team
from controlplane import ControlPlaneError
from e2e.cluster import Cluster
from e2e.release import Release
from records import Resource
from soak.load import Load

REPLICAS = (1, 2)


def main() -> int:
    """Measure, print, write replicas.json; 1 when a run could not be created."""
    parser = argparse.ArgumentParser(prog="python -m bench.replicas", description=__doc__)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=10, help="length of one turn")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--output", type=Path, default=report.RESULTS)
    chosen = parser.parse_args()
    try:
        with Cluster.from_environment(lambda line: print(line, file=sys.stderr)) as cluster:
            found = _measured(cluster, chosen.clients, chosen.seconds, chosen.rounds)
    except (ControlPlaneError, LoadError) as error:
        print(error, file=sys.stderr)
        return 1
    content = {"machine": report.machine(), "clients": chosen.clients, **found}
    print(json.dumps(content, indent=1))
    report.write(chosen.output / "replicas.json", content)
    return 0


def _measured(cluster: Cluster, clients: int, seconds: float, rounds: int) -> dict[str, Any]:
    release = Release(cluster)
    release.install()
    try:
        seen: dict[int, list[float]] = {number: [] for number in REPLICAS}
        for turn in range(rounds):
            for number in REPLICAS:
                release.upgrade({"replicaCount": number})
                release.wait_for_rollout()
                seen[number].append(_turn(cluster, f"turn-{turn}-{number}", clients, seconds))
    finally:
        release.uninstall()
    return {f"creates per second, replicas {number}": statistics.median(seen[number]) for number in REPLICAS}


def _turn(cluster: Cluster, namespace: str, clients: int, seconds: float) -> float:
    cluster.kubectl("create", "namespace", namespace)
    answer = Resource(cluster.api, namespace, TEAM_PLURAL).create(team())
    if answer.status != http.HTTPStatus.CREATED:
        raise LoadError(f"the team: {answer.message}")
    began = time.monotonic()
    with Load(lambda: cluster.api, namespace, clients) as load:
        time.sleep(seconds)
    took = time.monotonic() - began
    cluster.kubectl("delete", "namespace", namespace, "--wait=false")
    if load.failures:
        raise LoadError(f"{len(load.failures)} creates failed, the first: {load.failures[0]}")
    return round(load.created / took, 1)


if __name__ == "__main__":
    sys.exit(main())
