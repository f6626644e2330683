"""Reconcile one team: read it, decide about its runs, update its status, delete what has expired."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import structlog

from arkrun_history import metrics
from arkrun_history.cluster.clock import ServerClock
from arkrun_history.cluster.recorder import Recorder
from arkrun_history.cluster.resources import RUNS, format_key
from arkrun_history.cluster.team import LastRun, Team, read_team, write_last_run
from arkrun_history.policy.limits import Limits
from arkrun_history.policy.retention import TERMINAL, decide, last_run
from arkrun_history.reflector.store import RunStore
from arkrun_history.reflector.table import Key, Metadata, Run, parse_time
from arkrun_history.retention.deleter import Deleter
from arkrun_kube import Client, NotFoundError

log = structlog.get_logger("arkrun_history")

MAX_DELETIONS = 400
"""Deletions per reconciliation; then the team is read again, because its limits may have changed."""


class _Status(msgspec.Struct, rename="camel"):
    completion_time: str | None = None


class _RunStatus(msgspec.Struct):
    metadata: Metadata
    status: _Status = msgspec.field(default_factory=_Status)


class Reconciler:
    """Reconciles teams, level-triggered: only the present state counts, not the event that led to it.

    `lease_remaining` returns the seconds for which this replica may still write. The runs of a team that
    has been missing for `orphan_grace` seconds are subject to `orphan_limits`. With `sealed_only`, a run is
    deleted only once it is sealed.
    """

    def __init__(
        self,
        client: Client,
        store: RunStore,
        clock: ServerClock,
        *,
        recorder: Recorder,
        lease_remaining: Callable[[], float],
        orphan_limits: Limits,
        orphan_grace: float,
        dry_run: bool,
        sealed_only: bool = False,
    ) -> None:
        self._client = client
        self._sealed_only = sealed_only
        self._store = store
        self._clock = clock
        self._recorder = recorder
        self._lease_remaining = lease_remaining
        self._orphan_limits = orphan_limits
        self._orphan_grace = orphan_grace
        self._dry_run = dry_run
        self._deleter = Deleter(client, store, recorder, lease_remaining=lease_remaining, dry_run=dry_run)
        self._missing_since: dict[Key, float] = {}
        self._problems: dict[Key, str] = {}
        self._last_writes: dict[str, tuple[LastRun, LastRun]] = {}

    async def reconcile(self, key: Key) -> float | None:
        """Reconcile one team; return when (Unix seconds) to requeue it, or None to wait for a change.

        Raises KubeError and LeaseLostError; what was done before stays done.
        """
        team = await read_team(self._client, key)
        if team is None and not self._store.of_team(key):
            self._forget(key)
            return None
        if team is None and (grace_end := self._grace_end(key)) is not None:
            return grace_end
        if team is not None:
            self._missing_since.pop(key, None)
        limits = self._orphan_limits if team is None else team.spec.limits()
        runs = self._store.of_team(key)
        complete = await self._with_completion(runs)
        decision = decide(limits, complete, self._clock.now(), sealed_only=self._sealed_only)
        if team is not None:
            await self._report_problem(key, team, limits)
            expired = {run.uid for run, _ in decision.expired}
            await self._update_last_run(team, [run for run in runs if run.uid not in expired])
        await self._deleter.delete(key, team, decision.expired[:MAX_DELETIONS])
        return self._clock.now() if len(decision.expired) > MAX_DELETIONS else decision.next_expiry

    def _grace_end(self, key: Key) -> float | None:
        """Return the end of a missing team's grace period, or None once it is over.

        `kubectl replace --force` deletes and recreates a team within moments.
        """
        now = self._clock.now()
        end = self._missing_since.setdefault(key, now) + self._orphan_grace
        return end if now < end else None

    def _forget(self, key: Key) -> None:
        self._missing_since.pop(key, None)
        self._problems.pop(key, None)

    async def _with_completion(self, runs: Sequence[Run]) -> list[Run]:
        """Read completionTime where the CRD's Table lacks it, once per resourceVersion.

        A run that has changed meanwhile is left out. Its watch event triggers another reconciliation, and
        without it the others can only appear newer.
        """
        complete = []
        for run in runs:
            if run.completion_known or run.deleting or run.phase not in TERMINAL:
                complete.append(run)
            elif (updated := await self._read_completion(run)) is not None:
                self._store.upsert(updated)
                complete.append(updated)
        return complete

    async def _read_completion(self, run: Run) -> Run | None:
        try:
            stored = await self._client.get(RUNS.path(run.team[0], run.name), model=_RunStatus)
        except NotFoundError:
            return None
        if stored.metadata.resource_version != run.resource_version:
            return None
        completed_at = parse_time(stored.status.completion_time)
        return msgspec.structs.replace(run, completed_at=completed_at, completion_known=True)

    async def _report_problem(self, key: Key, team: Team, limits: Limits) -> None:
        """Log and record an invalid field once, until it changes."""
        if limits.problem and self._problems.get(key) != limits.problem:
            log.warning("invalid history limits", team=format_key(key), problem=limits.problem)
            if not self._dry_run:
                note = f"{limits.problem}; no run is deleted by this limit until it is corrected"
                await self._recorder.event(team.metadata, "Warning", "HistoryPolicyUnreadable", note)
            self._problems[key] = limits.problem
        elif not limits.problem:
            self._problems.pop(key, None)
        metrics.INVALID_POLICIES.set(len(self._problems))

    async def _update_last_run(self, team: Team, runs: Sequence[Run]) -> None:
        """Write the last run to the team's status if it differs.

        A CRD without these fields prunes them, so the same write is not repeated against the same status.
        """
        wanted = LastRun.of(last_run(runs, team.status.name or ""))
        uid = team.metadata.uid
        repeated = self._last_writes.get(uid) == (wanted, team.status)
        if wanted == team.status or repeated or not self._lease_remaining():
            return
        if self._dry_run:
            log.info("would set last run", team=format_key(team.metadata.key), run=wanted.name)
            return
        try:
            self._last_writes[uid] = (wanted, await write_last_run(self._client, team, wanted))
        except NotFoundError:
            return
        metrics.STATUS_WRITES.inc()
