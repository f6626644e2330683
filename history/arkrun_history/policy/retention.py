"""Decide which runs of a team are deleted: a pure function of its limits, its runs and the time.

The rule is the operator's. A run that is Pending or Running is never deleted. A finished run is deleted
when it is older than runRetainFor; of the others, the newest N Succeeded and the newest N Failed are
retained. Age and order count from completionTime, else from creationTimestamp.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from arkrun_history.policy.limits import Limits
from arkrun_history.reflector.table import Run

TERMINAL = frozenset({"Succeeded", "Failed"})


class Reason(StrEnum):
    """The limit that a run exceeds."""

    AGE = "runRetainFor"
    SUCCEEDED = "successfulRunsHistoryLimit"
    FAILED = "failedRunsHistoryLimit"


class Expired(NamedTuple):
    """A run that is due for deletion."""

    run: Run
    reason: Reason


@dataclass(frozen=True, slots=True)
class Decision:
    """The runs to delete, oldest first, and when (Unix seconds) the next one reaches its maximum age."""

    expired: tuple[Expired, ...]
    next_expiry: float | None


def decide(limits: Limits, runs: Iterable[Run], now: float, *, sealed_only: bool = False) -> Decision:
    """Decide about the runs of one team at `now`, in Unix seconds.

    With `sealed_only`, no run is deleted before both of its seals are written; it still counts as retained.
    """
    finished = [run for run in runs if run.phase in TERMINAL and not run.deleting]
    expired: list[Expired] = []
    next_expiry: float | None = None
    if limits.max_age is not None:
        max_age = limits.max_age
        expired = [Expired(run, Reason.AGE) for run in finished if now - run.finished_at > max_age]
        finished = [run for run in finished if now - run.finished_at <= max_age]
        next_expiry = min((run.finished_at + max_age for run in finished), default=None)
    for phase, limit, reason in (
        ("Succeeded", limits.succeeded, Reason.SUCCEEDED),
        ("Failed", limits.failed, Reason.FAILED),
    ):
        if limit is not None:
            newest_first = sorted(
                (run for run in finished if run.phase == phase), key=_age_order, reverse=True
            )
            expired += [Expired(run, reason) for run in newest_first[limit:]]
    if sealed_only:
        expired = [each for each in expired if each.run.spec_sealed and each.run.sealed_phase is not None]
    return Decision(tuple(sorted(expired, key=lambda each: _age_order(each.run))), next_expiry)


def last_run(runs: Iterable[Run], current: str) -> Run | None:
    """Return the newest run by creationTimestamp; `current` is the name in the team's status.

    Timestamps have whole seconds: among several newest runs the current one wins, so that two writers
    of the status do not overwrite each other for ever.
    """
    candidates = list(runs)
    newest = max((run.created_at for run in candidates), default=0.0)
    tied = [run for run in candidates if run.created_at == newest]
    return max(tied, key=lambda run: (run.name == current, run.name), default=None)


def _age_order(run: Run) -> tuple[float, float, str]:
    """Return a sort key for oldest first; the name breaks ties."""
    return run.finished_at, run.created_at, run.name
