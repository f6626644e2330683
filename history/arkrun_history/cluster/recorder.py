"""Events on teams and runs: `kubectl describe` shows what was deleted, or not sealed, and why."""

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
# An object's name has at most 253 characters, and the hash follows.
MAX_NAME_LENGTH = 236
MAX_CACHED_COUNTS = 1000


class Recorder:
    """Records events.k8s.io/v1; a repeated event increases the count of its series.

    Failures are logged and dropped: an event is no reason to stop the work it reports.
    """

    def __init__(self, client: Client, instance: str) -> None:
        self._client = client
        self._instance = instance[:MAX_INSTANCE_LENGTH]
        self._counts: dict[tuple[str, str], int] = {}

    async def event(
        self,
        subject: Metadata,
        kind: Literal["Normal", "Warning"],
        reason: str,
        note: str,
        *,
        regarding: str = TEAM_KIND,
        action: str = "Prune",
    ) -> None:
        """Record an event on a team, or on another kind of object that is `regarding`.

        Its name is a hash of its content, so that replicas share a series.
        """
        digest = hashlib.sha256(f"{subject.uid} {kind} {reason} {note}".encode()).hexdigest()[:16]
        name = f"{subject.name[:MAX_NAME_LENGTH]}.{digest}"
        content = {
            "type": kind,
            "reason": reason,
            "note": note[:MAX_NOTE_LENGTH],
            "action": action,
            "regarding": {
                "apiVersion": API_VERSION,
                "kind": regarding,
                "name": subject.name,
                "namespace": subject.namespace,
                "uid": subject.uid,
            },
        }
        try:
            await self._record(subject.namespace, name, content)
        except KubeError as error:
            FAILURES.labels("event").inc()
            log.warning("event not recorded", subject=subject.name, reason=reason, error=str(error))

    async def _record(self, namespace: str, name: str, content: dict[str, Any]) -> None:
        key = (namespace, name)
        count = self._counts.pop(key, 0) + 1
        try:
            if count == 1:
                count = await self._create(namespace, name, content)
            if count > 1:
                series = {"count": count, "lastObservedTime": _now()}
                await self._client.merge(EVENTS.path(namespace, name), {"series": series})
        except NotFoundError:
            # The API server removes events after an hour, so the series starts again.
            count = await self._create(namespace, name, content)
        self._counts[key] = count
        if len(self._counts) > MAX_CACHED_COUNTS:
            del self._counts[next(iter(self._counts))]

    async def _create(self, namespace: str, name: str, content: dict[str, Any]) -> int:
        """Create the event and return its count: 2 if another replica, or an earlier process, created it."""
        body = {
            "apiVersion": "events.k8s.io/v1",
            "kind": "Event",
            "metadata": {"name": name, "namespace": namespace},
            "eventTime": _now(),
            "reportingController": CONTROLLER,
            "reportingInstance": self._instance,
            **content,
        }
        try:
            await self._client.create(EVENTS.path(namespace), body)
        except ConflictError:
            return 2
        return 1


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
