"""Which runs expire: each part of the rule, then the whole against an independent implementation."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arkrun_history.policy.limits import Limits
from arkrun_history.policy.retention import Expired, Reason, decide, last_run
from arkrun_history.reflector.table import Run
from history.builders import DAY, HOUR, NOW, stored_run
from soak.history.population import retained

UNLIMITED = Limits(None, None, None)


def expired(limits: Limits, *runs: Run) -> list[tuple[str, str]]:
    """Return name and reason of each expired run, oldest first."""
    return [(run.name, reason.value) for run, reason in decide(limits, runs, NOW).expired]


@pytest.mark.parametrize("phase", ["Pending", "Running", "", "Paused"])
def test_a_run_that_has_not_finished_never_expires(phase: str) -> None:
    """Neither Pending nor Running nor an unknown phase, however old."""
    assert expired(Limits(0, 0, 1.0), stored_run("a", phase, ago=900 * DAY)) == []


def test_the_newest_runs_of_each_phase_are_retained() -> None:
    """Succeeded and Failed are counted separately; the oldest is deleted first."""
    runs = [stored_run(f"s{ago}", ago=ago) for ago in (1, 2, 3)] + [
        stored_run(f"f{ago}", "Failed", ago=ago) for ago in (1, 2, 3)
    ]

    assert expired(Limits(2, 1, None), *runs) == [
        ("f3", "failedRunsHistoryLimit"),
        ("s3", "successfulRunsHistoryLimit"),
        ("f2", "failedRunsHistoryLimit"),
    ]


def test_runs_are_ordered_by_completion_rather_than_creation() -> None:
    """A long run that was created first and completed last is the newest."""
    long = stored_run("long", ago=1, created_at=NOW - DAY)
    short = stored_run("short", ago=2, created_at=NOW - HOUR)

    assert expired(Limits(1, 3, None), long, short) == [("short", "successfulRunsHistoryLimit")]


def test_a_run_without_completion_time_ages_from_its_creation() -> None:
    """Both the order and the maximum age fall back to creationTimestamp."""
    runs = [
        stored_run("a", ago=3, completed_at=None),
        stored_run("b", ago=2),
        stored_run("c", "Failed", ago=1, completed_at=None),
    ]

    assert expired(Limits(1, 1, None), *runs) == [("a", "successfulRunsHistoryLimit")]
    assert expired(Limits(9, 9, 2.5), *runs) == [("a", "runRetainFor")]


def test_a_run_beyond_the_maximum_age_does_not_count_towards_the_limits() -> None:
    """Age is applied first; a run of exactly the maximum age is retained."""
    runs = [stored_run("old", ago=DAY + 1), stored_run("just", ago=DAY), stored_run("new", ago=1)]

    decision = decide(Limits(2, 3, DAY), runs, NOW)

    assert decision.expired == (Expired(runs[0], Reason.AGE),)
    assert decision.next_expiry == NOW


def test_the_next_expiry_is_that_of_the_oldest_retained_run() -> None:
    """There is none without a maximum age or without finished runs."""
    runs = [
        stored_run("a", ago=HOUR),
        stored_run("b", ago=2 * HOUR),
        stored_run("c", "Running", ago=DAY),
    ]

    assert decide(Limits(9, 9, DAY), runs, NOW).next_expiry == NOW + 22 * HOUR
    assert decide(Limits(9, 9, None), runs, NOW).next_expiry is None
    assert decide(Limits(9, 9, DAY), [], NOW).next_expiry is None


def test_a_completion_time_in_the_future_does_not_expire() -> None:
    """The writer's clock may be ahead."""
    assert expired(Limits(9, 9, 0.5), stored_run("a", ago=-DAY)) == []


def test_a_run_that_is_being_deleted_is_ignored() -> None:
    """It is not deleted twice, and does not count towards the limits."""
    runs = [stored_run("deleting", ago=1, deleting=True), stored_run("a", ago=2), stored_run("b", ago=3)]

    assert expired(Limits(1, 3, None), *runs) == [("b", "successfulRunsHistoryLimit")]


def test_without_limits_no_run_expires() -> None:
    """None stands for an invalid field."""
    assert expired(UNLIMITED, *(stored_run(f"a{ago}", ago=ago * DAY) for ago in range(50))) == []


def test_the_last_run_is_the_newest_by_creation() -> None:
    """Among runs of the same second it is the one in the status, else the last by name."""
    runs = [stored_run("a", ago=1), stored_run("b", "Running", ago=1), stored_run("c", ago=2)]

    def name_of_last_run(current: str) -> str | None:
        found = last_run(runs, current)
        return None if found is None else found.name

    assert [name_of_last_run(current) for current in ("a", "b", "c", "")] == ["a", "b", "b", "b"]
    assert last_run([], "a") is None


@given(
    runs=st.lists(
        st.tuples(
            st.sampled_from(["Pending", "Running", "Succeeded", "Failed"]),
            st.integers(0, 20),
            st.one_of(st.none(), st.integers(0, 20)),
        ),
        max_size=40,
    ),
    succeeded=st.integers(0, 12),
    failed=st.integers(0, 12),
    days=st.one_of(st.none(), st.integers(1, 20)),
)
def test_the_rule_agrees_with_an_implementation_on_whole_objects(
    runs: list[tuple[str, int, int | None]], succeeded: int, failed: int, days: int | None
) -> None:
    """`retained` follows the wording of the reference page."""
    stored, manifests = [], []
    for number, (phase, created, completed) in enumerate(runs):
        name = f"run-{number:02}"
        completed_at = None if completed is None else NOW - completed * DAY
        # Equal completion times are ordered by creation and then by name; `retained` orders by name only.
        created_at = NOW - created * DAY if completed_at is None else completed_at
        stored.append(stored_run(name, phase, created_at=created_at, completed_at=completed_at))
        metadata = {"name": name, "creationTimestamp": _timestamp(created_at)}
        completion = {} if completed_at is None else {"completionTime": _timestamp(completed_at)}
        manifests.append(
            {"metadata": metadata, "spec": {"teamRef": "blog"}, "status": {"phase": phase, **completion}}
        )
    counts = {"successfulRunsHistoryLimit": succeeded, "failedRunsHistoryLimit": failed}
    spec = counts | ({} if days is None else {"runRetainFor": f"{days * 24}h"})
    team = {"metadata": {"name": "blog"}, "spec": spec}
    limits = Limits(succeeded, failed, None if days is None else days * DAY)

    deleted = {run.name for run, _ in decide(limits, stored, NOW).expired}

    names = {run.name for run in stored}
    assert names - deleted == retained([team], manifests, datetime.fromtimestamp(NOW, UTC))


def _timestamp(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).isoformat()
