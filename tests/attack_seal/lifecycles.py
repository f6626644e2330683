"""Legitimate lifecycles of runs, verified at every step: no state may be `altered`."""

import copy
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import count
from typing import Any

from arkrun_crd.names import RESTORED_ANNOTATION, RUN_PLURAL
from arkrun_crd.seal.verify import State, verify
from policies.builders import ended, record
from seal.cluster.environment import SealEnvironment
from support.cluster.resources import Resource

Json = dict[str, Any]

_NUMBERS = count()


class Lifecycles:
    """Lifecycles of runs in one namespace; `states` counts the results of all verifications."""

    def __init__(self, env: SealEnvironment, namespace: str) -> None:
        self._env = env
        self.runs = Resource(env.control_plane.api, namespace, RUN_PLURAL)
        self.states: Counter[str] = Counter()
        self.altered: list[str] = []
        self.names: dict[str, Json] = {}

    def run(self, number: int, *, seed: int, clients: int = 6) -> None:
        """Run this many lifecycles, several of them concurrently."""
        with ThreadPoolExecutor(clients) as pool:
            for done in [
                pool.submit(self._lifecycle, random.Random(f"{seed}-{each}")) for each in range(number)
            ]:
                done.result()

    def check(self, name: str) -> State | None:
        """Verify the stored run."""
        answer = self.runs.get(name)
        if answer.status != 200:
            return None
        report = verify(answer.json(), self._env.keys())
        self.states[report.state] += 1
        if report.state is State.ALTERED:
            self.altered.append(f"{name}: {report.parts}")
        return report.state

    def _lifecycle(self, source: random.Random) -> None:
        name = f"life-{next(_NUMBERS)}"
        self._create(record(name, xRatio=source.random(), xLarge=2**53 + source.randrange(9)))
        self.check(name)
        phase = source.choice(["Succeeded", "Failed", "Failed"])
        self._write(name, {"phase": "Running", "startTime": _now()})
        self._write(name, ended(phase, completionTime=_now()))
        self.check(name)
        for _ in range(source.choice([0, 1, 1, 2]) if phase == "Failed" else 0):
            phase = self._retry(name, source)
        self._annotate(name)
        if source.random() < 0.15:
            self._restore(name)
        self.check(name)
        self.names[name] = {}

    def _retry(self, name: str, source: random.Random) -> str:
        status = self.runs.get(name).json()["status"]
        failed = [step for step in status["steps"] if step["phase"] == "Failed"]
        if status["phase"] != "Failed" or not failed:
            return str(status["phase"])
        steps = [
            {"name": step["name"], "phase": "Pending"} if step["phase"] == "Failed" else step
            for step in status["steps"]
        ]
        self._write(name, {"phase": "Running", "completionTime": None, "steps": steps})
        self.check(name)
        phase = source.choice(["Succeeded", "Failed"])
        ends = [{**step, "phase": phase} if step["phase"] == "Pending" else step for step in steps]
        self._write(name, {"phase": phase, "completionTime": _now(), "steps": ends})
        self.check(name)
        return phase

    def _restore(self, name: str) -> None:
        """Delete the run and restore it as docs/backup.md does, with all annotations."""
        original = copy.deepcopy(self.runs.get(name).json())
        self.runs.delete(name)
        document = record(name)
        document["metadata"]["annotations"] = {
            **original["metadata"].get("annotations", {}),
            RESTORED_ANNOTATION: "true",
        }
        document["spec"] = original["spec"]
        self._create(document)
        self.check(name)
        self._write(name, original["status"])

    def _create(self, document: Json) -> None:
        answer = self.runs.create(document)
        assert answer.status == 201, answer.message

    def _write(self, name: str, status: Json) -> None:
        answer = self.runs.patch(name, {"status": status}, suffix="/status")
        assert answer.status == 200, answer.message

    def _annotate(self, name: str) -> None:
        metadata = {"annotations": {"reviewed-by": "me"}, "finalizers": None}
        assert self.runs.patch(name, {"metadata": metadata}).status == 200


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
