"""Events on teams: `kubectl describe arkteam` shows what was deleted and why."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any, Literal

import structlog

from arkrun_crd.names import API_VERSION, TEAM_KIND
from arkrun_history.metrics import FAILURES
from arkrun_history.reflector.table import Metadata
from arkrun_kube import Client, ConflictError, KubeError, NotFoundError, Resource

log = structlog.get_logger("arkrun_history")

EVENTS = Resource("events.k8s.io", "v1", "events")
CONTROLLER = "arkrun.dev/history"
MAX_NOTE_LENGTH = 1024
MAX_INSTANCE_LENGTH = 128
MAX_CACHED_COUNTS = 1000


class Recorder:
    """Records events.k8s.io/v1; a repeated event increases the count of its series.

    Failures are logged and dropped: an event is no reason to stop the work it reports.
    """

    def __init__(self, client: Client, instance: str) -> None:
        self._client = client
        self._instance = instance[:MAX_INSTANCE_LENGTH]
        self._counts: dict[tuple[str, str], int] = {}

    async def event(self, team: Metadata, kind: Literal["Normal", "Warning"], reason: str, note: str) -> None:
        """Record an event on a team. Its name is a hash of its content, so that replicas share a series."""
        digest = hashlib.sha256(f"{team.uid} {kind} {reason} {note}".encode()).hexdigest()[:16]
        name = f"{team.name}.{digest}"
        try:
            await self._record(team, name, {"type": kind, "reason": reason, "note": note[:MAX_NOTE_LENGTH]})
        except KubeError as error:
            FAILURES.labels("event").inc()
            log.warning("event not recorded", team=team.name, reason=reason, error=str(error))

    async def _record(self, team: Metadata, name: str, content: dict[str, Any]) -> None:
        key = (team.namespace, name)
        count = self._counts.pop(key, 0) + 1
        try:
            if count == 1:
                count = await self._create(team, name, content)
            if count > 1:
                series = {"count": count, "lastObservedTime": _now()}
                await self._client.merge(EVENTS.path(team.namespace, name), {"series": series})
        except NotFoundError:
            # The API server removes events after an hour, so the series starts again.
            count = await self._create(team, name, content)
        self._counts[key] = count
        if len(self._counts) > MAX_CACHED_COUNTS:
            del self._counts[next(iter(self._counts))]

    async def _create(self, team: Metadata, name: str, content: dict[str, Any]) -> int:
        """Create the event and return its count: 2 if another replica, or an earlier process, created it."""
        body = {
            "apiVersion": "events.k8s.io/v1",
            "kind": "Event",
            "metadata": {"name": name, "namespace": team.namespace},
            "eventTime": _now(),
            "reportingController": CONTROLLER,
            "reportingInstance": self._instance,
            "action": "Prune",
            "regarding": {
                "apiVersion": API_VERSION,
                "kind": TEAM_KIND,
                "name": team.name,
                "namespace": team.namespace,
                "uid": team.uid,
            },
            **content,
        }
        try:
            await self._client.create(EVENTS.path(team.namespace), body)
        except ConflictError:
            return 2
        return 1


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
