"""The fake operator writes the controller's sequences, one status per pass."""

from datetime import UTC, datetime, timedelta
from typing import Any

from fake_operator import Outcome, reconcile

NOW = datetime(2026, 3, 17, 10, 0, tzinfo=UTC)


def run(status: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    """Build a run of two steps, the second after the first."""
    pipeline = [{"role": "a"}, {"role": "b", "dependsOn": ["a"]}]
    return {"metadata": {"generation": 1}, "spec": {"pipeline": pipeline, **spec}, "status": status or {}}


def statuses_of(script: dict[str, Outcome], **spec: Any) -> list[dict[str, Any]]:
    """Reconcile a run to its end, one pass per second, and return every status."""
    now, statuses = NOW, [run(**spec)["status"]]
    while statuses[-1].get("phase") not in ("Succeeded", "Failed"):
        running = [s["name"] for s in statuses[-1].get("steps", []) if s["phase"] == "Running"]
        finished = {name: script.get(name, Outcome(output=f"{name} done")) for name in running}
        statuses.append(reconcile(run(statuses[-1], **spec), finished, now))
        now += timedelta(seconds=1)
    return statuses[1:]


def phases(statuses: list[dict[str, Any]]) -> list[str]:
    """Format each status as `run: step step`."""
    return [f"{s['phase']}: {' '.join(step['phase'] for step in s['steps'])}" for s in statuses]


def test_steps_run_in_order_of_their_dependencies() -> None:
    """All steps are Pending at first, and start when their dependencies have succeeded."""
    assert phases(statuses_of({})) == [
        "Running: Running Pending",
        "Running: Succeeded Running",
        "Succeeded: Succeeded Succeeded",
    ]


def test_the_last_status_is_complete() -> None:
    """It has output, times, tokens and a condition."""
    last = statuses_of({}, output="result: {{ .steps.b.output }}")[-1]

    usage = {"inputTokens": 100, "outputTokens": 50, "totalTokens": 150}
    assert last == {
        "phase": "Succeeded",
        "startTime": "2026-03-17T10:00:00Z",
        "completionTime": "2026-03-17T10:00:02Z",
        "steps": [
            {
                "name": "a",
                "phase": "Succeeded",
                "taskID": "1773741600000-0",
                "startTime": "2026-03-17T10:00:00Z",
                "completionTime": "2026-03-17T10:00:01Z",
                "output": "a done",
                "tokenUsage": usage,
                "costUSD": "0.000350",
            },
            {
                "name": "b",
                "phase": "Succeeded",
                "taskID": "1773741601000-1",
                "startTime": "2026-03-17T10:00:01Z",
                "completionTime": "2026-03-17T10:00:02Z",
                "output": "b done",
                "tokenUsage": usage,
                "costUSD": "0.000350",
            },
        ],
        "totalTokenUsage": {"inputTokens": 200, "outputTokens": 100, "totalTokens": 300},
        "totalCostUSD": "0.0007",
        "output": "result: b done",
        "conditions": [
            {
                "type": "Ready",
                "status": "True",
                "reason": "Succeeded",
                "message": "run succeeded",
                "lastTransitionTime": "2026-03-17T10:00:00Z",
            }
        ],
        "observedGeneration": 1,
    }


def test_a_failed_step_fails_the_run() -> None:
    """Steps that depend on a failed one stay Pending."""
    assert phases(statuses_of({"a": Outcome(error="boom")})) == [
        "Running: Running Pending",
        "Failed: Failed Pending",
    ]


def test_a_timeout_fails_unfinished_steps() -> None:
    """Steps still Running or Pending become Failed, and then the run."""
    last = statuses_of({"a": Outcome(output="x")}, timeoutSeconds=1)[-1]

    assert (last["phase"], last["steps"][1]["message"]) == ("Failed", "run exceeded its timeout of 1s")


def test_an_exceeded_budget_fails_only_the_run() -> None:
    """Above maxTokens the run is Failed, and its steps do not change."""
    assert phases(statuses_of({}, maxTokens=100))[-1] == "Failed: Succeeded Running"


def test_a_cold_step_is_warmed_up() -> None:
    """A step whose agent has no pods is WarmingUp, then Running without a message."""
    first = reconcile(run(), {}, NOW, {"a"})
    second = reconcile(run(first), {}, NOW)

    assert phases([first, second]) == ["Running: WarmingUp Pending", "Running: Running Pending"]
    assert "message" not in second["steps"][0]


def test_a_loop_repeats_a_finished_step() -> None:
    """A loop condition that reads a later step resets the Succeeded step with the next iteration."""
    pipeline = [
        {"role": "a", "loop": {"condition": "{{ .steps.b.data.again }}", "maxIterations": 1}},
        {"role": "b", "dependsOn": ["a"]},
        {"role": "c", "dependsOn": ["b"]},
    ]
    statuses = statuses_of({"b": Outcome(data='{"again": true}')}, pipeline=pipeline)

    assert phases(statuses)[2] == "Running: Running Succeeded Running"
    assert (statuses[2]["steps"][0]["iterations"], "output" in statuses[2]["steps"][0]) == (1, False)


def test_a_false_condition_skips_a_step() -> None:
    """Steps that depend on a skipped step run."""
    pipeline = [{"role": "a", "if": "false"}, {"role": "b", "dependsOn": ["a"]}]

    assert phases(statuses_of({}, pipeline=pipeline)) == [
        "Running: Skipped Running",
        "Succeeded: Skipped Succeeded",
    ]


def test_rejected_output_is_retried_up_to_the_limit() -> None:
    """A step whose output fails validation runs again, and fails after the last attempt."""
    validate = {"onFailure": "retry", "maxRetries": 2}
    statuses = statuses_of(
        {"a": Outcome(rejected="no GOOD in it")}, pipeline=[{"role": "a", "validate": validate}]
    )

    assert phases(statuses) == ["Running: Running", "Running: Running", "Failed: Failed"]
    assert [step["steps"][0].get("validationAttempts") for step in statuses] == [None, 1, 2]


def test_a_terminal_run_is_not_changed() -> None:
    """No status is written to a finished run."""
    status = {"phase": "Failed", "steps": [{"name": "a", "phase": "Failed"}]}

    assert reconcile(run(status), {}, NOW) == status
