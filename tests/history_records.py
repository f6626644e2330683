"""Teams and runs of one namespace, with the statuses that an operator writes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from arkrun_crd.names import RUN_PLURAL, TEAM_LABEL, TEAM_PLURAL
from builders_cluster import run, team
from controlplane import ControlPlane
from records import Resource


class Records:
    """What is in a namespace."""

    def __init__(self, control_plane: ControlPlane, namespace: str) -> None:
        self.control_plane = control_plane
        self.namespace = namespace
        self.runs = Resource(control_plane.api, namespace, RUN_PLURAL)
        self.teams = Resource(control_plane.api, namespace, TEAM_PLURAL)

    def team(self, name: str = "blog", **history: Any) -> None:
        """Create a team with these history fields."""
        made = team(name)
        answer = self.teams.create({**made, "spec": {**made["spec"], **history}})
        assert answer.status == 201, answer.body

    def run(self, name: str, phase: str = "Succeeded", *, ago: float = 60, team: str = "blog") -> None:
        """Create a run, and bring it to a phase; an ended one ended `ago` seconds before now."""
        document = run(name, team=team)
        document["metadata"]["labels"] = {TEAM_LABEL: team}
        answer = self.runs.create(document)
        assert answer.status == 201, answer.body
        if phase != "Pending":
            self.phase(name, "Running")
        if phase in {"Succeeded", "Failed"}:
            self.phase(name, phase, ago)

    def phase(self, name: str, phase: str, ago: float = 0) -> None:
        """Write a phase as the operator does."""
        at = (datetime.now(UTC) - timedelta(seconds=ago)).strftime("%Y-%m-%dT%H:%M:%SZ")
        times = {"startTime": at} if phase == "Running" else {"completionTime": at}
        answer = self.runs.patch(name, {"status": {"phase": phase, **times}}, suffix="/status")
        assert answer.status == 200, answer.body

    def names(self) -> set[str]:
        """Name the runs that are there."""
        return {each["metadata"]["name"] for each in self.runs.get("").json()["items"]}

    def last(self, team: str = "blog") -> tuple[str | None, str | None]:
        """Read what a team says of its last run."""
        status = self.teams.get(team).json().get("status", {})
        return status.get("lastRunName"), status.get("lastRunPhase")

    def events(self) -> list[tuple[str, str, str, int]]:
        """Give type, reason, note and count of what was said about teams."""
        path = f"/apis/events.k8s.io/v1/namespaces/{self.namespace}/events"
        items = self.control_plane.api.call("GET", path).json()["items"]
        return sorted(
            (each["type"], each["reason"], each["note"], each.get("series", {}).get("count", 1))
            for each in items
        )
