"""A view of a run: its steps in the order of the DAG, with times and token counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from arkrun_cli.times import parse_time

Json = dict[str, Any]

TERMINAL = frozenset({"Succeeded", "Failed"})


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Token counts as the status states them."""

    input: int
    output: int
    total: int

    @classmethod
    def read(cls, usage: Json | None) -> TokenUsage | None:
        """Read a TokenUsage; absent counts are 0."""
        if not usage:
            return None
        return cls(*(int(usage.get(key) or 0) for key in ("inputTokens", "outputTokens", "totalTokens")))


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
        metadata, spec, status = run["metadata"], run.get("spec") or {}, run.get("status") or {}
        return cls(
            name=metadata["name"],
            namespace=metadata.get("namespace", ""),
            team=spec.get("teamRef", ""),
            generation=spec.get("teamGeneration", 0),
            phase=status.get("phase") or "Pending",
            created=parse_time(metadata.get("creationTimestamp")),
            start=parse_time(status.get("startTime")),
            end=parse_time(status.get("completionTime")),
            input=spec.get("input") or {},
            steps=_steps(spec, status),
            usage=TokenUsage.read(status.get("totalTokenUsage")),
            output=status.get("output") or "",
            message=_failure_message(status.get("conditions") or []),
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
    waiting = {step["role"]: tuple(step.get("dependsOn") or ()) for step in pipeline}
    ordered: dict[str, tuple[str, ...]] = {}
    while waiting:
        ready = [role for role, needs in waiting.items() if not any(need in waiting for need in needs)]
        for role in ready or list(waiting):
            ordered[role] = waiting.pop(role)
    return list(ordered.items())


def _steps(spec: Json, status: Json) -> tuple[StepView, ...]:
    statuses = {step["name"]: step for step in status.get("steps") or []}
    pipeline = topological_order(spec.get("pipeline") or [])
    names = {name for name, _ in pipeline}
    # Routed and dynamic runs have steps that are not in the pipeline.
    extra = [(name, ()) for name in statuses if name not in names]
    return tuple(_step(name, needs, statuses.get(name, {})) for name, needs in [*pipeline, *extra])


def _step(name: str, depends_on: tuple[str, ...], status: Json) -> StepView:
    return StepView(
        name=name,
        phase=status.get("phase") or "Pending",
        depends_on=depends_on,
        start=parse_time(status.get("startTime")),
        end=parse_time(status.get("completionTime")),
        usage=TokenUsage.read(status.get("tokenUsage")),
        task_id=status.get("taskID", ""),
        message=status.get("message", ""),
        output=status.get("output", ""),
        iterations=status.get("iterations", 0),
    )


def _failure_message(conditions: list[Json]) -> str:
    """Return the message of the newest False condition: why a run failed before its first step."""
    false = [each for each in conditions if each.get("status") == "False" and each.get("message")]
    newest = max(false, key=lambda each: str(each.get("lastTransitionTime", "")), default=None)
    return str(newest["message"]) if newest else ""
