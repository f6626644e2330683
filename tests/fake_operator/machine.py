"""The controller's reconciliation as a pure function from a run's status to its next status."""

from __future__ import annotations

import copy
import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]
TERMINAL = frozenset({"Succeeded", "Failed"})
DONE = frozenset({"Succeeded", "Skipped"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of an agent's task.

    `error` fails the step with that message. `rejected` is the reason why the output failed validation; the
    step then runs again until `validate.maxRetries` attempts have failed. `cold` is the number of passes for
    which the step waits for the agent's pods. `data` is the output parsed as JSON. `seconds` is the duration.
    """

    output: str = "done"
    tokens: tuple[int, int] = (100, 50)
    error: str = ""
    rejected: str = ""
    cold: int = 0
    data: str = ""
    raw: str = ""
    artifacts: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0


def steps_of(spec: Json) -> list[str]:
    """Return the steps of a run: its pipeline's roles, `route` if routed, `agent` without a team."""
    if spec.get("pipeline"):
        return [step["role"] for step in spec["pipeline"]]
    if spec.get("routing"):
        return ["route"]
    if spec.get("agent"):
        return ["agent"]
    return [role["name"] for role in spec.get("roles", [])[:1]]


def reconcile(run: Json, finished: Mapping[str, Outcome], now: datetime, cold: Container[str] = ()) -> Json:
    """Return the next status of `run`, whose tasks in `finished` (by step) have ended.

    `cold` names the steps whose agents have no pods yet. A call is one pass of the controller, with one
    status write. The status of a finished run is returned unchanged.
    """
    spec, status = run["spec"], copy.deepcopy(run.get("status") or {})
    if status.get("phase") in TERMINAL:
        return status
    _begin(spec, status, now)
    status["observedGeneration"] = run["metadata"]["generation"]
    if _end_late(spec, status, now):
        return status
    for step in status["steps"]:
        if step["phase"] == "Running" and step["name"] in finished:
            _collect(spec, step, finished[step["name"]], now)
    _loop(spec, status)
    _submit(spec, status, now, cold)
    _total(status)
    _settle(spec, status, now)
    return status


def _begin(spec: Json, status: Json, now: datetime) -> None:
    if status.get("phase") in (None, "", "Pending"):
        status["phase"] = "Running"
        status["startTime"] = _stamp(now)
        if not spec.get("agent"):
            status["conditions"] = [_condition(status, "Validated", now)]
    status.setdefault("steps", [{"name": name, "phase": "Pending"} for name in steps_of(spec)])


def _collect(spec: Json, step: Json, outcome: Outcome, now: datetime) -> None:
    if outcome.error:
        step.update(phase="Failed", message=outcome.error, completionTime=_stamp(now))
        return
    given, made = outcome.tokens
    usage = {"inputTokens": given, "outputTokens": made, "totalTokens": given + made}
    step.update(output=outcome.output, tokenUsage=usage)
    if step["name"] != "route":
        step["costUSD"] = f"{(given + 5 * made) / 1e6:.6f}"
    if outcome.artifacts:
        step["artifacts"] = dict(outcome.artifacts)
    if outcome.rejected:
        _reject(_declared(spec, step).get("validate") or {}, step, outcome.rejected, now)
        return
    for name, value in (("outputJSON", outcome.data), ("rawOutput", outcome.raw)):
        if value:
            step[name] = value
    step.update(phase="Succeeded", completionTime=_stamp(now))


def _reject(validate: Json, step: Json, reason: str, now: datetime) -> None:
    """Count a failed validation; the step runs again, or fails after maxRetries attempts."""
    step["validationAttempts"] = step.get("validationAttempts", 0) + 1
    step["validationMessage"] = reason
    if validate.get("onFailure") == "retry" and step["validationAttempts"] < validate.get("maxRetries", 2):
        _reset(step, "output", "outputJSON", "taskID", "tokenUsage", "completionTime")
        return
    step.update(phase="Failed", completionTime=_stamp(now), message=f"validation failed: {reason}")


def _loop(spec: Json, status: Json) -> None:
    """Reset a Succeeded step while its loop condition is true; only `.data.again` is supported."""
    data = {step["name"]: step.get("outputJSON", "") for step in status["steps"]}
    for step in status["steps"]:
        loop = _declared(spec, step).get("loop")
        if not loop or step["phase"] != "Succeeded":
            continue
        rounds, asked = (
            step.get("iterations", 0),
            re.search(r"\.steps\.([\w-]+)\.data\.again", loop["condition"]),
        )
        if asked is None or '"again":true' not in data.get(asked[1], "").replace(" ", ""):
            continue
        if rounds < loop.get("maxIterations", 10):
            _reset(step, "output", "outputJSON", "taskID", "startTime", "completionTime")
            step.update(iterations=rounds + 1, message=f"loop iteration {rounds + 1}")


def _reset(step: Json, *fields: str) -> None:
    step["phase"] = "Pending"
    for name in fields:
        step.pop(name, None)


def _declared(spec: Json, step: Json) -> Json:
    declaration: Json = next(
        (each for each in spec.get("pipeline") or () if each["role"] == step["name"]), {}
    )
    return declaration


def _total(status: Json) -> None:
    """Sum up usage and cost of all steps; omit sums without any summand."""
    keys = ("inputTokens", "outputTokens", "totalTokens")
    sums = {key: sum(step.get("tokenUsage", {}).get(key, 0) for step in status["steps"]) for key in keys}
    if sums["totalTokens"]:
        status["totalTokenUsage"] = sums
    if cost := sum(float(step.get("costUSD", 0)) for step in status["steps"]):
        status["totalCostUSD"] = f"{cost:.6f}".rstrip("0")


def _end_late(spec: Json, status: Json, now: datetime) -> bool:
    seconds = spec.get("timeoutSeconds") or 0
    if not (now - datetime.fromisoformat(status["startTime"])).total_seconds() > seconds > 0:
        return False
    message = f"run exceeded its timeout of {seconds}s"
    for step in status["steps"]:
        if step["phase"] in ("Pending", "Running"):
            step.update(phase="Failed", message=message)
    _end(status, "Failed", "Timeout", now)
    return True


def _submit(spec: Json, status: Json, now: datetime, cold: Container[str]) -> None:
    phases = {step["name"]: step["phase"] for step in status["steps"]}
    for index, step in enumerate(status["steps"]):
        wanted = _declared(spec, step)
        if step["phase"] not in ("Pending", "WarmingUp"):
            continue
        if any(phases[needed] not in DONE for needed in wanted.get("dependsOn") or []):
            continue
        if step["phase"] == "Pending" and _is_false(spec, wanted.get("if")):
            message = "skipped: if condition evaluated to false"
            step.update(phase="Skipped", message=message, completionTime=_stamp(now))
            phases[step["name"]] = "Skipped"
        elif step["name"] in cold:
            step.update(phase="WarmingUp", message="waiting for the agent's pods to become ready")
        else:
            if step["phase"] == "WarmingUp":
                step.pop("message")
            _choose(spec, wanted, step)
            step.update(
                phase="Running", taskID=f"{int(now.timestamp() * 1000)}-{index}", startTime=_stamp(now)
            )


def _choose(spec: Json, wanted: Json, step: Json) -> None:
    """Record the agent chosen by a router, a registry or the run itself."""
    if step["name"] == "route":
        step.update(resolvedAgent="helper", selectedCapability="help", routingReason="the best match")
    elif "registryLookup" in wanted:
        step["resolvedAgent"] = "found"
    elif spec.get("agent"):
        step["resolvedAgent"] = spec["agent"]


def _is_false(spec: Json, condition: str | None) -> bool:
    """Return True if an `if` is false, no or 0, directly or through `{{ .input.NAME }}`."""
    if condition is None:
        return False
    asked = re.fullmatch(r"\{\{ *\.input\.([\w-]+) *\}\}", condition)
    value = (spec.get("input") or {}).get(asked[1], "") if asked else condition
    return str(value).strip().lower() in ("", "false", "0", "no")


def _settle(spec: Json, status: Json, now: datetime) -> None:
    phases = {step["phase"] for step in status["steps"]}
    most, used = spec.get("maxTokens") or 0, status.get("totalTokenUsage", {}).get("totalTokens", 0)
    if used > most > 0:
        _end(status, "Failed", "BudgetExceeded", now)  # the steps are not changed
    elif "Failed" in phases:
        _end(status, "Failed", "StepFailed", now)
    elif phases <= DONE:
        if spec.get("output") or not spec.get("pipeline"):
            status["output"] = _output(spec, status)
        _end(status, "Succeeded", "Succeeded", now)


def _end(status: Json, phase: str, reason: str, now: datetime) -> None:
    status.update(phase=phase, completionTime=_stamp(now))
    status["conditions"] = [_condition(status, reason, now)]


def _output(spec: Json, status: Json) -> str:
    """Fill in `{{ .steps.ROLE.output }}`, the only template that the fake operator supports."""
    outputs = {step["name"]: step.get("output", "") for step in status["steps"]}
    named = re.compile(r"\{\{\s*\.steps\.([\w-]+)\.output\s*\}\}")
    template = spec.get("output") or f"{{{{ .steps.{status['steps'][-1]['name']}.output }}}}"
    return named.sub(lambda found: outputs.get(found[1], ""), template)


def _condition(status: Json, reason: str, now: datetime) -> Json:
    """Return the condition Ready; its transition time changes only with its status."""
    value = "False" if status["phase"] == "Failed" else "True"
    last: Json = next(iter(status.get("conditions", ())), {})
    same = last.get("status") == value
    return {
        "type": "Ready",
        "status": value,
        "reason": reason,
        "message": f"run {status['phase'].lower()}",
        "lastTransitionTime": last["lastTransitionTime"] if same else _stamp(now),
    }


def _stamp(now: datetime) -> str:
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
