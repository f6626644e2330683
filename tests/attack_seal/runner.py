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
    """Create and seal runs of each phase, and return them by name; the sealer is gone afterwards."""
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
            found = {each["metadata"]["name"]: each for each in runs.get("").json()["items"]}
            if all(verify(run, keys or env.keys()).state is State.VERIFIED for run in found.values()):
                return found
            assert time.monotonic() < deadline
            time.sleep(0.2)


def attack(env: SealEnvironment, edits: int, *, seed: int, size: int = 60) -> tuple[Counter[str], list[str]]:
    """Edit sealed runs in etcd; return the edits by kind and answer, and those with a wrong answer."""
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
        place = run_key(*(edit.place or (namespace, name)))
        etcd.write(place, edit.run)
        answer = runs.get(edit.place[1] if edit.place else name)
        assert answer.status == 200, answer.body
        found = answer.json()
        state = verify(found, keys).state
        tally[f"{edit.kind}: {state}"] += 1
        if state not in edit.answers(found):
            wrong.append(f"edit {number}, {edit.kind}: {state}, expected {set(edit.answers(found))}: {found}")
        if edit.place:
            etcd.delete(place)
        else:
            etcd.write(place, stored[name])
    return tally, wrong


def live(env: SealEnvironment, lives: int, *, seed: int, rounds: int = 4) -> Lifecycles:
    """Lead lives while the sealer is killed, keys rotate and the release is upgraded; all settle."""
    led = Lifecycles(env, create_namespace(env.control_plane))
    rotating = {"seal_key_rotation": "5s", "seal_key_ahead": "1s"}
    for number in range(rounds):
        with env.sealer(**rotating) as replica:
            led.live(lives // rounds // 2, seed=seed * 1000 + number)
            replica.kill()
        env.upgrade(f"seal.keyRotation={30 + number}d")
        # Nobody seals: what happens now is sealed late.
        led.live(lives // rounds - lives // rounds // 2, seed=seed * 1000 + 500 + number)
    with env.sealer():
        _settle(env, led)
    return led


def _settle(env: SealEnvironment, led: Lifecycles) -> None:
    """Wait until each run is verified, or a restored copy."""
    deadline = time.monotonic() + SEAL_SECONDS
    waiting = set(led.names)
    while waiting:
        keys = env.keys()
        for run in led.runs.get("").json()["items"]:
            name, report = run["metadata"]["name"], verify(run, keys)
            assert report.state is not State.ALTERED, (name, report)
            settled = report.state is State.VERIFIED or report.identity.reason.startswith("a restored copy")
            if settled and report.status.state is not State.UNKNOWN:
                waiting.discard(name)
        assert time.monotonic() < deadline, {name: led.check(name) for name in waiting}
        time.sleep(0.5)


def published(env: SealEnvironment) -> int:
    """Return the number of public keys, which grows with each rotation."""
    found = env.control_plane.api.call("GET", f"/api/v1/namespaces/{SYSTEM}/configmaps/arkrun-seal-keys")
    return len(found.json()["data"])
