"""The rules on the status of a run, on the real API server."""

from typing import Any

import pytest

from controlplane import ControlPlane
from support.crds.statuses import END, START, failed, running, step, succeeded, usage
from support.crds.stored_run import StoredRun

pytestmark = pytest.mark.cluster

CONDITION = {"type": "Archived", "status": "True", "reason": "Done", "message": "", "lastTransitionTime": END}


@pytest.fixture
def stored(crds: ControlPlane, bare_namespace: str) -> StoredRun:
    """Create a run for which no webhook is called."""
    return StoredRun(crds, bare_namespace)


DONE = step("a", "Succeeded")
RETRIED = failed(DONE, step("b"))
LOOPED = {**step("a"), "iterations": 1, "tokenUsage": usage()}

# While a run is going, its status is the operator's own business.
FREE: list[tuple[str, list[dict[str, Any]], dict[str, Any]]] = [
    ("a run waits", [], {"phase": "Pending"}),
    ("a run starts", [], running()),
    ("a run fails at once", [], {"phase": "Failed", "completionTime": END}),
    ("a run whose steps are all skipped succeeds at once", [], succeeded(step("a", "Skipped"))),
    ("a backup is restored in one write", [], {**succeeded(), "totalCostUSD": "0.1", "unheardOf": [1]}),
    ("a phase is written empty", [{"phase": "Pending"}], {"phase": ""}),
    ("an unknown phase is written", [running()], {"phase": "Paused"}),
    ("a running run waits again", [running()], {**running(), "phase": "Pending"}),
    ("the start moves", [running()], {**running(), "startTime": END}),
    ("a step warms up", [running(step("a"))], running(step("a", "WarmingUp"))),
    ("a step validates", [running(step("a", "Running"))], running(step("a", "Validating"))),
    ("a step has an unknown phase", [running(step("a"))], running(step("a", "Judged", score=[1]))),
    ("a failed step goes on", [running(step("a", "Failed"))], running(step("a", "Running"))),
    ("a waiting step leaves", [running(step("a"), step("b"))], running(step("a"))),
    ("all waiting steps leave", [running(step("a"))], {"phase": "Running"}),
    ("steps change places", [running(step("a"), step("b"))], running(step("b"), step("a"))),
    ("a message is added to a finished step", [running(DONE)], running(DONE | {"message": "m"})),
    ("a loop runs a finished step again", [running(DONE)], running(LOOPED)),
    ("a loop skips a finished step", [running(DONE)], running({**LOOPED, "phase": "Skipped"})),
    ("a run succeeds", [running(step("a", "Running"))], succeeded()),
    ("a run fails", [running(step("a", "Running"))], failed(step("a", "Failed"))),
    ("conditions stay free", [succeeded()], {**succeeded(), "conditions": [CONDITION]}),
    ("the observed generation stays free", [succeeded()], {**succeeded(), "observedGeneration": 1}),
    ("conditions of a failed run stay free", [failed()], {**failed(), "conditions": [CONDITION]}),
    ("a retry runs", [failed()], {**RETRIED, "phase": "Running"}),
    ("a retry waits", [failed()], {**RETRIED, "phase": "Pending", "startTime": END}),
    (
        "a retry takes one of the failed steps",
        [failed(step("a", "Failed"), step("b", "Failed"))],
        {**failed(step("a"), step("b", "Failed")), "phase": "Running"},
    ),
    ("thinking tokens are part of the total", [], {"totalTokenUsage": {**usage(1, 2), "totalTokens": 9}}),
    ("a total may be missing", [], {"totalTokenUsage": {"inputTokens": 1}}),
    ("costs are numbers", [], running({**step("a"), "costUSD": 1.35e-05})),
    ("costs are decimal strings", [], running({**step("a"), "costUSD": "0.000013"})),
]

SEALED = (
    "Forbidden: a run that ended is a record: of its status only conditions and observedGeneration can change"
)
KEPT = "Forbidden: a step that Succeeded keeps its output, times and tokens unless a loop runs it again"
REOPEN = (
    "status.phase: Forbidden: only a retry reopens a run that Failed: in the same write, a Failed step goes"
    " back to Pending"
)
STAYS = "status.steps: Forbidden: a step that Succeeded stays in the list"
TOTAL = "totalTokens must be at least inputTokens + outputTokens"
REFUSED: list[tuple[str, str, list[dict[str, Any]], dict[str, Any]]] = [
    ("a failed run has not succeeded", REOPEN, [failed()], {**RETRIED, "phase": "Succeeded"}),
    ("a failed run has a phase", REOPEN, [failed()], {**failed(), "phase": ""}),
    ("a failed run runs on", REOPEN, [failed()], {**failed(), "phase": "Running"}),
    ("a failed run pauses", REOPEN, [failed()], {**failed(), "phase": "Paused"}),
    ("a failed step is dropped to reopen", REOPEN, [failed()], {**failed(DONE), "phase": "Running"}),
    (
        "a run that failed without a failed step is not retried",
        REOPEN,
        [failed(step("a"))],
        {**failed(step("a")), "phase": "Running"},
    ),
    (
        "a retry keeps finished steps",
        f"status.steps[0]: {KEPT}",
        [failed()],
        {**failed(DONE | {"output": "x"}, step("b")), "phase": "Running"},
    ),
    ("a failed run keeps its steps", f"status.steps: {SEALED}", [failed()], failed(DONE)),
    (
        "a failed run keeps its end",
        f"status.completionTime: {SEALED}",
        [failed()],
        {**failed(), "completionTime": START},
    ),
    *(
        (
            f"a finished step keeps its {field}",
            f"status.steps[0]: {KEPT}",
            [running(DONE)],
            running(DONE | {field: value}),
        )
        for field, value in {
            "phase": "Running",
            "output": "",
            "outputJSON": "{}",
            "rawOutput": "x",
            "startTime": END,
            "completionTime": START,
            "tokenUsage": usage(1, 1),
        }.items()
    ),
    (
        "a finished step does not lose its output",
        f"status.steps[0]: {KEPT}",
        [running(DONE)],
        running({**step("a", "Succeeded", startTime=START)}),
    ),
    ("a finished step stays", STAYS, [running(DONE)], running()),
    ("a finished step keeps its name", STAYS, [running(DONE)], running({**DONE, "name": "z"})),
    ("the list of finished steps stays", STAYS, [running(DONE)], {"phase": "Running"}),
    ("the total covers its parts", TOTAL, [], {"totalTokenUsage": {**usage(), "totalTokens": 1}}),
    (
        "a step's total covers its parts",
        TOTAL,
        [],
        running(step("a", tokenUsage={"inputTokens": 3, "totalTokens": 2})),
    ),
    (
        "an ended run keeps its phase",
        f"status.phase: {SEALED}",
        [succeeded()],
        {**succeeded(), "phase": "Failed"},
    ),
    (
        "an ended run keeps its output",
        f"status.output: {SEALED}",
        [succeeded()],
        {**succeeded(), "output": "x"},
    ),
    (
        "an ended run keeps its start",
        f"status.startTime: {SEALED}",
        [succeeded()],
        {**succeeded(), "startTime": END},
    ),
    ("an ended run gets no step", f"status.steps: {SEALED}", [succeeded()], succeeded(DONE, step("b"))),
    (
        "an ended run keeps its tokens",
        f"status.totalTokenUsage: {SEALED}",
        [succeeded()],
        {**succeeded(), "totalTokenUsage": usage(0, 0)},
    ),
    (
        "an ended run gets no search",
        f"status.searchTree: {SEALED}",
        [succeeded()],
        {**succeeded(), "searchTree": {"iterations": 1}},
    ),
    (
        "a step is named once",
        'status.steps[1]: Duplicate value: {"name":"a"}',
        [],
        running(step("a"), step("a")),
    ),
]
CASES = [*((name, "", before, after) for name, before, after in FREE), *REFUSED]


@pytest.mark.parametrize(("rule", "refusal", "before", "after"), CASES, ids=[case[0] for case in CASES])
def test_status_update(
    stored: StoredRun, rule: str, refusal: str, before: list[dict[str, Any]], after: dict[str, Any]
) -> None:
    """A status update is accepted, or rejected at its field with the message of the rule."""
    stored.reach(*before)

    answer = stored.put_status(after)

    assert answer.status == (422 if refusal else 200), f"{rule}: {answer.message}"
    assert refusal in answer.message
    if not refusal:
        assert stored.read()["status"] == after


def test_status_cannot_be_removed(stored: StoredRun) -> None:
    """An update without a status does not remove the status."""
    stored.reach(running(DONE))

    answer = stored.put_status(None)

    assert answer.status == 422
    assert "status: Forbidden" in answer.message
    assert stored.read()["status"] == running(DONE)


def test_status_is_dropped_at_creation(crds: ControlPlane, bare_namespace: str) -> None:
    """The status of a new run is dropped, so that no run is created as Succeeded."""
    run = StoredRun(crds, bare_namespace)

    assert "status" not in run.read()
