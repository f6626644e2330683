"""Run edits and lifecycles on one API server."""

import random
import time
from collections import Counter
from typing import Any

from arkrun_crd.seal.verify import State, verify
from attack_seal.edits import random_edit
from attack_seal.lifecycles import Lifecycles
from policies.builders import ended, record
from seal.cluster.environment import SYSTEM, SealEnvironment
from support.cluster.etcd import run_key
from support.cluster.namespaces import create_namespace

Json = dict[str, Any]

SEAL_SECONDS = 120.0
PHASES = ("Succeeded", "Failed", "Running")


def sealed_population(env: SealEnvironment, size: int) -> dict[str, Json]:
    """Create and seal runs in each phase, stop the sealer, and return the runs by name."""
    runs = env.runs()
    with env.sealer():
        for number in range(size):
            name, phase = f"run-{number}", PHASES[number % len(PHASES)]
            assert runs.create(record(name, xNumber=number, xRatio=number / 7)).status == 201
            status = {"phase": "Running"} if phase == "Running" else ended(phase)
            assert runs.patch(name, {"status": status}, suffix="/status").status == 200
        keys = env.keys()
        deadline = time.monotonic() + SEAL_SECONDS
        while True:
            stored = {each["metadata"]["name"]: each for each in runs.get("").json()["items"]}
            if all(verify(run, keys or env.keys()).state is State.VERIFIED for run in stored.values()):
                return stored
            assert time.monotonic() < deadline
            time.sleep(0.2)


def attack(env: SealEnvironment, edits: int, *, seed: int, size: int = 60) -> tuple[Counter[str], list[str]]:
    """Edit sealed runs in etcd; return the counts by kind and state, and the edits with a wrong state."""
    population = sealed_population(env, size)
    names, keys, source = sorted(population), env.keys(), random.Random(seed)
    namespace = population[names[0]]["metadata"]["namespace"]
    runs, etcd = env.runs(namespace), env.etcd
    stored = {name: etcd.read(run_key(namespace, name)) for name in names}
    tally: Counter[str] = Counter()
    wrong: list[str] = []
    for number in range(edits):
        name, other = source.sample(names, 2)
        edit = random_edit(stored[name], stored[other], source)
        key = run_key(*(edit.copied_to or (namespace, name)))
        etcd.write(key, edit.run)
        answer = runs.get(edit.copied_to[1] if edit.copied_to else name)
        assert answer.status == 200, answer.body
        returned = answer.json()
        state = verify(returned, keys).state
        tally[f"{edit.kind}: {state}"] += 1
        if state not in edit.expected(returned):
            wrong.append(
                f"edit {number}, {edit.kind}: {state}, expected {set(edit.expected(returned))}: {returned}"
            )
        if edit.copied_to:
            etcd.delete(key)
        else:
            etcd.write(key, stored[name])
    return tally, wrong


def run_lifecycles(env: SealEnvironment, number: int, *, seed: int, rounds: int = 4) -> Lifecycles:
    """Run lifecycles during kills of the sealer, key rotations and upgrades, and wait for all seals."""
    lifecycles = Lifecycles(env, create_namespace(env.control_plane))
    rotating = {"seal_key_rotation": "5s", "seal_key_ahead": "1s"}
    for turn in range(rounds):
        with env.sealer(**rotating) as replica:
            lifecycles.run(number // rounds // 2, seed=seed * 1000 + turn)
            replica.kill()
        env.upgrade(f"seal.keyRotation={30 + turn}d")
        # No sealer runs, so these runs are sealed late.
        lifecycles.run(number // rounds - number // rounds // 2, seed=seed * 1000 + 500 + turn)
    with env.sealer():
        _settle(env, lifecycles)
    return lifecycles


def _settle(env: SealEnvironment, lifecycles: Lifecycles) -> None:
    """Wait until each run is verified or recognized as a restored copy."""
    deadline = time.monotonic() + SEAL_SECONDS
    waiting = set(lifecycles.names)
    while waiting:
        keys = env.keys()
        for run in lifecycles.runs.get("").json()["items"]:
            name, report = run["metadata"]["name"], verify(run, keys)
            assert report.state is not State.ALTERED, (name, report)
            settled = report.state is State.VERIFIED or report.identity.reason.startswith("a restored copy")
            if settled and report.status.state is not State.UNKNOWN:
                waiting.discard(name)
        assert time.monotonic() < deadline, {name: lifecycles.check(name) for name in waiting}
        time.sleep(0.5)


def count_public_keys(env: SealEnvironment) -> int:
    """Return the number of public keys, which grows with each rotation."""
    config_map = env.control_plane.api.call("GET", f"/api/v1/namespaces/{SYSTEM}/configmaps/arkrun-seal-keys")
    return len(config_map.json()["data"])
