"""Track which runs need a seal, from the changes of the store of runs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from itertools import count
from typing import NamedTuple

from arkrun_crd.seal.statement import TERMINAL
from arkrun_history.reflector.store import RunStore
from arkrun_history.reflector.table import Key, Row, Run
from arkrun_history.seal.decision import Step, next_seal
from arkrun_history.seal.facts import facts_of_row

__all__ = ["SETTLE_SECONDS", "SealTracker", "Task"]

LIVE, BACKLOG = 0, 1

# Whoever creates a run usually writes its status at once. A seal in between would conflict with that write,
# and a conflict costs the API server more than a seal.
SETTLE_SECONDS = 0.3


class Task(NamedTuple):
    """A run to look at. Live changes come before the backlog of a list; `since` is monotonic."""

    priority: int
    number: int
    uid: str
    run: Key
    since: float


class SealTracker:
    """A store of runs that queues those which need a seal.

    `unsealed` are the uids that have not got it yet. `reopened` are runs seen after a retry while they still
    had the seal of their end. `stripped` are runs that lost a seal against the rules: sealing them again
    would hide it.
    """

    def __init__(self, runs: RunStore) -> None:
        self._runs = runs
        self._queue: asyncio.PriorityQueue[Task] = asyncio.PriorityQueue()
        self._queued: set[str] = set()
        self._numbers = count()
        self.unsealed: set[str] = set()
        self.reopened: set[str] = set()
        self.stripped: dict[str, Key] = {}

    def set_columns(self, names: Sequence[str]) -> None:
        """Set the columns of the rows that follow; raises TableError if a required one is missing."""
        self._runs.set_columns(names)

    def parse(self, row: Row) -> Run:
        """Parse a run; raises TableError before `set_columns`."""
        return self._runs.parse(row)

    def upsert(self, run: Run) -> set[Key]:
        """Add or update a run."""
        self._observe(run, LIVE)
        return self._runs.upsert(run)

    def delete(self, run: Run) -> set[Key]:
        """Remove a run."""
        self._forget(run.uid)
        return self._runs.delete(run)

    def replace(self, runs: Iterable[Run]) -> set[Key]:
        """Replace all runs by those of a complete list."""
        listed = list(runs)
        for uid in self.unsealed - {run.uid for run in listed}:
            self._forget(uid)
        for run in listed:
            self._observe(run, BACKLOG)
        return self._runs.replace(listed)

    async def next_task(self) -> Task:
        """Wait for a run that needs a seal, and after a live change for the changes that follow at once."""
        task = await self._queue.get()
        if task.priority == LIVE:
            await asyncio.sleep(task.since + SETTLE_SECONDS - time.monotonic())
        self._queued.discard(task.uid)
        return task

    def add(self, task: Task) -> None:
        """Queue a run again."""
        if task.uid not in self._queued:
            self._queued.add(task.uid)
            self._queue.put_nowait(task._replace(number=next(self._numbers)))

    @property
    def empty(self) -> bool:
        """Return True if nothing is queued."""
        return self._queue.empty()

    def _observe(self, run: Run, priority: int) -> None:
        previous = self._runs.find(run.uid)
        if previous is not None and _lost_seal(previous, run):
            self.stripped[run.uid] = (run.team[0], run.name)
        facts = facts_of_row(run)
        if facts.sealed_phase == "Failed" and run.phase not in TERMINAL:
            self.reopened.add(run.uid)
        if run.uid in self.stripped or _is_sealed(run):
            self.unsealed.discard(run.uid)
        else:
            self.unsealed.add(run.uid)
        if run.uid not in self.stripped and next_seal(facts) is not Step.NOTHING:
            self.add(Task(priority, 0, run.uid, (run.team[0], run.name), time.monotonic()))

    def _forget(self, uid: str) -> None:
        self.unsealed.discard(uid)
        self.reopened.discard(uid)
        self.stripped.pop(uid, None)


def _is_sealed(run: Run) -> bool:
    """Return True if nothing is to be written, as far as the row shows."""
    facts = facts_of_row(run)
    return next_seal(facts) is Step.NOTHING or (run.phase in TERMINAL and facts.sealed_phase is not None)


def _lost_seal(previous: Run, run: Run) -> bool:
    """Return True if a seal disappeared that nobody may remove: only a retry opens the seal of an end."""
    lost_end = previous.sealed_phase is not None and run.sealed_phase is None
    still_ended = previous.phase in TERMINAL and run.phase in TERMINAL
    return (previous.spec_sealed and not run.spec_sealed) or (lost_end and still_ended)
