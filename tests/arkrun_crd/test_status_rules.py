"""Each rule on the status of a run, on the real API server: what it lets pass and what it refuses."""

from typing import Any

import pytest

from builders_status import END, START, failed, running, step, succeeded, usage
from controlplane import ControlPlane
from recorded_run import RecordedRun

pytestmark = pytest.mark.cluster

CONDITION = {"type": "Archived", "status": "True", "reason": "Done", "message": "", "lastTransitionTime": END}


@pytest.fixture
def stored(crds: ControlPlane, bare_namespace: str) -> RecordedRun:
    """Hold a run that the CRD alone watches over."""
    return RecordedRun(crds, bare_namespace)


RETRIED = failed(step("a", "Succeeded"), step("b"))

WAYS: list[tuple[str, str, list[dict[str, Any]], dict[str, Any]]] = [
    ("a new run waits", "", [], {"phase": "Pending"}),
    ("a new run starts", "", [], running()),
    ("a new run fails at once", "", [], {"phase": "Failed", "completionTime": END}),
    ("an empty phase is no phase", "", [{"phase": "Pending"}], {"phase": ""}),
    ("a waiting run starts", "", [{"phase": "Pending"}], running(step("a"))),
    ("a waiting run fails at once", "", [{"phase": "Pending"}], {"phase": "Failed", "completionTime": END}),
    ("a step starts", "", [running(step("a"))], running(step("a", "Running", taskID="1-0"))),
    ("a step is tried again", "", [running(step("a", "Running"))], running(step("a"))),
    ("a step is skipped", "", [running(step("a"))], running(step("a", "Skipped"))),
    ("a loop goes round", "", [running(step("a", "Running"))], running(step("a", "Running", iterations=2))),
    ("a list grows", "", [running(step("a"))], running(step("a"), step("b"))),
    ("steps change places", "", [running(step("a"), step("b"))], running(step("b"), step("a"))),
    ("a run succeeds", "", [running(step("a", "Running"))], succeeded()),
    ("a run fails", "", [running(step("a", "Running"))], failed(step("a", "Failed"))),
    ("conditions stay free", "", [running(), succeeded()], {**succeeded(), "conditions": [CONDITION]}),
    ("the generation stays free", "", [running(), succeeded()], {**succeeded(), "observedGeneration": 1}),
    (
        "a retry runs",
        "",
        [running(), failed()],
        {**RETRIED, "phase": "Running"},
    ),
    (
        "a retry waits",
        "",
        [running(), failed()],
        {**RETRIED, "phase": "Pending"},
    ),
    ("another total after a retry", "", [failed()], {**failed(), "totalTokenUsage": usage(1, 2)}),
]

PHASES = (
    "status.phase: Forbidden: a run goes from Pending to Running or Failed, from Running to Succeeded or"
    " Failed, from Failed back only by a retry, and from Succeeded nowhere"
)
SEALED = "Forbidden: a run that Succeeded is sealed: only its conditions can change"
FROZEN = "Forbidden: a step that Succeeded is part of the record: nothing of it can change"
REOPEN = (
    "status.phase: Forbidden: a Failed run is reopened only by a retry: a Failed step goes back to"
    " Pending in the same write"
)
LEAVES = "status.steps: Forbidden: no step leaves the list once it is there"
ADDS = "totalTokens must be inputTokens + outputTokens"
DONE = step("a", "Succeeded")
WAYS += [
    ("a new run has not succeeded", PHASES, [], succeeded()),
    ("a waiting run has not succeeded", PHASES, [{"phase": "Pending"}], {"phase": "Succeeded"}),
    ("a running run never waits again", PHASES, [running()], {**running(), "phase": "Pending"}),
    ("a running run has a phase", PHASES, [running()], {"startTime": START, "steps": []}),
    ("a failed run has not succeeded", PHASES, [failed()], {**failed(), "phase": "Succeeded"}),
    ("a failed run has a phase", PHASES, [failed()], {**failed(), "phase": ""}),
    ("a failed run runs on", REOPEN, [failed()], {**failed(), "phase": "Running"}),
    ("a failed run waits", REOPEN, [failed()], {**failed(), "phase": "Pending"}),
    (
        "a retry may take one of the failed steps",
        "",
        [failed(step("a", "Failed"), step("b", "Failed"))],
        {**failed(step("a"), step("b", "Failed")), "phase": "Running"},
    ),
    (
        "a run that failed without a failed step is not retried",
        REOPEN,
        [failed(step("a"))],
        {**failed(step("a")), "phase": "Running"},
    ),
    (
        "a failed step does not just go on",
        "status.steps[0]: Forbidden: a Failed step stays Failed or goes back to Pending for another try",
        [running(step("a", "Failed"))],
        running(step("a", "Running")),
    ),
    (
        "a failed step keeps a phase",
        "status.steps[0]: Forbidden: a Failed step stays Failed or goes back to Pending for another try",
        [running(step("a", "Failed"))],
        running({"name": "a"}),
    ),
    (
        "the output of a step is kept",
        f"status.steps[0]: {FROZEN}",
        [running(DONE)],
        running(DONE | {"output": ""}),
    ),
    ("a finished step keeps its phase", f"status.steps[0]: {FROZEN}", [running(DONE)], running(step("a"))),
    (
        "nothing is added to a step",
        f"status.steps[0]: {FROZEN}",
        [running(DONE)],
        running(DONE | {"message": "m"}),
    ),
    ("a finished step stays", LEAVES, [running(DONE)], running()),
    ("a finished step keeps its name", LEAVES, [running(DONE)], running({**DONE, "name": "z"})),
    ("a waiting step stays", LEAVES, [running(step("a"), step("b"))], running(step("a"))),
    (
        "the list stays",
        "status.steps: Forbidden: no step leaves the list, so the list stays",
        [running(step("a"))],
        {"phase": "Running", "startTime": START},
    ),
    (
        "the start is set once",
        "status.startTime: Forbidden: the start of a run is set once",
        [running()],
        {**running(), "startTime": END},
    ),
    (
        "the start stays",
        "status.startTime: Forbidden: the start of a run is set once",
        [running()],
        {"phase": "Running", "steps": []},
    ),
    ("the total adds up", ADDS, [running()], {**running(), "totalTokenUsage": {**usage(), "totalTokens": 1}}),
    ("a lone total adds up", ADDS, [running()], {**running(), "totalTokenUsage": {"totalTokens": 1}}),
    ("a step's total adds up", ADDS, [], running(step("a", tokenUsage={"inputTokens": 1, "totalTokens": 2}))),
    (
        "a sealed run keeps its phase",
        f"status.phase: {SEALED}",
        [running(), succeeded()],
        {**succeeded(), "phase": "Failed"},
    ),
    (
        "a sealed run keeps its output",
        f"status.output: {SEALED}",
        [running(), succeeded()],
        {**succeeded(), "output": "x"},
    ),
    (
        "a sealed run keeps its end",
        f"status.completionTime: {SEALED}",
        [running(), succeeded()],
        {**succeeded(), "completionTime": START},
    ),
    (
        "a sealed run gets no step",
        f"status.steps: {SEALED}",
        [running(), succeeded()],
        succeeded(step("a", "Succeeded"), step("b")),
    ),
    (
        "a sealed run keeps its tokens",
        f"status.totalTokenUsage: {SEALED}",
        [running(), succeeded()],
        {**succeeded(), "totalTokenUsage": usage(0, 0)},
    ),
    (
        "an unknown phase is none",
        'status.phase: Unsupported value: "Done"',
        [],
        {"phase": "Done"},
    ),
    (
        "a step is named once",
        'status.steps[1]: Duplicate value: {"name":"a"}',
        [],
        running(step("a"), step("a")),
    ),
]


@pytest.mark.parametrize(("rule", "refusal", "before", "after"), WAYS, ids=[way[0] for way in WAYS])
def test_status(
    stored: RecordedRun, rule: str, refusal: str, before: list[dict[str, Any]], after: dict[str, Any]
) -> None:
    """A status write passes, or is refused at its field with the words of its rule."""
    stored.reach(*before)

    answer = stored.put_status(after)

    assert answer.status == (422 if refusal else 200), f"{rule}: {answer.message}"
    assert refusal in answer.message


def test_status_stays(stored: RecordedRun) -> None:
    """Once there is a status, a replace without one does not take it away."""
    stored.reach(running(DONE))

    answer = stored.put_status(None)

    assert answer.status == 422
    assert "status: Forbidden" in answer.message
    assert stored.read()["status"] == running(DONE)


def test_run_is_created_without_a_status(crds: ControlPlane, bare_namespace: str) -> None:
    """A status that comes with a new run is dropped, so no run is born Succeeded."""
    run = RecordedRun(crds, bare_namespace)

    assert "status" not in run.read()
