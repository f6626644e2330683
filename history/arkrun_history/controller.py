"""The work of the leader: two mirrors, a schedule, and a few teams tended at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Set as AbstractSet

import structlog

from arkrun_history import metrics
from arkrun_history.clock import ServerClock
from arkrun_history.errors import HistoryError
from arkrun_history.follow import Follower
from arkrun_history.keeper import Keeper
from arkrun_history.mirror import Runs, Teams
from arkrun_history.resources import RUNS, TEAMS, shown
from arkrun_history.schedule import Schedule
from arkrun_history.table import Key
from arkrun_kube import Client, KubeError

log = structlog.get_logger("arkrun_history")

# Changes come in bursts: a run's last status, its finalizer's removal, its neighbours'.
SETTLE_SECONDS = 0.5
# An age is exceeded a moment after it is reached, and the API server's clock is known to a second.
AGE_MARGIN_SECONDS = 1.0
RETRY_FIRST, RETRY_LAST = 1.0, 20.0
TEAMS_AT_ONCE = 4
SOON_SECONDS = 60.0
TRIES_ONCE = 5


class Controller:
    """Follows runs and teams of `namespace` (empty: all) and has each changed team tended."""

    def __init__(
        self, client: Client, runs: Runs, keeper: Keeper, clock: ServerClock, namespace: str
    ) -> None:
        self._keeper = keeper
        self._clock = clock
        self._mirror = runs
        self._known = Teams()
        self._schedule = Schedule(clock.now)
        self._runs = Follower(client, RUNS.path(namespace), runs, self._changed)
        self._teams = Follower(client, TEAMS.path(namespace), self._known, self._changed)
        self._tries: Counter[Key] = Counter()
        self._room = asyncio.Semaphore(TEAMS_AT_ONCE)
        self._horizon = self._most_tries = float("inf")

    @property
    def problem(self) -> str:
        """Say why the view of the cluster is not complete; empty when it is."""
        return self._runs.problem or self._teams.problem

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._runs.run())
            group.create_task(self._teams.run())
            # A team whose runs are not known yet would be told that it has none.
            await self._runs.synced.wait()
            await self._dispatch(group)

    async def once(self) -> int:
        """List, tend whatever is due within a minute, and end; gives how many teams could not be tended."""
        self._horizon, self._most_tries = SOON_SECONDS, TRIES_ONCE
        await self._runs.list()
        await self._teams.list()
        async with asyncio.TaskGroup() as group:
            await self._dispatch(group)
        return sum(tries >= TRIES_ONCE for tries in self._tries.values())

    async def _dispatch(self, group: asyncio.TaskGroup) -> None:
        while True:
            await self._room.acquire()
            key = await self._schedule.take(self._horizon)
            if key is None:
                return
            group.create_task(self._tend(key))

    async def _tend(self, key: Key) -> None:
        try:
            with metrics.TEND_SECONDS.time():
                due = await self._keeper.tend(key)
            del self._tries[key]
            if due is not None:
                self._schedule.mark(key, due + AGE_MARGIN_SECONDS)
        except (KubeError, HistoryError) as error:
            self._failed(key, str(error))
        except Exception as error:
            # Whatever somebody put into one team, the others must not wait for it.
            log.exception("fault", team=shown(key))
            self._failed(key, f"{type(error).__name__}: {error}")
        finally:
            self._schedule.done(key)
            self._room.release()
            self._measure()

    def _failed(self, key: Key, reason: str) -> None:
        self._tries[key] += 1
        pause = min(RETRY_FIRST * 2 ** (self._tries[key] - 1), RETRY_LAST)
        metrics.FAILURES.labels("tend").inc()
        log.warning("team not tended", team=shown(key), reason=reason, again_in=pause)
        if self._tries[key] < self._most_tries:
            self._schedule.mark(key, self._clock.now() + pause)

    def _changed(self, teams: AbstractSet[Key]) -> None:
        for key in teams:
            self._schedule.mark(key, self._clock.now() + SETTLE_SECONDS)

    def _measure(self) -> None:
        metrics.RUNS.set(len(self._mirror))
        metrics.TEAMS.set(len(self._known))
        metrics.WAITING.set(self._schedule.waiting)
        metrics.OFFSET.set(self._clock.offset)
