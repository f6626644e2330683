"""Teams and runs of one namespace, with the statuses that an operator writes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from arkrun_crd.names import RUN_PLURAL, TEAM_LABEL, TEAM_PLURAL
from controlplane import ControlPlane
from support.builders.objects import run, team
from support.cluster.resources import Resource


class Records:
    """The teams and runs of one namespace."""

    def __init__(self, control_plane: ControlPlane, namespace: str) -> None:
        self.control_plane = control_plane
        self.namespace = namespace
        self.runs = Resource(control_plane.api, namespace, RUN_PLURAL)
        self.teams = Resource(control_plane.api, namespace, TEAM_PLURAL)

    def create_team(self, name: str = "blog", **history: Any) -> None:
        """Create a team with these history fields."""
        manifest = team(name)
        response = self.teams.create({**manifest, "spec": {**manifest["spec"], **history}})
        assert response.status == 201, response.body

    def create_run(self, name: str, phase: str = "Succeeded", *, ago: float = 60, team: str = "blog") -> None:
        """Create a run and bring it to a phase; a finished one completed `ago` seconds before now."""
        manifest = run(name, team=team)
        manifest["metadata"]["labels"] = {TEAM_LABEL: team}
        response = self.runs.create(manifest)
        assert response.status == 201, response.body
        if phase != "Pending":
            self.set_phase(name, "Running")
        if phase in {"Succeeded", "Failed"}:
            self.set_phase(name, phase, ago)

    def set_phase(self, name: str, phase: str, ago: float = 0) -> None:
        """Write a phase as the operator does."""
        at = (datetime.now(UTC) - timedelta(seconds=ago)).strftime("%Y-%m-%dT%H:%M:%SZ")
        times = {"startTime": at} if phase == "Running" else {"completionTime": at}
        response = self.runs.patch(name, {"status": {"phase": phase, **times}}, suffix="/status")
        assert response.status == 200, response.body

    def run_names(self) -> set[str]:
        """Return the names of the existing runs."""
        return {run["metadata"]["name"] for run in self.runs.get("").json()["items"]}

    def last_run(self, team: str = "blog") -> tuple[str | None, str | None]:
        """Read lastRunName and lastRunPhase of a team."""
        status = self.teams.get(team).json().get("status", {})
        return status.get("lastRunName"), status.get("lastRunPhase")

    def events(self) -> list[tuple[str, str, str, int]]:
        """Return type, reason, note and count of each event of the namespace, sorted."""
        path = f"/apis/events.k8s.io/v1/namespaces/{self.namespace}/events"
        items = self.control_plane.api.call("GET", path).json()["items"]
        return sorted(
            (event["type"], event["reason"], event["note"], event.get("series", {}).get("count", 1))
            for event in items
        )
