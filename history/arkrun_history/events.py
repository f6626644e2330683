"""Events on teams, so that `kubectl describe arkteam` says what became of its runs."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any, Literal

import structlog

from arkrun_crd.names import API_VERSION, TEAM_KIND
from arkrun_history.metrics import FAILURES
from arkrun_history.table import Metadata
from arkrun_kube import Client, ConflictError, KubeError, NotFoundError, Resource

log = structlog.get_logger("arkrun_history")

EVENTS = Resource("events.k8s.io", "v1", "events")
CONTROLLER = "arkrun.dev/history"
NOTE_MAX = 1024
REMEMBERED = 1000


class Events:
    """Writes events.k8s.io/v1; what is said again is counted as a series of the first.

    An event that cannot be written is logged and forgotten: it must not keep anything from being done.
    """

    def __init__(self, client: Client, instance: str) -> None:
        self._client = client
        self._instance = instance[:128]
        self._counts: dict[tuple[str, str], int] = {}

    async def tell(self, team: Metadata, kind: Literal["Normal", "Warning"], reason: str, note: str) -> None:
        """Say something about a team. Its name follows from what is said, so replicas agree on it."""
        said = hashlib.sha256(f"{team.uid} {kind} {reason} {note}".encode()).hexdigest()[:16]
        name = f"{team.name}.{said}"
        try:
            await self._write(team, name, {"type": kind, "reason": reason, "note": note[:NOTE_MAX]})
        except KubeError as error:
            FAILURES.labels("event").inc()
            log.warning("event not written", team=team.name, reason=reason, error=str(error))

    async def _write(self, team: Metadata, name: str, what: dict[str, Any]) -> None:
        key = (team.namespace, name)
        count = self._counts.pop(key, 0) + 1
        try:
            if count == 1:
                count = await self._first(team, name, what)
            if count > 1:
                series = {"count": count, "lastObservedTime": _now()}
                await self._client.merge(EVENTS.path(team.namespace, name), {"series": series})
        except NotFoundError:
            # Events live for an hour; this one begins anew.
            count = await self._first(team, name, what)
        self._counts[key] = count
        if len(self._counts) > REMEMBERED:
            del self._counts[next(iter(self._counts))]

    async def _first(self, team: Metadata, name: str, what: dict[str, Any]) -> int:
        """Create the event; gives 2 when another replica, or we before a restart, have said it."""
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
            **what,
        }
        try:
            await self._client.create(EVENTS.path(team.namespace), body)
        except ConflictError:
            return 2
        return 1


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
