"""Teams and their runs on the real API server, and what must be left of them by the reference page."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from arkrun_crd.names import GROUP, RUN_PLURAL, TEAM_LABEL, TEAM_PLURAL, VERSION
from bench.clients import Call, create, merge, send
from builders_cluster import run, team
from controlplane import ControlPlane

Json = dict[str, Any]

CLIENTS = 8
POLICIES: tuple[Json, ...] = (
    {},
    {"successfulRunsHistoryLimit": 5, "failedRunsHistoryLimit": 0},
    {"successfulRunsHistoryLimit": 100, "failedRunsHistoryLimit": 100, "runRetainFor": "168h"},
)
HOUR, DAY = 3600, 86400


class Population:
    """`teams` teams in one namespace, their policies in turn, with `runs` runs among them."""

    def __init__(self, control_plane: ControlPlane, namespace: str, *, teams: int, runs: int) -> None:
        self._control_plane = control_plane
        self._base = f"/apis/{GROUP}/{VERSION}/namespaces/{namespace}"
        self._names = [f"team-{number}" for number in range(teams)]
        self._count = runs

    def create(self, seed: int = 8) -> None:
        """Create all; the same seed gives the same mixture of phases and ages."""
        chance = random.Random(seed)
        teams = [create(f"{self._base}/{TEAM_PLURAL}", each) for each in self._teams()]
        send(self._control_plane, teams, CLIENTS)
        names = [f"run-{number:06}" for number in range(self._count)]
        created = [self._create(name, number) for number, name in enumerate(names)]
        send(self._control_plane, created, CLIENTS)
        ways = [way for name in names for way in self._way(name, chance)]
        # A client sends its share in turn, so a run's writes must be in one share.
        for stage in (0, 1):
            send(self._control_plane, [call for when, call in ways if when == stage], CLIENTS)

    def runs(self) -> list[Json]:
        """Read all runs, whole."""
        found: list[Json] = self._get(RUN_PLURAL)["items"]
        return found

    def teams(self) -> list[Json]:
        """Read all teams, whole."""
        found: list[Json] = self._get(TEAM_PLURAL)["items"]
        return found

    def _get(self, plural: str) -> Json:
        answer = self._control_plane.api.call("GET", f"{self._base}/{plural}")
        assert answer.status == 200, answer.body
        found: Json = answer.json()
        return found

    def _teams(self) -> Iterator[Json]:
        for number, name in enumerate(self._names):
            made = team(name)
            yield {**made, "spec": {**made["spec"], **POLICIES[number % len(POLICIES)]}}

    def _create(self, name: str, number: int) -> Call:
        owner = self._names[number % len(self._names)]
        document = run(name, team=owner, pipeline=team()["spec"]["pipeline"])
        document["metadata"]["labels"] = {TEAM_LABEL: owner}
        return create(f"{self._base}/{RUN_PLURAL}", document)

    def _way(self, name: str, chance: random.Random) -> Iterator[tuple[int, Call]]:
        path = f"{self._base}/{RUN_PLURAL}/{name}/status"
        phase = chance.choices(["Pending", "Running", "Succeeded", "Failed"], [1, 1, 12, 6])[0]
        ended = datetime.now(UTC) - timedelta(seconds=_age(chance))
        if phase != "Pending":
            yield 0, merge(path, {"status": {"phase": "Running", "startTime": _text(ended)}})
        if phase in {"Succeeded", "Failed"}:
            yield 1, merge(path, {"status": {"phase": phase, "completionTime": _text(ended)}})


def left(teams: list[Json], runs: list[Json], now: datetime) -> set[str]:
    """Say which runs must be left, from whole objects, in the words of the reference page."""
    specs = {each["metadata"]["name"]: each["spec"] for each in teams}
    kept: set[str] = set()
    ended: dict[tuple[str, str], list[Json]] = defaultdict(list)
    for each in runs:
        phase = each.get("status", {}).get("phase", "")
        if phase in {"Succeeded", "Failed"}:
            ended[each["spec"]["teamRef"], phase].append(each)
        else:
            kept.add(each["metadata"]["name"])
    for (owner, phase), those in ended.items():
        spec = specs.get(owner, {})
        hours = spec.get("runRetainFor", "").removesuffix("h")
        young = [one for one in those if not hours or now - _end(one) <= timedelta(hours=int(hours))]
        field, default = {
            "Succeeded": ("successfulRunsHistoryLimit", 10),
            "Failed": ("failedRunsHistoryLimit", 3),
        }[phase]
        last = sorted(young, key=lambda one: (_end(one), one["metadata"]["name"]), reverse=True)
        kept |= {one["metadata"]["name"] for one in last[: spec.get(field, default)]}
    return kept


def last_runs(runs: list[Json]) -> dict[str, set[str]]:
    """Say which runs are each team's newest by creationTimestamp; whole seconds leave ties."""
    newest: dict[str, str] = {}
    for each in runs:
        owner, made = each["spec"]["teamRef"], each["metadata"]["creationTimestamp"]
        newest[owner] = max(newest.get(owner, ""), made)
    named: dict[str, set[str]] = defaultdict(set)
    for each in runs:
        if each["metadata"]["creationTimestamp"] == newest[each["spec"]["teamRef"]]:
            named[each["spec"]["teamRef"]].add(each["metadata"]["name"])
    return dict(named)


def names(runs: list[Json]) -> set[str]:
    """Give their names."""
    return {each["metadata"]["name"] for each in runs}


def _age(chance: random.Random) -> int:
    """Return the seconds since a run's end; no run reaches 168h while the test runs."""
    age = chance.randrange(14 * DAY)
    return age + 2 * HOUR if abs(7 * DAY - age) < HOUR else age


def _end(one: Json) -> datetime:
    text = one["status"].get("completionTime") or one["metadata"]["creationTimestamp"]
    return datetime.fromisoformat(text)


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
