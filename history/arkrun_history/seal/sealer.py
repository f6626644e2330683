"""Seal one run: read it, decide, and patch exactly the version that was read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import structlog

from arkrun_crd.names import SPEC_SEAL_ANNOTATION, STATUS_SEAL_ANNOTATION
from arkrun_crd.seal.statement import format_seal, spec_statement, status_statement
from arkrun_history import metrics
from arkrun_history.cluster.clock import ServerClock
from arkrun_history.cluster.resources import RUNS, format_key
from arkrun_history.reflector.table import Key, parse_time
from arkrun_history.seal.decision import Step, next_seal
from arkrun_history.seal.facts import facts_of_object
from arkrun_history.seal.keyring import SigningKey
from arkrun_history.seal.tracker import SETTLE_SECONDS
from arkrun_kube import Client, ConflictError, NotFoundError

__all__ = ["Sealer"]

log = structlog.get_logger("arkrun_history")

Json = dict[str, Any]

ATTEMPTS = 5
LATE_SECONDS = 60.0
"""A seal that comes later than this after creation or end is reported as late."""


class Sealer:
    """Writes seals; `signing_key` returns a key whose public half is published."""

    def __init__(self, client: Client, clock: ServerClock, signing_key: Callable[[], SigningKey]) -> None:
        self._client = client
        self._clock = clock
        self._signing_key = signing_key

    async def seal(self, key: Key, uid: str, *, reopened: bool) -> Step:
        """Bring the seals of a run up to date and return what was written.

        Raises KubeError, and CanonicalError for a run that cannot be sealed. A run that changes between read
        and write is read again.
        """
        for attempts_left in reversed(range(ATTEMPTS)):
            try:
                return await self._attempt(key, uid, reopened=reopened)
            except NotFoundError:
                return Step.NOTHING
            except ConflictError:
                if not attempts_left:
                    raise
                await asyncio.sleep(SETTLE_SECONDS)
        raise AssertionError("unreachable")

    async def _attempt(self, key: Key, uid: str, *, reopened: bool) -> Step:
        run = await self._client.get(RUNS.path(*key))
        if run["metadata"]["uid"] != uid:
            return Step.NOTHING
        step = next_seal(facts_of_object(run, reopened=reopened))
        if step is Step.NOTHING:
            return step
        metadata = {name: run["metadata"][name] for name in ("uid", "resourceVersion")}
        patch = {"metadata": {**metadata, "annotations": self._annotations(run, step)}}
        await self._client.merge(RUNS.path(*key), patch)
        metrics.SEALS.labels(step.value).inc()
        self._report_late(key, run, step)
        return step

    def _annotations(self, run: Json, step: Step) -> dict[str, str | None]:
        if step is Step.OPEN:
            return {STATUS_SEAL_ANNOTATION: None}
        key = self._signing_key()
        named = {"key": key.public.id, "time": self._now()}
        seals: dict[str, str | None] = {}
        if step in (Step.SPEC, Step.BOTH):
            seals[SPEC_SEAL_ANNOTATION] = format_seal(spec_statement(run, **named), key.sign)
        if step in (Step.STATUS, Step.BOTH):
            seals[STATUS_SEAL_ANNOTATION] = format_seal(status_statement(run, **named), key.sign)
        return seals

    def _report_late(self, key: Key, run: Json, step: Step) -> None:
        """Log a seal that came late: nobody watched the run in the meantime."""
        status = run.get("status") or {}
        since = status.get("completionTime") if step is Step.STATUS else run["metadata"]["creationTimestamp"]
        began = parse_time(since)
        if step is Step.OPEN or began is None or (late := self._clock.now() - began) <= LATE_SECONDS:
            return
        metrics.LATE_SEALS.inc()
        log.info("sealed late", run=format_key(key), seal=step.value, seconds=round(late))

    def _now(self) -> str:
        return datetime.fromtimestamp(self._clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
