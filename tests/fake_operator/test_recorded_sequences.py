"""From each recorded status the fake operator computes the next: the same phases and fields."""

from datetime import UTC, datetime
from typing import Any

import pytest

from fake_operator import Outcome, reconcile
from recordings import RECORDINGS, Recording

Json = dict[str, Any]

PLAYED = [
    recording for recording in RECORDINGS if recording.name not in ("dynamic", "dyn-timeout")
]  # operators before 0.3 finish a dynamic run immediately, later ones never do


@pytest.mark.parametrize("recording", PLAYED, ids=str)
def test_the_fake_operator_writes_the_recorded_statuses(recording: Recording) -> None:
    """Phases and fields of run and steps equal the recording's, write by write."""
    before: Json = {}
    for status, by in statuses(recording):
        if by == "operator":
            run = {"metadata": {"generation": 1}, "spec": stamped_spec(recording), "status": before}
            written = reconcile(run, finished(before, status), latest(status), cold(status))
            assert shape(written) == shape(status)
        before = status


def statuses(recording: Recording) -> list[tuple[Json, str]]:
    """Return the recorded statuses with their writers."""
    return [(write["status"], write["by"]) for write in recording.writes if "status" in write]


def stamped_spec(recording: Recording) -> Json:
    """Return the run's spec with its team's snapshot."""
    team = recording.team or {}
    shared = ("pipeline", "roles", "routing", "output", "timeoutSeconds", "maxTokens", "input")
    return {**{name: team[name] for name in shared if name in team}, **recording.spec}


def finished(before: Json, after: Json) -> dict[str, Outcome]:
    """Return the outcomes of the tasks that ended between two statuses."""
    old = {step["name"]: step for step in before.get("steps", ())}
    outcomes = {}
    for step in after.get("steps", ()):
        was = old.get(step["name"], {})
        attempts = step.get("validationAttempts", 0) > was.get("validationAttempts", 0)
        ended = step["phase"] in ("Succeeded", "Failed") and "completionTime" in step
        if was.get("phase") == "Running" and (attempts or ended):
            failed = step["phase"] == "Failed" and not attempts
            outcomes[step["name"]] = Outcome(
                output=step.get("output", "x"),
                error=step["message"] if failed else "",
                rejected=step["validationMessage"] if attempts else "",
                data=step.get("outputJSON", ""),
                raw=step.get("rawOutput", ""),
                artifacts=step.get("artifacts", {}),
            )
    return outcomes


def cold(status: Json) -> set[str]:
    """Return the steps whose agents had no pods."""
    return {step["name"] for step in status.get("steps", ()) if step["phase"] == "WarmingUp"}


def latest(status: Json) -> datetime:
    """Return the time of a write, which is the latest time in it."""
    holders = [status, *status.get("steps", ())]
    times = [holder[name] for holder in holders for name in ("startTime", "completionTime") if name in holder]
    return max(map(datetime.fromisoformat, times), default=datetime.now(UTC))


def shape(status: Json) -> Json:
    """Return the phases, names and counters of a status, and the presence of all other fields."""
    exact = ("phase", "name", "validationAttempts", "iterations")
    steps = status.get("steps", ())
    return {
        "status": sorted(status),
        "phase": status["phase"],
        "steps": [{key: step[key] if key in exact else "…" for key in sorted(step)} for step in steps],
    }
