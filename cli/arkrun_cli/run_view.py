"""A view of a run: its steps in the order of the DAG, with times and token counts.

Another operator's CRD may have accepted any value: what has an unexpected type is shown as text or left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from arkrun_cli.times import parse_time
from arkrun_cli.values import as_list, as_number, as_object, as_objects, as_text

Json = dict[str, Any]

TERMINAL = frozenset({"Succeeded", "Failed"})


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Token counts as the status states them."""

    input: int
    output: int
    total: int

    @classmethod
    def read(cls, value: object) -> TokenUsage | None:
        """Read a TokenUsage; absent counts are 0."""
        usage = as_object(value)
        if not usage:
            return None
        return cls(*(as_number(usage.get(key)) for key in ("inputTokens", "outputTokens", "totalTokens")))


@dataclass(frozen=True, slots=True)
class StepView:
    """One step: its place in the pipeline and its status."""

    name: str
    phase: str
    depends_on: tuple[str, ...]
    start: datetime | None
    end: datetime | None
    usage: TokenUsage | None
    task_id: str
    message: str
    output: str
    iterations: int


@dataclass(frozen=True, slots=True)
class RunView:
    """One run; each of its `steps` comes after those that it depends on."""

    name: str
    namespace: str
    team: str
    generation: int
    phase: str
    created: datetime | None
    start: datetime | None
    end: datetime | None
    input: dict[str, str]
    steps: tuple[StepView, ...]
    usage: TokenUsage | None
    output: str
    message: str

    @classmethod
    def read(cls, run: Json) -> RunView:
        """Read an ArkRun as the API server sends it; absent fields are empty."""
        metadata, spec, status = (as_object(run.get(key)) for key in ("metadata", "spec", "status"))
        return cls(
            name=as_text(metadata.get("name")),
            namespace=as_text(metadata.get("namespace")),
            team=as_text(spec.get("teamRef")),
            generation=as_number(spec.get("teamGeneration")),
            phase=as_text(status.get("phase")) or "Pending",
            created=parse_time(metadata.get("creationTimestamp")),
            start=parse_time(status.get("startTime")),
            end=parse_time(status.get("completionTime")),
            input={key: as_text(value) for key, value in as_object(spec.get("input")).items()},
            steps=_steps(spec, status),
            usage=TokenUsage.read(status.get("totalTokenUsage")),
            output=as_text(status.get("output")),
            message=_failure_message(as_objects(status.get("conditions"))),
        )

    @property
    def finished(self) -> bool:
        """Return True if the phase is terminal."""
        return self.phase in TERMINAL

    @property
    def failures(self) -> tuple[StepView, ...]:
        """The failed steps, in order."""
        return tuple(step for step in self.steps if step.phase == "Failed")

    def token_note(self) -> str:
        """Return a note if the steps' tokens do not add up to the run's total, else an empty string."""
        added = sum(step.usage.total for step in self.steps if step.usage)
        if self.usage is None or added == self.usage.total:
            return ""
        reason = (
            "a retry clears the counts of a failed step but not the total"
            if added < self.usage.total
            else "the total was written before the counts of the last step"
        )
        return f"the steps add up to {added} tokens, the run's total is {self.usage.total}: {reason}"


def topological_order(pipeline: Iterable[Json]) -> list[tuple[str, tuple[str, ...]]]:
    """Return each role with the roles it depends on, after those; cycles keep the order of the pipeline."""
    needs = {
        as_text(step.get("role")): tuple(as_text(need) for need in as_list(step.get("dependsOn")))
        for step in pipeline
        if step.get("role")
    }
    missing = {role: len({need for need in roles if need in needs}) for role, roles in needs.items()}
    dependents: dict[str, list[str]] = {role: [] for role in needs}
    for role, roles in needs.items():
        for need in dict.fromkeys(roles):
            dependents.get(need, []).append(role)
    ordered: dict[str, None] = {}
    ready = [role for role, count in missing.items() if not count]
    rank = {role: index for index, role in enumerate(needs)}
    while ready:
        ordered |= dict.fromkeys(ready)
        ready = sorted(_released(ready, dependents, missing), key=rank.__getitem__)
    return [(role, needs[role]) for role in {**ordered, **dict.fromkeys(needs)}]


def _released(done: list[str], dependents: dict[str, list[str]], missing: dict[str, int]) -> list[str]:
    """Return the roles that wait for nothing more once `done` are."""
    released = []
    for role in done:
        for dependent in dependents[role]:
            missing[dependent] -= 1
            if not missing[dependent]:
                released.append(dependent)
    return released


def _steps(spec: Json, status: Json) -> tuple[StepView, ...]:
    statuses: dict[str, Json] = {}
    for index, step in enumerate(as_objects(status.get("steps"))):
        name = as_text(step.get("name")) or f"steps[{index}]"
        statuses[name if name not in statuses else f"{name} (steps[{index}])"] = step
    pipeline = topological_order(as_objects(spec.get("pipeline")))
    names = {name for name, _ in pipeline}
    # Routed and dynamic runs have steps that are not in the pipeline.
    extra = [(name, ()) for name in statuses if name not in names]
    return tuple(_step(name, needs, statuses.get(name, {})) for name, needs in [*pipeline, *extra])


def _step(name: str, depends_on: tuple[str, ...], status: Json) -> StepView:
    return StepView(
        name=name,
        phase=as_text(status.get("phase")) or "Pending",
        depends_on=depends_on,
        start=parse_time(status.get("startTime")),
        end=parse_time(status.get("completionTime")),
        usage=TokenUsage.read(status.get("tokenUsage")),
        task_id=as_text(status.get("taskID")),
        message=as_text(status.get("message")),
        output=as_text(status.get("output")),
        iterations=as_number(status.get("iterations")),
    )


def _failure_message(conditions: list[Json]) -> str:
    """Return the message of the newest False condition: why a run failed before its first step."""
    false = [each for each in conditions if each.get("status") == "False" and each.get("message")]
    newest = max(false, key=lambda each: str(each.get("lastTransitionTime", "")), default=None)
    return as_text(newest["message"]) if newest else ""
