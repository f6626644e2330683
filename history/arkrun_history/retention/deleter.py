"""Delete expired runs, a few at a time, while this replica holds the Lease."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import islice

import structlog

from arkrun_history import metrics
from arkrun_history.cluster.recorder import Recorder
from arkrun_history.cluster.resources import RUNS, format_key
from arkrun_history.cluster.team import Team
from arkrun_history.errors import LeaseLostError
from arkrun_history.policy.retention import Expired, Reason
from arkrun_history.reflector.store import RunStore
from arkrun_history.reflector.table import Key
from arkrun_kube import Client, ConflictError, NotFoundError
from arkrun_kube.client import CALL_SECONDS

log = structlog.get_logger("arkrun_history")

MAX_CONCURRENT_DELETIONS = 8


class Deleter:
    """Deletes runs with their uid and resourceVersion as preconditions.

    `lease_remaining` returns the seconds for which this replica still holds the Lease. With `dry_run`,
    each run is logged once instead.
    """

    def __init__(
        self,
        client: Client,
        store: RunStore,
        recorder: Recorder,
        *,
        lease_remaining: Callable[[], float],
        dry_run: bool,
    ) -> None:
        self._client = client
        self._store = store
        self._recorder = recorder
        self._lease_remaining = lease_remaining
        self._dry_run = dry_run
        self._logged: set[str] = set()

    async def delete(self, key: Key, team: Team | None, expired: Sequence[Expired]) -> None:
        """Delete a team's expired runs in order, then record an event on the team if it exists.

        Raises KubeError and LeaseLostError; what was deleted before is logged nevertheless.
        """
        if self._dry_run:
            self._log_only(key, expired)
            return
        counts: Counter[Reason] = Counter()
        try:
            await self._delete_in_batches(expired, counts)
        finally:
            if counts:
                log.info(
                    "deleted", team=format_key(key), **{reason.value: counts[reason] for reason in counts}
                )
        if counts and team is not None:
            await self._recorder.event(team.metadata, "Normal", "RunsDeleted", _note(counts))

    async def _delete_in_batches(self, expired: Sequence[Expired], counts: Counter[Reason]) -> None:
        remaining = iter(expired)
        while batch := list(islice(remaining, MAX_CONCURRENT_DELETIONS)):
            results = await asyncio.gather(*map(self._delete_run, batch), return_exceptions=True)
            counts.update(result for result in results if isinstance(result, Reason))
            for result in results:
                if isinstance(result, BaseException):
                    raise result

    async def _delete_run(self, expired: Expired) -> Reason | None:
        """Delete one run; return the reason, or None if it was gone already or has changed."""
        run, reason = expired
        remaining = self._lease_remaining()
        if not remaining:
            raise LeaseLostError(
                f"arkrun {run.team[0]}/{run.name} not deleted: this replica no longer holds the Lease"
            )
        path = RUNS.path(run.team[0], run.name)
        timeout = min(remaining, CALL_SECONDS)
        try:
            await self._client.delete(path, uid=run.uid, version=run.resource_version, timeout=timeout)
        except NotFoundError:
            self._store.delete(run)
            return None
        except ConflictError:
            # The watch delivers the new version, and its team is reconciled again.
            return None
        self._store.delete(run)
        metrics.DELETED.labels(reason.value).inc()
        return reason

    def _log_only(self, key: Key, expired: Sequence[Expired]) -> None:
        for run, reason in expired:
            if run.uid not in self._logged:
                log.info("would delete", run=f"{key[0]}/{run.name}", team=key[1], reason=reason.value)
                self._logged.add(run.uid)


def _note(counts: Counter[Reason]) -> str:
    parts = ", ".join(f"{counts[reason]} by {reason.value}" for reason in Reason if counts[reason])
    return f"deleted {counts.total()} runs: {parts}"
