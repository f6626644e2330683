"""Runs created while their team is edited: each snapshot must be the team's spec at teamGeneration."""

import http.client
import json
import threading
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from random import Random
from typing import Any

from arkrun_crd.names import GROUP, RUN_PLURAL, TEAM_PLURAL, VERSION
from arkrun_webhook.compare.equality import equal
from attack.client import PersistentApi
from controlplane import Api

SNAPSHOT = ("pipeline", "roles", "routing", "output", "timeoutSeconds", "maxTokens", "input")
PAGE = 500
TEAM = "edited"


@dataclass
class History:
    """The spec of the team at each generation, and the outcome of each creation."""

    specs: dict[int, dict[str, Any]] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)
    unexpected: list[str] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)


class Soak:
    """A team with an editor, and creators of runs at a constant total rate."""

    def __init__(self, api: Api, namespace: str, *, seed: int) -> None:
        self._api = api
        self._root = f"/apis/{GROUP}/{VERSION}/namespaces/{namespace}"
        self._rng = Random(seed)
        self.history = History()

    def run(self, seconds: float, rate: float, *, creators: int = 8, pause: float = 0.03) -> None:
        """Edit the team and create runs for `seconds`, with `rate` creates per second."""
        with closing(PersistentApi.like(self._api)) as api:
            self._edit(api, 0)
        over = threading.Event()
        threads = [threading.Thread(target=self._editing, args=(over, pause))]
        begin = time.monotonic()
        for number in range(creators):
            first = begin + number / rate
            arguments = (f"c{number}", first, creators / rate, begin + seconds)
            threads.append(threading.Thread(target=self._creating, args=arguments))
        for thread in threads:
            thread.start()
        for thread in threads[1:]:
            thread.join()
        over.set()
        threads[0].join()

    def wrong_runs(self) -> list[str]:
        """Return the names of stored runs whose snapshot differs from the team's spec at its generation."""
        return [run["metadata"]["name"] for run in self.stored() if not self._is_correct(run)]

    def stored(self) -> list[dict[str, Any]]:
        """Return all runs of the edited team, read in pages."""
        runs: list[dict[str, Any]] = []
        more = ""
        with closing(PersistentApi.like(self._api)) as api:
            while True:
                page = api.call("GET", f"{self._root}/{RUN_PLURAL}?limit={PAGE}&continue={more}").json()
                runs += page["items"]
                more = page["metadata"].get("continue", "")
                if not more:
                    return [run for run in runs if run["spec"]["teamRef"] == TEAM]

    def _is_correct(self, run: dict[str, Any]) -> bool:
        spec = run["spec"]
        team = self.history.specs.get(spec.get("teamGeneration", 0), {})
        return bool(team) and all(equal(spec.get(name), team.get(name)) for name in SNAPSHOT)

    def _editing(self, over: threading.Event, pause: float) -> None:
        api, number = PersistentApi.like(self._api), 0
        while not over.wait(self._rng.random() * 2 * pause):
            number += 1
            self._edit(api, number)
        api.close()

    def _edit(self, api: PersistentApi, number: int) -> None:
        path = f"{self._root}/{TEAM_PLURAL}/{TEAM}?fieldManager=editor&force=true"
        team = {"apiVersion": f"{GROUP}/{VERSION}", "kind": "ArkTeam", "metadata": {"name": TEAM}}
        body = json.dumps({**team, "spec": self._spec(number)}).encode()
        answer = api.call("PATCH", path, body, "application/apply-patch+yaml")
        assert answer.status in (200, 201), answer.body
        stored = answer.json()
        self.history.specs[stored["metadata"]["generation"]] = stored["spec"]

    def _spec(self, number: int) -> dict[str, Any]:
        names = [f"r{index}" for index in range(1 + number % 5)]
        return {
            "roles": [{"name": name, "model": "m", "systemPrompt": f"prompt {number}"} for name in names],
            "pipeline": [{"role": name, "inputs": {"n": str(number)}} for name in names],
            "output": f"{number}",
            "timeoutSeconds": number + 1,
            "maxTokens": number + 1,
            "input": {"number": str(number)},
        }

    def _creating(self, name: str, first: float, interval: float, end: float) -> None:
        api, number = PersistentApi.like(self._api), 0
        while (due := first + number * interval) < end:
            time.sleep(max(0.0, due - time.monotonic()))
            self._create(api, f"{name}-{number}")
            number += 1
        api.close()

    def _create(self, api: PersistentApi, name: str) -> None:
        run = {"apiVersion": f"{GROUP}/{VERSION}", "kind": "ArkRun", "metadata": {"name": name}}
        body = json.dumps({**run, "spec": {"teamRef": TEAM}}).encode()
        started = time.perf_counter()
        answer = api.call("POST", f"{self._root}/{RUN_PLURAL}", body)
        self.history.milliseconds.append((time.perf_counter() - started) * 1000)
        if answer.status == http.client.CREATED:
            self.history.outcomes["created"] += 1
        elif answer.status == http.client.CONFLICT and "create the run again" in answer.message:
            self.history.outcomes["team changed meanwhile"] += 1
        else:
            self.history.outcomes["unexpected"] += 1
            self.history.unexpected.append(answer.body.decode(errors="replace"))
