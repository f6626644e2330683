"""Teams and runs on the real API server, and the runs to retain by the reference page."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from arkrun_crd.names import GROUP, RUN_PLURAL, TEAM_LABEL, TEAM_PLURAL, VERSION
from bench.clients import Call, create, merge, send
from controlplane import ControlPlane
from support.builders.objects import run as run_manifest
from support.builders.objects import team as team_manifest

Json = dict[str, Any]

CLIENTS = 8
LIMITS: tuple[Json, ...] = (
    {},
    {"successfulRunsHistoryLimit": 5, "failedRunsHistoryLimit": 0},
    {"successfulRunsHistoryLimit": 100, "failedRunsHistoryLimit": 100, "runRetainFor": "168h"},
)
HOUR, DAY = 3600, 86400


class Population:
    """`teams` teams of a namespace with alternating limits, and `runs` runs divided among them."""

    def __init__(self, control_plane: ControlPlane, namespace: str, *, teams: int, runs: int) -> None:
        self._control_plane = control_plane
        self._base = f"/apis/{GROUP}/{VERSION}/namespaces/{namespace}"
        self._names = [f"team-{number}" for number in range(teams)]
        self._count = runs

    def create(self, seed: int = 8) -> None:
        """Create teams and runs; the same seed gives the same phases and ages."""
        rng = random.Random(seed)
        teams = [create(f"{self._base}/{TEAM_PLURAL}", team) for team in self._teams()]
        send(self._control_plane, teams, CLIENTS)
        names = [f"run-{number:06}" for number in range(self._count)]
        created = [self._creation(name, number) for number, name in enumerate(names)]
        send(self._control_plane, created, CLIENTS)
        writes = [write for name in names for write in self._status_writes(name, rng)]
        # The clients work in parallel, so every run must be Running before any terminal phase is sent.
        for phase in (0, 1):
            send(self._control_plane, [call for order, call in writes if order == phase], CLIENTS)

    def runs(self) -> list[Json]:
        """Return all runs."""
        runs: list[Json] = self._get(RUN_PLURAL)["items"]
        return runs

    def teams(self) -> list[Json]:
        """Return all teams."""
        teams: list[Json] = self._get(TEAM_PLURAL)["items"]
        return teams

    def _get(self, plural: str) -> Json:
        response = self._control_plane.api.call("GET", f"{self._base}/{plural}")
        assert response.status == 200, response.body
        content: Json = response.json()
        return content

    def _teams(self) -> Iterator[Json]:
        for number, name in enumerate(self._names):
            manifest = team_manifest(name)
            yield {**manifest, "spec": {**manifest["spec"], **LIMITS[number % len(LIMITS)]}}

    def _creation(self, name: str, number: int) -> Call:
        owner = self._names[number % len(self._names)]
        manifest = run_manifest(name, team=owner, pipeline=team_manifest()["spec"]["pipeline"])
        manifest["metadata"]["labels"] = {TEAM_LABEL: owner}
        return create(f"{self._base}/{RUN_PLURAL}", manifest)

    def _status_writes(self, name: str, rng: random.Random) -> Iterator[tuple[int, Call]]:
        path = f"{self._base}/{RUN_PLURAL}/{name}/status"
        phase = rng.choices(["Pending", "Running", "Succeeded", "Failed"], [1, 1, 12, 6])[0]
        finished = datetime.now(UTC) - timedelta(seconds=_age(rng))
        if phase != "Pending":
            yield 0, merge(path, {"status": {"phase": "Running", "startTime": _timestamp(finished)}})
        if phase in {"Succeeded", "Failed"}:
            yield 1, merge(path, {"status": {"phase": phase, "completionTime": _timestamp(finished)}})


def retained(teams: list[Json], runs: list[Json], now: datetime) -> set[str]:
    """Return the names of the runs to retain by the reference page, computed from the complete objects."""
    specs = {team["metadata"]["name"]: team["spec"] for team in teams}
    names: set[str] = set()
    finished: dict[tuple[str, str], list[Json]] = defaultdict(list)
    for run in runs:
        phase = run.get("status", {}).get("phase", "")
        if phase in {"Succeeded", "Failed"}:
            finished[run["spec"]["teamRef"], phase].append(run)
        else:
            names.add(run["metadata"]["name"])
    for (owner, phase), candidates in finished.items():
        spec = specs.get(owner, {})
        hours = spec.get("runRetainFor", "").removesuffix("h")
        young = [
            run for run in candidates if not hours or now - _finished(run) <= timedelta(hours=int(hours))
        ]
        field, default = {
            "Succeeded": ("successfulRunsHistoryLimit", 10),
            "Failed": ("failedRunsHistoryLimit", 3),
        }[phase]
        newest = sorted(young, key=lambda run: (_finished(run), run["metadata"]["name"]), reverse=True)
        names |= {run["metadata"]["name"] for run in newest[: spec.get(field, default)]}
    return names


def last_runs(runs: list[Json]) -> dict[str, set[str]]:
    """Return each team's newest runs by creationTimestamp; several may have the same second."""
    newest: dict[str, str] = {}
    for run in runs:
        owner, created = run["spec"]["teamRef"], run["metadata"]["creationTimestamp"]
        newest[owner] = max(newest.get(owner, ""), created)
    tied: dict[str, set[str]] = defaultdict(set)
    for run in runs:
        if run["metadata"]["creationTimestamp"] == newest[run["spec"]["teamRef"]]:
            tied[run["spec"]["teamRef"]].add(run["metadata"]["name"])
    return dict(tied)


def names(runs: list[Json]) -> set[str]:
    return {run["metadata"]["name"] for run in runs}


def _age(rng: random.Random) -> int:
    """Return a run's age in seconds; none reaches 168h during the test."""
    age = rng.randrange(14 * DAY)
    return age + 2 * HOUR if abs(7 * DAY - age) < HOUR else age


def _finished(run: Json) -> datetime:
    text = run["status"].get("completionTime") or run["metadata"]["creationTimestamp"]
    return datetime.fromisoformat(text)


def _timestamp(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
