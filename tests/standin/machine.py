"""The controller's view of one run as a function: the status it has, and the status it gets next."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]
TERMINAL = frozenset({"Succeeded", "Failed"})
DONE = frozenset({"Succeeded", "Skipped"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an agent makes of one task.

    `error` fails the step with that message; `rejected` is an output that failed validation, so the step
    goes back to Pending and is tried again. `seconds` is how long the task takes, `iterations` how often
    a looping step went round.
    """

    output: str = "done"
    tokens: tuple[int, int] = (100, 50)
    error: str = ""
    rejected: bool = False
    iterations: int = 0
    seconds: float = 0.0


def steps_of(spec: Json) -> list[str]:
    """Name the steps of a run: its pipeline's roles; `route` when routed; else its first role."""
    if spec.get("pipeline"):
        return [step["role"] for step in spec["pipeline"]]
    if spec.get("routing"):
        return ["route"]
    return [role["name"] for role in spec.get("roles", [])[:1]]


def reconcile(run: Json, finished: Mapping[str, Outcome], now: datetime) -> Json:
    """Give the next status of `run`, in which the tasks in `finished` (by step) have ended.

    One call is one pass of the controller, hence one status write. A terminal run is left as it is.
    """
    spec, status = run["spec"], copy.deepcopy(run.get("status") or {})
    if status.get("phase") in TERMINAL:
        return status
    _begin(spec, status, now)
    if not _end_late(spec, status, now):
        for step in status["steps"]:
            if step["phase"] == "Running" and step["name"] in finished:
                _collect(step, finished[step["name"]], now)
        _total(status)
        if not _end_costly(spec, status, now):
            _submit(spec, status, now)
    _settle(spec, status, now)
    status["observedGeneration"] = run["metadata"]["generation"]
    return status


def _begin(spec: Json, status: Json, now: datetime) -> None:
    if status.get("phase") in (None, "", "Pending"):
        status["phase"] = "Running"
        status["startTime"] = _stamp(now)
    status.setdefault("steps", [{"name": name, "phase": "Pending"} for name in steps_of(spec)])


def _collect(step: Json, outcome: Outcome, now: datetime) -> None:
    if outcome.rejected:
        step.update(phase="Pending", message="output failed validation, trying again")
        step.pop("taskID")
        return
    step["completionTime"] = _stamp(now)
    if outcome.iterations:
        step["iterations"] = outcome.iterations
    if outcome.error:
        step.update(phase="Failed", message=outcome.error)
        return
    given, made = outcome.tokens
    usage = {"inputTokens": given, "outputTokens": made, "totalTokens": given + made}
    step.pop("message", None)
    step.update(phase="Succeeded", output=outcome.output, tokenUsage=usage)


def _total(status: Json) -> None:
    """Sum the usage; a retry has wiped a failed step's figures, so the total never goes down."""
    keys = ("inputTokens", "outputTokens", "totalTokens")
    sums = {key: sum(step.get("tokenUsage", {}).get(key, 0) for step in status["steps"]) for key in keys}
    if sums["totalTokens"] > status.get("totalTokenUsage", {}).get("totalTokens", 0):
        status["totalTokenUsage"] = sums


def _end_late(spec: Json, status: Json, now: datetime) -> bool:
    seconds = spec.get("timeoutSeconds", 0)
    late = (now - datetime.fromisoformat(status["startTime"])).total_seconds() > seconds > 0
    return late and _end(status, f"run exceeded its timeout of {seconds}s", now)


def _end_costly(spec: Json, status: Json, now: datetime) -> bool:
    most, used = spec.get("maxTokens", 0), status.get("totalTokenUsage", {}).get("totalTokens", 0)
    return used > most > 0 and _end(status, f"run used {used} of {most} tokens", now)


def _end(status: Json, message: str, now: datetime) -> bool:
    for step in status["steps"]:
        if step["phase"] in ("Pending", "Running"):
            step.update(phase="Failed", message=message, completionTime=_stamp(now))
    status["phase"] = "Failed"
    return True


def _submit(spec: Json, status: Json, now: datetime) -> None:
    asked = {step["role"]: step for step in spec.get("pipeline") or []}
    phases = {step["name"]: step["phase"] for step in status["steps"]}
    for index, step in enumerate(status["steps"]):
        wanted = asked.get(step["name"], {})
        if step["phase"] != "Pending" or any(phases[n] not in DONE for n in wanted.get("dependsOn") or []):
            continue
        if wanted.get("if") == "false":
            message = "skipped: if condition evaluated to false"
            step.update(phase="Skipped", message=message, completionTime=_stamp(now))
        else:
            step.update(phase="Running", taskID=f"{int(now.timestamp())}-{index}")
            step.setdefault("startTime", _stamp(now))


def _settle(spec: Json, status: Json, now: datetime) -> None:
    phases = {step["phase"] for step in status["steps"]}
    if "Failed" in phases and "Running" not in phases:
        status["phase"] = "Failed"
    elif phases <= DONE and status["phase"] == "Running":
        status["phase"] = "Succeeded"
        status["output"] = _output(spec, status)
    if status["phase"] in TERMINAL:
        status["completionTime"] = _stamp(now)
        status["conditions"] = [_condition(status["phase"], now)]


def _output(spec: Json, status: Json) -> str:
    """Fill in `{{ .steps.ROLE.output }}`, all of Go's templates that the stand-in knows."""
    outputs = {step["name"]: step.get("output", "") for step in status["steps"]}
    named = re.compile(r"\{\{\s*\.steps\.([\w-]+)\.output\s*\}\}")
    template = spec.get("output") or f"{{{{ .steps.{status['steps'][-1]['name']}.output }}}}"
    return named.sub(lambda found: outputs.get(found[1], ""), template)


def _condition(phase: str, now: datetime) -> Json:
    return {
        "type": "Ready",
        "status": "True" if phase == "Succeeded" else "False",
        "reason": phase,
        "message": f"run {phase.lower()}",
        "lastTransitionTime": _stamp(now),
    }


def _stamp(now: datetime) -> str:
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
