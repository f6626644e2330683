"""How soon a run is sealed while runs come in steadily."""

import json
import threading
import time

import pytest

from arkrun_crd.names import GROUP, RUN_PLURAL, VERSION
from policies.builders import ended, record
from seal.cluster.environment import SealEnvironment, seals

pytestmark = [pytest.mark.slow, pytest.mark.cluster]

PER_SECOND = 20
SECONDS = 10
MAX_LAG_SECONDS = 2.0


def test_a_run_is_sealed_within_two_seconds(ours: SealEnvironment) -> None:
    """The 99th percentile at 20 creates and 20 ends a second, seen from outside by a watch."""
    runs = ours.runs()
    with ours.sealer():
        assert runs.create(record("first")).status == 201
        namespace = runs.get("first").json()["metadata"]["namespace"]
        lags = measure(ours, namespace, PER_SECOND * SECONDS)

    assert len(lags) == 2 * PER_SECOND * SECONDS
    assert sorted(lags)[int(len(lags) * 0.99)] < MAX_LAG_SECONDS


def measure(env: SealEnvironment, namespace: str, number: int) -> list[float]:
    """Create and end runs at a steady rate; return the seconds from each write to its seal."""
    written: dict[tuple[str, int], float] = {}
    sealed: dict[tuple[str, int], float] = {}
    watcher = threading.Thread(target=watch, args=(env, namespace, sealed, 2 * number), daemon=True)
    watcher.start()
    time.sleep(0.5)
    runs, started = env.runs(namespace), time.monotonic()
    for each in range(number):
        time.sleep(max(0.0, started + each / PER_SECOND - time.monotonic()))
        assert runs.create(record(f"run-{each}")).status == 201
        written[f"run-{each}", 0] = time.monotonic()
        status = {"status": ended("Succeeded")}
        assert runs.patch(f"run-{each}", status, suffix="/status").status == 200
        written[f"run-{each}", 1] = time.monotonic()
    watcher.join(60)
    return [sealed[key] - at for key, at in written.items() if key in sealed]


def watch(env: SealEnvironment, namespace: str, sealed: dict[tuple[str, int], float], expected: int) -> None:
    """Note when each seal is first seen."""
    path = f"/apis/{GROUP}/{VERSION}/namespaces/{namespace}/{RUN_PLURAL}?watch=true&timeoutSeconds=90"
    for line in env.control_plane.api.lines(path):
        run = json.loads(line)["object"]
        for kind, text in enumerate(seals(run)):
            if text is not None and run["metadata"]["name"] != "first":
                sealed.setdefault((run["metadata"]["name"], kind), time.monotonic())
        if len(sealed) >= expected:
            return
