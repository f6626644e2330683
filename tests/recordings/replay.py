"""Replay of a recording, write by write."""

from __future__ import annotations

from typing import Any, Final

from arkrun_crd.names import API_VERSION, RUN_KIND, RUN_PLURAL, TEAM_KIND, TEAM_PLURAL
from controlplane import Answer, Api
from recordings.recording import Json, Recording
from support.cluster.resources import Resource

OPERATOR_ACCOUNT: Final = "ark-system/ark-operator"
"""The operator's ServiceAccount, as in the chart's webhook.controllers."""

OPERATOR: Final = f"system:serviceaccount:{OPERATOR_ACCOUNT.replace('/', ':')}"


class Replay:
    """Replays a recording in a namespace; `api` is an administrator's client."""

    def __init__(self, api: Api, namespace: str, recording: Recording) -> None:
        self.recording = recording
        self.teams = Resource(api, namespace, TEAM_PLURAL)
        self.client = Resource(api, namespace, RUN_PLURAL)
        self.operator = Resource(api.impersonate(OPERATOR), namespace, RUN_PLURAL)
        self.name: str = recording.metadata["name"]
        self._team: Json = {}

    def create_team(self) -> Answer | None:
        """Create the team; returns None for a run of a single agent."""
        if self.recording.team is None:
            return None
        metadata = {"name": self.recording.spec["teamRef"]}
        answer = self.teams.create(_object(TEAM_KIND, metadata, self.recording.team))
        self._team = answer.json()
        return answer

    def create_run(self) -> Answer:
        """Create the run as its client sent it, for the team in this cluster."""
        metadata, spec = self.recording.metadata, self.recording.spec
        for owner in metadata.get("ownerReferences", ()):
            owner.setdefault("uid", self._team.get("metadata", {}).get("uid", "1"))
        return self.client.create(_object(RUN_KIND, metadata, self._of_live_team(spec)))

    def write(self, write: Json, *, by: Resource | None = None) -> Answer:
        """Send a recorded write, by default as the operator."""
        client = by or self.operator
        if "body" in write:
            return client.patch(self.name, write["body"])
        stored = self.stored()
        if "status" in write:
            return client.replace(self.name, {**stored, "status": write["status"]}, "/status")
        return client.replace(self.name, {**stored, "spec": self._of_live_team(write["spec"])})

    def stored(self) -> Json:
        """Return the stored run."""
        answer = self.client.get(self.name)
        assert answer.status == 200, answer.message
        document: Json = answer.json()
        return document

    def _of_live_team(self, spec: Json) -> Json:
        """Set teamGeneration to the live one, because the recorded one is from another cluster."""
        if "teamGeneration" in spec:
            spec["teamGeneration"] = self._team["metadata"]["generation"]
        return spec


def _object(kind: str, metadata: Any, spec: Any) -> Json:
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": metadata, "spec": spec}
