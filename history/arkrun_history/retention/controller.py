"""The leader's controller: two reflectors feed a work queue, a few workers reconcile teams from it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

import structlog

from arkrun_history import metrics
from arkrun_history.cluster.clock import ServerClock
from arkrun_history.cluster.resources import RUNS, TEAMS, format_key
from arkrun_history.errors import HistoryError
from arkrun_history.reflector.reflector import Reflector
from arkrun_history.reflector.store import RunStore, Store, TeamStore
from arkrun_history.reflector.table import Key, Run
from arkrun_history.retention.reconciler import Reconciler
from arkrun_history.retention.workqueue import WorkQueue
from arkrun_kube import Client, KubeError

if TYPE_CHECKING:
    # Its keys need ten MB that retention alone does not.
    from arkrun_history.seal.controller import SealController

log = structlog.get_logger("arkrun_history")

# Changes come in bursts: a run's last status, the removal of its finalizer, the runs beside it.
DEBOUNCE_SECONDS = 0.5
# A run expires when its age exceeds the limit, and the API server's clock is known only to within a second.
EXPIRY_MARGIN_SECONDS = 1.0
BACKOFF_SECONDS, MAX_BACKOFF_SECONDS = 1.0, 20.0
MAX_CONCURRENT_RECONCILES = 4
ONCE_HORIZON_SECONDS = 60.0
ONCE_MAX_ATTEMPTS = 5


class Controller:
    """Watches runs and teams of `namespace` (empty: all) and reconciles the affected teams.

    Without `retention` no team is reconciled; with `sealing` the same watch of runs feeds the sealer.
    """

    def __init__(
        self,
        client: Client,
        runs: RunStore,
        reconciler: Reconciler,
        clock: ServerClock,
        namespace: str,
        *,
        retention: bool = True,
        sealing: SealController | None = None,
    ) -> None:
        self._retention = retention
        self._sealing = sealing
        self._reconciler = reconciler
        self._clock = clock
        self._runs = runs
        self._teams = TeamStore()
        self._queue = WorkQueue(clock.now)
        store: Store[Run] = runs if sealing is None else sealing.tracker
        self._run_reflector = Reflector(client, RUNS.path(namespace), store, self._enqueue)
        self._team_reflector = Reflector(client, TEAMS.path(namespace), self._teams, self._enqueue)
        self._attempts: Counter[Key] = Counter()
        self._workers = asyncio.Semaphore(MAX_CONCURRENT_RECONCILES)
        self._horizon = self._max_attempts = float("inf")

    @property
    def problem(self) -> str:
        """Return why the stores are incomplete or stale; empty if they are neither."""
        teams = self._team_reflector.problem if self._retention else ""
        return self._run_reflector.problem or teams or (self._sealing.problem if self._sealing else "")

    async def run(self) -> None:
        """Watch and reconcile until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._run_reflector.run())
            if self._sealing:
                group.create_task(self._sealing.run())
            if not self._retention:
                return
            group.create_task(self._team_reflector.run())
            # Before the first list of runs, every team would seem to have none.
            await self._run_reflector.synced.wait()
            await self._dispatch(group)

    async def run_once(self) -> int:
        """List, seal, reconcile what is due within a minute, and return how many runs and teams failed."""
        self._horizon, self._max_attempts = ONCE_HORIZON_SECONDS, ONCE_MAX_ATTEMPTS
        await self._run_reflector.list()
        unsealed = await self._sealing.run_once() if self._sealing else 0
        if not self._retention:
            return unsealed
        if self._sealing:
            # The seals that were just written decide what may be deleted.
            await self._run_reflector.list()
        await self._team_reflector.list()
        async with asyncio.TaskGroup() as group:
            await self._dispatch(group)
        return unsealed + sum(attempts >= ONCE_MAX_ATTEMPTS for attempts in self._attempts.values())

    async def _dispatch(self, group: asyncio.TaskGroup) -> None:
        while True:
            await self._workers.acquire()
            key = await self._queue.get(self._horizon)
            if key is None:
                return
            group.create_task(self._reconcile(key))

    async def _reconcile(self, key: Key) -> None:
        try:
            with metrics.RECONCILE_SECONDS.time():
                requeue_at = await self._reconciler.reconcile(key)
            del self._attempts[key]
            if requeue_at is not None:
                self._queue.add_at(key, requeue_at + EXPIRY_MARGIN_SECONDS)
        except (KubeError, HistoryError) as error:
            self._retry(key, str(error))
        except Exception as error:
            # Unexpected content of one team must not stop the others.
            log.exception("unexpected error", team=format_key(key))
            self._retry(key, f"{type(error).__name__}: {error}")
        finally:
            self._queue.done(key)
            self._workers.release()
            self._update_metrics()

    def _retry(self, key: Key, reason: str) -> None:
        """Requeue a team with exponential backoff."""
        self._attempts[key] += 1
        backoff = min(BACKOFF_SECONDS * 2 ** (self._attempts[key] - 1), MAX_BACKOFF_SECONDS)
        metrics.FAILURES.labels("tend").inc()
        log.warning("reconciliation failed", team=format_key(key), reason=reason, again_in=backoff)
        if self._attempts[key] < self._max_attempts:
            self._queue.add_at(key, self._clock.now() + backoff)

    def _enqueue(self, teams: AbstractSet[Key]) -> None:
        if not self._retention:
            metrics.RUNS.set(len(self._runs))
            return
        for key in teams:
            self._queue.add_at(key, self._clock.now() + DEBOUNCE_SECONDS)

    def _update_metrics(self) -> None:
        metrics.RUNS.set(len(self._runs))
        metrics.TEAMS.set(len(self._teams))
        metrics.QUEUED.set(len(self._queue))
        metrics.CLOCK_OFFSET.set(self._clock.offset)
