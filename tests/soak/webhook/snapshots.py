"""Runs created while their team is edited: each one's snapshot is the spec of its teamGeneration."""

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
from attack.client import KeptApi
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
    """One team, one editor, several creators at a steady rate together."""

    def __init__(self, api: Api, namespace: str, *, seed: int) -> None:
        self._api = api
        self._root = f"/apis/{GROUP}/{VERSION}/namespaces/{namespace}"
        self._rng = Random(seed)
        self.history = History()

    def run(self, seconds: float, rate: float, *, creators: int = 8, pause: float = 0.03) -> None:
        """Create and edit for `seconds`, at `rate` creations a second."""
        with closing(KeptApi.like(self._api)) as api:
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
        """Return the names of stored runs whose snapshot is not the team's spec at its generation."""
        return [run["metadata"]["name"] for run in self.stored() if not self._right(run)]

    def stored(self) -> list[dict[str, Any]]:
        """List all runs of the edited team, in pages."""
        runs: list[dict[str, Any]] = []
        more = ""
        with closing(KeptApi.like(self._api)) as api:
            while True:
                page = api.call("GET", f"{self._root}/{RUN_PLURAL}?limit={PAGE}&continue={more}").json()
                runs += page["items"]
                more = page["metadata"].get("continue", "")
                if not more:
                    return [run for run in runs if run["spec"]["teamRef"] == TEAM]

    def _right(self, run: dict[str, Any]) -> bool:
        spec = run["spec"]
        team = self.history.specs.get(spec.get("teamGeneration", 0), {})
        return bool(team) and all(equal(spec.get(name), team.get(name)) for name in SNAPSHOT)

    def _editing(self, over: threading.Event, pause: float) -> None:
        api, number = KeptApi.like(self._api), 0
        while not over.wait(self._rng.random() * 2 * pause):
            number += 1
            self._edit(api, number)
        api.close()

    def _edit(self, api: KeptApi, number: int) -> None:
        path = f"{self._root}/{TEAM_PLURAL}/{TEAM}?fieldManager=editor&force=true"
        head = {"apiVersion": f"{GROUP}/{VERSION}", "kind": "ArkTeam", "metadata": {"name": TEAM}}
        body = json.dumps({**head, "spec": self._spec(number)}).encode()
        answer = api.call("PATCH", path, body, "application/apply-patch+yaml")
        assert answer.status in (200, 201), answer.body
        team = answer.json()
        self.history.specs[team["metadata"]["generation"]] = team["spec"]

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
        api, number = KeptApi.like(self._api), 0
        while (due := first + number * interval) < end:
            time.sleep(max(0.0, due - time.monotonic()))
            self._create(api, f"{name}-{number}")
            number += 1
        api.close()

    def _create(self, api: KeptApi, name: str) -> None:
        head = {"apiVersion": f"{GROUP}/{VERSION}", "kind": "ArkRun", "metadata": {"name": name}}
        body = json.dumps({**head, "spec": {"teamRef": TEAM}}).encode()
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
