"""The status updates of the real controllers and clients, replayed on the real API server."""

from typing import Any

import pytest

from controlplane import ControlPlane
from support.crds.statuses import END, START, step, usage
from support.crds.stored_run import StoredRun

pytestmark = pytest.mark.cluster

FINALIZER = "arkonis.dev/run"
Write = dict[str, Any]


@pytest.fixture(params=["merge patch", "put", "apply"])
def written(request: pytest.FixtureRequest, crds: ControlPlane, bare_namespace: str) -> Any:
    """Return a function that writes whole statuses to one run in each of the ways clients have."""
    run = StoredRun(crds, bare_namespace)
    ways = {"merge patch": run.set_status, "put": run.put_status, "apply": run.apply_status}

    def write(*statuses: Write) -> dict[str, Any]:
        for number, status in enumerate(statuses):
            answer = ways[request.param](status)
            assert answer.status == 200, f"write {number}: {answer.message}"
        stored: dict[str, Any] = run.read()["status"]
        return stored

    return write


INITIALISED = {"phase": "Running", "startTime": START, "steps": [step("a"), step("b"), step("c")]}
A_RUNS = step("a", "Running", taskID="1-0", startTime=START)
A_DONE = {**step("a", "Succeeded"), "startTime": START, "taskID": "1-0"}
B_RUNS = step("b", "Running", taskID="2-0", startTime=START)
B_FAILED = {**B_RUNS, "phase": "Failed", "completionTime": END, "message": "no", "tokenUsage": usage(5, 5)}
B_DONE = {**B_RUNS, "phase": "Succeeded", "completionTime": END, "output": "b", "tokenUsage": usage(7, 7)}


def at(*steps: dict[str, Any], **fields: Any) -> Write:
    """Build a whole status of a running run with these steps."""
    return {"phase": "Running", "startTime": START, "steps": list(steps), **fields}


def ended(phase: str, *steps: dict[str, Any], **fields: Any) -> Write:
    """Build a whole status of a run that has ended."""
    return {**at(*steps), "phase": phase, "completionTime": END, "totalTokenUsage": usage(), **fields}


def test_run_succeeds(written: Any) -> None:
    """The operator adds Pending steps, runs them one by one, and the run succeeds."""
    last = ended("Succeeded", A_DONE, B_DONE, step("c", "Succeeded"), output="done", observedGeneration=1)

    stored = written(
        {"phase": "Pending"},
        INITIALISED,
        at(A_RUNS, step("b"), step("c")),
        at(A_DONE, step("b"), step("c"), totalTokenUsage=usage()),
        at(A_DONE, B_RUNS, step("c")),
        at(A_DONE, B_DONE, step("c")),
        at(A_DONE, B_DONE, step("c", "Running")),
        last,
    )

    assert stored == last


def test_step_with_a_loop_succeeds(written: Any) -> None:
    """A step with a loop counts its iterations, waits between them, and succeeds."""
    written(
        INITIALISED,
        at(step("a", "Running", iterations=0), step("b"), step("c")),
        at(step("a", "Pending", iterations=1), step("b"), step("c")),
        at(step("a", "Running", iterations=1, tokenUsage=usage()), step("b"), step("c")),
        at({**A_DONE, "iterations": 2}, step("b"), step("c")),
    )


def test_step_is_retried_after_a_failed_validation(written: Any) -> None:
    """A step with an invalid output returns to Pending, also from Failed, while the run continues."""
    written(
        INITIALISED,
        at(A_RUNS, step("b"), step("c")),
        at(step("a", message="try 2"), step("b"), step("c")),
        at(A_RUNS, step("b"), step("c")),
        at({**A_RUNS, "phase": "Failed"}, step("b"), step("c")),
        at(step("a"), step("b"), step("c")),
        at(A_RUNS, step("b"), step("c")),
        at(A_DONE, step("b"), step("c")),
    )


def test_step_is_skipped(written: Any) -> None:
    """A step whose condition is false is skipped, and the run succeeds without it."""
    skipped = step("b", "Skipped", message="condition is false", completionTime=END)

    written(
        INITIALISED,
        at(A_DONE, step("b"), step("c")),
        at(A_DONE, skipped, step("c")),
        ended("Succeeded", A_DONE, skipped, step("c", "Succeeded"), output="done"),
    )


@pytest.mark.parametrize("message", ["timed out", "token budget exceeded"])
def test_run_fails_on_timeout_or_budget(written: Any, message: str) -> None:
    """On a timeout or an exceeded budget, the Running and Pending steps fail, and then the run."""
    over = [{**B_RUNS, "phase": "Failed", "message": message}, step("c", "Failed", message=message)]

    written(
        INITIALISED,
        at(A_DONE, B_RUNS, step("c")),
        at(A_DONE, *over),
        ended("Failed", A_DONE, *over),
    )


@pytest.mark.parametrize("before", [[], [{"phase": "Pending"}]], ids=["new", "pending"])
def test_run_fails_before_it_starts(written: Any, before: list[Write]) -> None:
    """A run that cannot be started fails without a start time."""
    condition = {
        "type": "Ready",
        "status": "False",
        "reason": "BadInput",
        "message": "topic is missing",
        "lastTransitionTime": END,
    }

    written(*before, {"phase": "Failed", "completionTime": END, "conditions": [condition]})


def test_failed_run_succeeds_after_a_retry(written: Any) -> None:
    """`ark retry` resets Failed steps to {name, phase: Pending}, and the run continues."""
    written(
        INITIALISED,
        at(A_DONE, B_RUNS, step("c")),
        ended("Failed", A_DONE, B_FAILED, step("c")),
        ended("Running", A_DONE, step("b"), step("c")),
        at(A_DONE, B_RUNS, step("c"), totalTokenUsage=usage()),
        at(A_DONE, B_DONE, step("c"), totalTokenUsage=usage(400, 1300)),
        ended("Succeeded", A_DONE, B_DONE, step("c", "Succeeded"), totalTokenUsage=usage(500, 1400)),
    )


def test_failed_run_is_retried_twice(written: Any) -> None:
    """A run that fails again after a retry is retried again."""
    once = ended("Failed", A_DONE, B_FAILED, step("c", "Failed"))
    again = ended("Running", A_DONE, step("b"), step("c"))

    written(INITIALISED, once, again, once, again)


def test_finalizer_is_added_and_removed(crds: ControlPlane, bare_namespace: str) -> None:
    """The controller adds and removes its finalizer, also while the run is being deleted."""
    run = StoredRun(crds, bare_namespace)

    on = run.patch({"metadata": {"finalizers": [FINALIZER]}})
    run.reach(INITIALISED, ended("Succeeded", A_DONE, step("b", "Skipped"), step("c", "Skipped")))
    going = run.delete()
    off = run.patch({"metadata": {"finalizers": None}})

    assert [answer.status for answer in (on, going, off)] == [200, 200, 200]
    assert run.read()["code"] == 404
