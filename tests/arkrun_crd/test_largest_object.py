"""The rules on the largest valid run stay within the run-time cost limits."""

from typing import Any

import pytest

from arkrun_crd.v1alpha1.status import STEPS_MAX
from controlplane import ControlPlane
from support.crds.statuses import failed, running, step, succeeded
from support.crds.stored_run import StoredRun

pytestmark = [pytest.mark.slow, pytest.mark.cluster]

MEMBERS, INPUTS, BYTES = 200, 256, 1_048_576


def largest_spec() -> dict[str, Any]:
    """Build a spec of 200 roles, 200 steps that each wait for ten others, and 256 inputs; over 1 MB."""
    names = [f"role-{number:03}" for number in range(MEMBERS)]
    prompt = "p" * (BYTES // MEMBERS - 300)
    return {
        "roles": [{"name": name, "model": "m", "systemPrompt": prompt} for name in names],
        "pipeline": [
            {"role": name, "dependsOn": names[max(0, number - 10) : number]}
            for number, name in enumerate(names)
        ],
        "input": {f"input-{number:03}": "v" * 100 for number in range(INPUTS)},
        "output": "o" * 1000,
        "timeoutSeconds": 3600,
        "maxTokens": 2**53,
        "teamGeneration": 1,
    }


def steps(count: int, phase: str, output: int = 100) -> list[dict[str, Any]]:
    """Build states of so many steps, each with an output of so many characters."""
    return [
        step(f"role-{number:03}", phase, output="o" * output, message="m" * 20) for number in range(count)
    ]


def test_largest_run_passes_through_every_phase(crds: ControlPlane, bare_namespace: str) -> None:
    """A run over 1 MB is created, labelled, started, failed, retried, completed and archived."""
    run = StoredRun(crds, bare_namespace, **largest_spec())
    ended = succeeded(*steps(MEMBERS, "Succeeded", 1000))
    condition = {"type": "Archived", "status": "True", "reason": "Done", "message": ""}

    labelled = run.patch({"metadata": {"labels": {"a": "b"}, "finalizers": ["example.com/keep"]}})
    run.reach(
        running(*steps(MEMBERS, "Pending", 0)),
        running(*steps(MEMBERS, "Running", 1000)),
        failed(*steps(MEMBERS, "Failed", 1000)),
        {**failed(*steps(MEMBERS, "Pending", 0)), "phase": "Running"},
        ended,
        {**ended, "conditions": [{**condition, "lastTransitionTime": ended["completionTime"]}]},
    )
    changed = run.patch({"spec": {"maxTokens": 1}})

    assert labelled.status == 200, labelled.message
    assert len(labelled.body) > BYTES
    assert changed.status == 422
    assert "spec.maxTokens: Forbidden" in changed.message


def test_longest_list_of_steps_stays_within_the_cost_limit(crds: ControlPlane, bare_namespace: str) -> None:
    """Updating a list of maximum length stays within the run-time cost limit, in any order of its steps."""
    run = StoredRun(crds, bare_namespace)
    run.reach(
        running(*steps(STEPS_MAX, "Pending", 0)),
        running(*steps(STEPS_MAX, "Running")),
        failed(*reversed(steps(STEPS_MAX, "Failed"))),
        {**failed(*steps(STEPS_MAX, "Pending")), "phase": "Running"},
        succeeded(*steps(STEPS_MAX, "Succeeded", 1000)),
    )

    answer = run.put_status(succeeded(*steps(STEPS_MAX, "Succeeded", 999)))

    assert answer.status == 422
    assert "of its status only conditions and observedGeneration can change" in answer.message


def test_longest_outputs_stay_within_the_cost_limit(crds: ControlPlane, bare_namespace: str) -> None:
    """Comparing outputs of a megabyte stays within the run-time cost limit."""
    run = StoredRun(crds, bare_namespace)
    ended = {**succeeded(), "output": "o" * 1_048_576}
    run.reach(running(), ended, {**ended, "observedGeneration": 1})

    answer = run.put_status({**ended, "output": "o" * 1_048_575})

    assert answer.status == 422
    assert "of its status only conditions and observedGeneration can change" in answer.message
