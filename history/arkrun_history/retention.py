"""Which runs of a team are to go. Pure: the policy, what is known of the runs, and the time.

The rule is the operator's: a run that is Pending or Running never goes. An ended run goes when it is
older than runRetainFor; of those left, the newest N Succeeded and the newest N Failed stay. Age and order
count from completionTime, else creationTimestamp.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from arkrun_history.policy import Policy
from arkrun_history.table import Run

TERMINAL = frozenset({"Succeeded", "Failed"})


class Reason(StrEnum):
    """Why a run goes."""

    AGE = "runRetainFor"
    SUCCEEDED = "successfulRunsHistoryLimit"
    FAILED = "failedRunsHistoryLimit"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Runs to delete, oldest first, and when (Unix seconds) the next one comes of age, if any does."""

    doomed: tuple[tuple[Run, Reason], ...]
    due: float | None


def judge(policy: Policy, runs: Iterable[Run], now: float) -> Verdict:
    """Judge the runs of one team at `now`, in Unix seconds."""
    ended = [run for run in runs if run.phase in TERMINAL and not run.going]
    doomed: list[tuple[Run, Reason]] = []
    due: float | None = None
    if policy.retain is not None:
        retain = policy.retain
        doomed = [(run, Reason.AGE) for run in ended if now - run.since > retain]
        ended = [run for run in ended if now - run.since <= retain]
        due = min((run.since + retain for run in ended), default=None)
    for phase, limit, reason in (
        ("Succeeded", policy.succeeded, Reason.SUCCEEDED),
        ("Failed", policy.failed, Reason.FAILED),
    ):
        if limit is not None:
            ordered = sorted((run for run in ended if run.phase == phase), key=age_order, reverse=True)
            doomed += [(run, reason) for run in ordered[limit:]]
    return Verdict(tuple(sorted(doomed, key=lambda each: age_order(each[0]))), due)


def last_run(runs: Iterable[Run], named: str) -> Run | None:
    """Give the newest run by creationTimestamp; `named` is what the team's status says now.

    Timestamps have whole seconds: of several newest, the one that is named already stays, so that two
    writers of the status do not take turns.
    """
    candidates = list(runs)
    newest = max((run.created for run in candidates), default=0.0)
    tied = [run for run in candidates if run.created == newest]
    return max(tied, key=lambda run: (run.name == named, run.name), default=None)


def age_order(run: Run) -> tuple[float, float, str]:
    """Sort key: oldest first; the name decides where times do not."""
    return run.since, run.created, run.name
