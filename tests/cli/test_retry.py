"""Which runs can be retried, and what a retry writes."""

from typing import Any

import pytest

from arkrun_cli.commands.retry import retry_patch, select_newest
from arkrun_cli.errors import NotRetryableError
from support.builders.records import record, step

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


def test_a_retry_resets_only_the_failed_steps() -> None:
    """A failed step becomes name and Pending; every other one is written as it was read."""
    assert retry_patch(record(status=FAILED)) == {
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


def test_a_retry_of_one_step_leaves_the_others_failed() -> None:
    """--step selects it."""
    steps = retry_patch(record(status=FAILED), ["c"])["status"]["steps"]

    assert [s["phase"] for s in steps] == ["Succeeded", "Failed", "Pending", "Skipped", "Pending"]


@pytest.mark.parametrize(
    ("status", "steps", "message"),
    [
        ({}, [], "arkrun blog-run-1 is still Pending: wait until it finishes (ark show blog-run-1)"),
        (
            {"phase": "Running", "steps": [step("a", "Failed")]},
            [],
            "arkrun blog-run-1 is still Running: wait until it finishes (ark show blog-run-1)",
        ),
        (
            {"phase": "Succeeded", "steps": [step("a")]},
            [],
            (
                "arkrun blog-run-1 is Succeeded and has no failed step: retry an older run with "
                "--run NAME (ark runs blog), or start a new one with ark trigger blog"
            ),
        ),
        (
            {"phase": "Failed"},
            [],
            (
                "arkrun blog-run-1 is Failed and has no failed step: it failed before its first step "
                "(ark show blog-run-1); start a new run with ark trigger blog"
            ),
        ),
        (FAILED, ["a", "zz"], "arkrun blog-run-1 has no failed step a, zz; failed steps: b, c"),
    ],
)
def test_a_run_without_failed_steps_is_not_retryable(
    status: dict[str, Any], steps: list[str], message: str
) -> None:
    """The message has the run's phase and what to do instead."""
    with pytest.raises(NotRetryableError) as caught:
        retry_patch(record(status=status), steps)

    assert str(caught.value) == message


def test_the_newest_run_is_selected_by_creation_time() -> None:
    """Names do not matter."""
    runs = [
        record("z", creationTimestamp="2026-03-17T10:00:00Z"),
        record("a", creationTimestamp="2026-03-17T10:00:01Z"),
    ]

    assert select_newest(runs, "blog", "my-org") == "a"


def test_the_user_chooses_between_two_equally_new_runs() -> None:
    """The creation time has whole seconds."""
    with pytest.raises(NotRetryableError) as caught:
        select_newest([record("b"), record("a")], "blog", "my-org")

    assert str(caught.value) == "2 runs of arkteam blog are equally new: choose one with --run a or --run b"


def test_a_team_without_runs_has_nothing_to_retry() -> None:
    """The message shows how to start a run, and how to name one."""
    with pytest.raises(NotRetryableError) as caught:
        select_newest([], "blog", "my-org")

    assert str(caught.value) == (
        "arkteam blog has no runs in namespace my-org: start one with ark trigger blog, "
        "or name a run with --run"
    )
