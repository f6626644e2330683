"""Which runs go: each sentence of the rule, and then all of it against another way to say it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arkrun_history.policy import Policy
from arkrun_history.retention import Reason, judge, last_run
from arkrun_history.table import Run
from builders_history import DAY, HOUR, NOW, kept
from soak_history.population import left

UNLIMITED = Policy(None, None, None)


def doomed(policy: Policy, *runs: Run) -> list[tuple[str, str]]:
    """Give name and reason of what goes, oldest first."""
    return [(run.name, reason.value) for run, reason in judge(policy, runs, NOW).doomed]


@pytest.mark.parametrize("phase", ["Pending", "Running", "", "Paused"])
def test_only_ended_runs_go(phase: str) -> None:
    """A run that is Pending, Running or in a phase that we do not know never goes, however old."""
    assert doomed(Policy(0, 0, 1.0), kept("a", phase, ago=900 * DAY)) == []


def test_the_newest_of_each_phase_stay() -> None:
    """Succeeded and Failed runs are counted apart, the oldest go first."""
    runs = [kept(f"s{ago}", ago=ago) for ago in (1, 2, 3)] + [
        kept(f"f{ago}", "Failed", ago=ago) for ago in (1, 2, 3)
    ]

    assert doomed(Policy(2, 1, None), *runs) == [
        ("f3", "failedRunsHistoryLimit"),
        ("s3", "successfulRunsHistoryLimit"),
        ("f2", "failedRunsHistoryLimit"),
    ]


def test_newest_means_last_to_end() -> None:
    """A run that took long ended last, though it was created first."""
    long, short = kept("long", ago=1, created=NOW - DAY), kept("short", ago=2, created=NOW - HOUR)

    assert doomed(Policy(1, 3, None), long, short) == [("short", "successfulRunsHistoryLimit")]


def test_without_completion_time_creation_counts() -> None:
    """Age and order fall back to creationTimestamp."""
    runs = [kept("a", ago=3, ended=None), kept("b", ago=2), kept("c", "Failed", ago=1, ended=None)]

    assert doomed(Policy(1, 1, None), *runs) == [("a", "successfulRunsHistoryLimit")]
    assert doomed(Policy(9, 9, 2.5), *runs) == [("a", "runRetainFor")]


def test_age_counts_before_numbers() -> None:
    """What is too old goes, and does not take the place of what stays."""
    runs = [kept("old", ago=DAY + 1), kept("just", ago=DAY), kept("new", ago=1)]

    verdict = judge(Policy(2, 3, DAY), runs, NOW)

    assert verdict.doomed == ((runs[0], Reason.AGE),)
    assert verdict.due == NOW


def test_due_is_when_the_next_comes_of_age() -> None:
    """Without a limit by age nothing comes by itself."""
    runs = [kept("a", ago=HOUR), kept("b", ago=2 * HOUR), kept("c", "Running", ago=DAY)]

    assert judge(Policy(9, 9, DAY), runs, NOW).due == NOW + 22 * HOUR
    assert judge(Policy(9, 9, None), runs, NOW).due is None
    assert judge(Policy(9, 9, DAY), [], NOW).due is None


def test_a_clock_ahead_of_ours_keeps_runs() -> None:
    """A run that ends in the future is not old."""
    assert doomed(Policy(9, 9, 0.5), kept("a", ago=-DAY)) == []


def test_what_is_being_deleted_is_not_deleted_again() -> None:
    """Nor does it take the place of a run that stays."""
    runs = [kept("going", ago=1, going=True), kept("a", ago=2), kept("b", ago=3)]

    assert doomed(Policy(1, 3, None), *runs) == [("b", "successfulRunsHistoryLimit")]


def test_an_unreadable_limit_keeps_all() -> None:
    """None stands for a field that cannot be read."""
    assert doomed(UNLIMITED, *(kept(f"a{ago}", ago=ago * DAY) for ago in range(50))) == []


def test_the_last_run_is_the_newest_created() -> None:
    """Of those created in the same second the one that is named already stays, else the last name."""
    runs = [kept("a", ago=1), kept("b", "Running", ago=1), kept("c", ago=2)]

    def named(now: str) -> str | None:
        found = last_run(runs, now)
        return None if found is None else found.name

    assert [named("a"), named("b"), named("c"), named("")] == ["a", "b", "b", "b"]
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
def test_the_rule_said_in_another_way(
    runs: list[tuple[str, int, int | None]], succeeded: int, failed: int, days: int | None
) -> None:
    """What we keep of few fields is what the reference page keeps of whole objects."""
    ours, whole = [], []
    for number, (phase, created, ended) in enumerate(runs):
        name = f"run-{number:02}"
        end = None if ended is None else NOW - ended * DAY
        # Ties in both times are decided by the creation, and then by the name: keep them apart here.
        made = NOW - created * DAY if end is None else end
        ours.append(kept(name, phase, created=made, ended=end))
        metadata = {"name": name, "creationTimestamp": _text(made)}
        status = {"phase": phase} | ({} if end is None else {"completionTime": _text(end)})
        whole.append({"metadata": metadata, "spec": {"teamRef": "blog"}, "status": status})
    limits = {"successfulRunsHistoryLimit": succeeded, "failedRunsHistoryLimit": failed}
    spec = limits | ({} if days is None else {"runRetainFor": f"{days * 24}h"})
    team = {"metadata": {"name": "blog"}, "spec": spec}
    policy = Policy(succeeded, failed, None if days is None else days * DAY)

    gone = {run.name for run, _ in judge(policy, ours, NOW).doomed}

    everyone = {run.name for run in ours}
    assert everyone - gone == left([team], whole, datetime.fromtimestamp(NOW, UTC))


def _text(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()
