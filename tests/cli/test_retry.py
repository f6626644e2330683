"""Which runs can be retried, and what a retry writes."""

from typing import Any

import pytest

from arkrun_cli.commands.retry import retry_patch
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


def test_a_run_that_is_being_deleted_is_not_retryable() -> None:
    """The retry would be accepted, and the run vanish."""
    run = record(status=FAILED, deletionTimestamp="2026-03-17T10:00:00Z")

    with pytest.raises(NotRetryableError) as caught:
        retry_patch(run)

    assert str(caught.value) == ("arkrun blog-run-1 is being deleted: start a new run with ark trigger blog")


def test_a_status_that_cannot_be_written_back_is_not_retryable() -> None:
    """Another operator's CRD may have accepted it."""
    with pytest.raises(NotRetryableError) as caught:
        retry_patch(record(status={"phase": "Failed", "steps": [step("a", "Failed"), "b"]}))

    assert str(caught.value) == "arkrun blog-run-1 has entries in status.steps that are no objects"
