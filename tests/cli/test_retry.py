"""Which runs can be retried, and what a retry writes."""

from typing import Any

import pytest

from arkrun_cli.errors import NotRetryableError
from arkrun_cli.retry import latest, reopened
from builders_records import record, step

FAILED = {
    "phase": "Failed",
    "completionTime": "2026-03-17T10:00:45Z",
    "steps": [
        step("a", output="kept", later="unknown fields too"),
        step("b", "Failed", message="boom", taskID="1-1"),
        step("c", "Failed", message="bang"),
        step("d", "Skipped"),
        step("e", "Pending"),
    ],
}


def test_only_failed_steps_go_back() -> None:
    """A failed step becomes name and Pending; every other one is written as it was read."""
    assert reopened(record(status=FAILED)) == {
        "metadata": {"resourceVersion": "7"},
        "status": {
            "phase": "Running",
            "completionTime": None,
            "steps": [
                {"name": "a", "phase": "Succeeded", "output": "kept", "later": "unknown fields too"},
                {"name": "b", "phase": "Pending"},
                {"name": "c", "phase": "Pending"},
                {"name": "d", "phase": "Skipped"},
                {"name": "e", "phase": "Pending"},
            ],
        },
    }


def test_one_step_alone() -> None:
    """--step leaves the other failed steps as they are."""
    steps = reopened(record(status=FAILED), ["c"])["status"]["steps"]

    assert [s["phase"] for s in steps] == ["Succeeded", "Failed", "Pending", "Skipped", "Pending"]


@pytest.mark.parametrize(
    ("status", "steps", "message"),
    [
        ({}, [], "arkrun blog-run-1 is still Pending: wait until it is over (ark show blog-run-1)"),
        (
            {"phase": "Running", "steps": [step("a", "Failed")]},
            [],
            "arkrun blog-run-1 is still Running: wait until it is over (ark show blog-run-1)",
        ),
        (
            {"phase": "Succeeded", "steps": [step("a")]},
            [],
            (
                "arkrun blog-run-1 is Succeeded and no step of it failed: an older run is retried with "
                "--run NAME (ark runs blog), a new one starts with ark trigger blog"
            ),
        ),
        (
            {"phase": "Failed"},
            [],
            (
                "arkrun blog-run-1 is Failed and no step of it failed: it failed before its first step, "
                "see ark show blog-run-1; start anew with ark trigger blog"
            ),
        ),
        (FAILED, ["a", "zz"], "a, zz: no failed step of arkrun blog-run-1; failed are: b, c"),
    ],
)
def test_what_cannot_be_retried(status: dict[str, Any], steps: list[str], message: str) -> None:
    """The refusal says what the run is, and what to do instead."""
    with pytest.raises(NotRetryableError) as caught:
        reopened(record(status=status), steps)

    assert str(caught.value) == message


def test_the_newest_run_of_a_team() -> None:
    """Newest by creationTimestamp, whatever the names."""
    runs = [
        record("z", creationTimestamp="2026-03-17T10:00:00Z"),
        record("a", creationTimestamp="2026-03-17T10:00:01Z"),
    ]

    assert latest(runs, "blog", "my-org") == "a"


def test_two_newest_runs() -> None:
    """Kubernetes keeps whole seconds, so of two runs in one second the user chooses."""
    with pytest.raises(NotRetryableError) as caught:
        latest([record("b"), record("a")], "blog", "my-org")

    assert str(caught.value) == "2 runs are the newest of arkteam blog: choose one with --run a or --run b"


def test_a_team_without_runs() -> None:
    """The message tells how to start one, and where a run's own name goes."""
    with pytest.raises(NotRetryableError) as caught:
        latest([], "blog", "my-org")

    assert str(caught.value) == (
        "arkteam blog has no runs in namespace my-org: start one with ark trigger blog; "
        "a run's own name goes behind --run"
    )
