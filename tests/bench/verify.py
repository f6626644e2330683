"""`python -m bench.verify`: time and memory of `ark verify --all` for many runs; writes verify.json.

The runs are sealed here and written directly to etcd, because creating 50,000 runs would take longer.
"""

import argparse
import json
import os
import subprocess
import tempfile
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import Any

from arkrun_crd.names import GROUP, RUN_PLURAL, VERSION
from bench.figures import report
from bench.policies import STATUS, STEPS
from bench.teams import stamped, team
from bench.variants.usage import usage_of
from cli.program import ARK
from controlplane import ControlPlane
from support.builders.seals import KEY, sealed
from support.cluster.etcd import Etcd, run_key
from support.repository import CRDS

NAMESPACE = "many"
KILOBYTES = 7  # of the spec; the status has as many

CREATED = "2026-03-17T09:59:59Z"
CACHE_SECONDS = 600.0
IDLE_CPU_SECONDS = 0.3  # in two seconds


def main() -> None:
    """Measure, print the results and write verify.json."""
    parser = argparse.ArgumentParser(prog="python -m bench.verify", description=__doc__)
    parser.add_argument("--runs", type=int, default=50_000)
    parser.add_argument("--output", type=Path, default=report.RESULTS)
    chosen = parser.parse_args()
    with ControlPlane(progress=print) as control_plane, tempfile.TemporaryDirectory() as directory:
        control_plane.apply_crds(CRDS)
        control_plane.kubectl("create", "namespace", NAMESPACE)
        _store(Etcd(control_plane.etcd_url), chosen.runs)
        _wait_for_the_watch_cache(control_plane)
        results = {"machine": report.machine(), "runs": chosen.runs} | _verify(control_plane, Path(directory))
    print(json.dumps(results, indent=1))
    report.write(chosen.output / "verify.json", results)


def _store(etcd: Etcd, runs: int) -> None:
    def write(number: int) -> None:
        document = stamped(f"run-{number}", team(KILOBYTES))
        identity = {"namespace": NAMESPACE, "uid": str(uuid.UUID(int=number)), "creationTimestamp": CREATED}
        document["metadata"] |= {**identity, "generation": 1}
        document["status"] = {**STATUS, "steps": STEPS[:3], "completionTime": CREATED}
        etcd.write(run_key(NAMESPACE, f"run-{number}"), sealed(document))

    with ThreadPoolExecutor(4) as pool:
        for _ in pool.map(write, range(runs)):
            pass


def _wait_for_the_watch_cache(control_plane: ControlPlane) -> None:
    """List once, and wait until the API server has all runs in memory, as beside an operator that watches."""
    path = f"/apis/{GROUP}/{VERSION}/namespaces/{NAMESPACE}/{RUN_PLURAL}?limit=1"
    assert control_plane.api.call("GET", path).status == 200
    pid, deadline = control_plane.pids["kube-apiserver"], monotonic() + CACHE_SECONDS
    idle = False
    while not idle:
        assert monotonic() < deadline
        before = usage_of(pid).cpu_seconds
        sleep(2)
        idle = usage_of(pid).cpu_seconds - before < IDLE_CPU_SECONDS


def _verify(control_plane: ControlPlane, directory: Path) -> dict[str, Any]:
    keys = directory / "keys.pem"
    keys.write_text(KEY.public.pem)
    environment = {**os.environ, **control_plane.environment()}
    command = [ARK, "verify", "--all", "-n", NAMESPACE, "--keys", str(keys)]
    started = perf_counter()
    peak = 0.0
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as ark:
        # Sampled: the maximum that wait() returns includes the memory of this process, which forks.
        while ark.poll() is None:
            peak = max(peak, usage_of(ark.pid).rss_mb)
            sleep(0.2)
        seconds = perf_counter() - started
        printed = ark.stdout.read().decode() if ark.stdout else ""
    assert ark.returncode == 0, printed
    return {"seconds": round(seconds, 1), "peak_mb": round(peak), "printed": printed.splitlines()[0]}


if __name__ == "__main__":
    main()
