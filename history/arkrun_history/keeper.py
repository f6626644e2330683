"""One team at a time: read it, judge its runs, tell it its last run, delete what is to go."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import islice

import msgspec
import structlog

from arkrun_history import metrics
from arkrun_history.clock import ServerClock
from arkrun_history.errors import LeaseLostError
from arkrun_history.events import Events
from arkrun_history.mirror import Runs
from arkrun_history.policy import Policy
from arkrun_history.resources import RUNS, shown
from arkrun_history.retention import TERMINAL, Reason, judge, last_run
from arkrun_history.table import Key, Metadata, Run, moment
from arkrun_history.team import Last, Team, read_team, write_last
from arkrun_kube import Client, ConflictError, NotFoundError
from arkrun_kube.client import CALL_SECONDS

log = structlog.get_logger("arkrun_history")

AT_ONCE = 8
"""Deletions of one team that are under way together."""
MOST = 400
"""Deletions after which the team is read again: its policy may have changed meanwhile."""

Doomed = tuple[Run, Reason]


class _Status(msgspec.Struct, rename="camel"):
    completion_time: str | None = None


class _Ended(msgspec.Struct):
    metadata: Metadata
    status: _Status = msgspec.field(default_factory=_Status)


class Keeper:
    """`left` gives the seconds for which we may still write; `grace` is in seconds.

    Runs of a team that has been missing for `grace` follow the policy `orphans`.
    """

    def __init__(
        self,
        client: Client,
        runs: Runs,
        clock: ServerClock,
        *,
        events: Events,
        left: Callable[[], float],
        orphans: Policy,
        grace: float,
        dry_run: bool,
    ) -> None:
        self._client = client
        self._runs = runs
        self._clock = clock
        self._events = events
        self._left = left
        self._orphans = orphans
        self._grace = grace
        self._dry_run = dry_run
        self._missing: dict[Key, float] = {}
        self._unreadable: dict[Key, str] = {}
        self._told: dict[str, tuple[Last, Last]] = {}
        self._reported: set[str] = set()

    async def tend(self, key: Key) -> float | None:
        """Bring one team's history in order; gives when (Unix seconds) to come again, if ever.

        Raises KubeError or LeaseLostError when something could not be done; what was done stays done.
        """
        team = await read_team(self._client, key)
        if team is None and not self._runs.of(key):
            self._forget(key)
            return None
        if team is None and (wait := self._missing_until(key)) is not None:
            return wait
        if team is not None:
            self._missing.pop(key, None)
        policy = self._orphans if team is None else team.spec.policy()
        runs = self._runs.of(key)
        verdict = judge(policy, await self._complete(runs), self._clock.now())
        if team is not None:
            await self._tell_problem(key, team, policy)
            gone = {run.uid for run, _ in verdict.doomed}
            await self._tell_last(team, [run for run in runs if run.uid not in gone])
        await self._delete(key, team, verdict.doomed[:MOST])
        return self._clock.now() if len(verdict.doomed) > MOST else verdict.due

    def _missing_until(self, key: Key) -> float | None:
        """Give the end of a missing team's grace while it lasts: `kubectl replace --force` takes moments."""
        now = self._clock.now()
        end = self._missing.setdefault(key, now) + self._grace
        return end if now < end else None

    def _forget(self, key: Key) -> None:
        self._missing.pop(key, None)
        self._unreadable.pop(key, None)

    async def _complete(self, runs: Sequence[Run]) -> list[Run]:
        """Read completionTime where the CRD's Table does not give it; once for each version of a run.

        A run that has changed meanwhile is left out: its event is on its way, and without it the
        others can only look newer.
        """
        known = []
        for run in runs:
            if run.complete or run.going or run.phase not in TERMINAL:
                known.append(run)
            elif (read := await self._read_ended(run)) is not None:
                self._runs.put(read)
                known.append(read)
        return known

    async def _read_ended(self, run: Run) -> Run | None:
        try:
            found = await self._client.get(RUNS.path(run.team[0], run.name), model=_Ended)
        except NotFoundError:
            return None
        if found.metadata.resource_version != run.version:
            return None
        ended = moment(found.status.completion_time)
        return msgspec.structs.replace(run, ended=ended, complete=True)

    async def _tell_problem(self, key: Key, team: Team, policy: Policy) -> None:
        if policy.problem and self._unreadable.get(key) != policy.problem:
            log.warning("policy not readable", team=shown(key), problem=policy.problem)
            if not self._dry_run:
                note = f"{policy.problem}; until then no run is deleted because of it"
                await self._events.tell(team.metadata, "Warning", "HistoryPolicyUnreadable", note)
            self._unreadable[key] = policy.problem
        elif not policy.problem:
            self._unreadable.pop(key, None)
        metrics.UNREADABLE.set(len(self._unreadable))

    async def _tell_last(self, team: Team, runs: Sequence[Run]) -> None:
        """Write the last run when it differs; not twice what a CRD without these fields has dropped."""
        wanted = Last.of(last_run(runs, team.status.last_run_name or ""))
        uid = team.metadata.uid
        if wanted == team.status or self._told.get(uid) == (wanted, team.status) or not self._left():
            return
        if self._dry_run:
            log.info("would set last run", team=shown(team.metadata.key), run=wanted.last_run_name)
            return
        try:
            self._told[uid] = (wanted, await write_last(self._client, team, wanted))
        except NotFoundError:
            return
        metrics.STATUS_WRITES.inc()

    async def _delete(self, key: Key, team: Team | None, doomed: Sequence[Doomed]) -> None:
        """Delete oldest first, so that being cut off leaves the newest."""
        if self._dry_run:
            self._report(key, doomed)
            return
        counts: Counter[Reason] = Counter()
        rest = iter(doomed)
        try:
            while batch := list(islice(rest, AT_ONCE)):
                done = await asyncio.gather(*map(self._delete_one, batch), return_exceptions=True)
                counts.update(one for one in done if isinstance(one, Reason))
                for failure in done:
                    if isinstance(failure, BaseException):
                        raise failure
        finally:
            if counts:
                log.info("deleted", team=shown(key), **{reason.value: counts[reason] for reason in counts})
        if counts and team is not None:
            await self._events.tell(team.metadata, "Normal", "RunsDeleted", _note(counts))

    async def _delete_one(self, doomed: Doomed) -> Reason | None:
        """Delete one run; gives the reason when it was we who did."""
        run, reason = doomed
        left = self._left()
        if not left:
            raise LeaseLostError(f"arkrun {run.team[0]}/{run.name} not deleted: the Lease is no longer ours")
        try:
            path = RUNS.path(run.team[0], run.name)
            await self._client.delete(path, uid=run.uid, version=run.version, timeout=min(left, CALL_SECONDS))
        except NotFoundError:
            self._runs.drop(run)
            return None
        except ConflictError:
            # It has changed since; what it is now comes by the watch.
            return None
        self._runs.drop(run)
        metrics.DELETED.labels(reason.value).inc()
        return reason

    def _report(self, key: Key, doomed: Sequence[Doomed]) -> None:
        for run, reason in doomed:
            if run.uid not in self._reported:
                log.info("would delete", run=f"{key[0]}/{run.name}", team=key[1], reason=reason.value)
                self._reported.add(run.uid)


def _note(counts: Counter[Reason]) -> str:
    parts = ", ".join(f"{counts[reason]} by {reason.value}" for reason in Reason if counts[reason])
    return f"deleted {counts.total()} runs: {parts}"
