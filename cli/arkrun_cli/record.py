"""A run as a person reads it: its steps in order of the DAG, how long each took, what it cost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]

TERMINAL = frozenset({"Succeeded", "Failed"})


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts as the record states them."""

    given: int
    made: int
    total: int

    @classmethod
    def read(cls, usage: Json | None) -> Usage | None:
        """Read a TokenUsage; None stays None, absent counts are 0."""
        if not usage:
            return None
        return cls(*(int(usage.get(key) or 0) for key in ("inputTokens", "outputTokens", "totalTokens")))


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what the pipeline asked for and what the status says of it."""

    name: str
    phase: str
    after: tuple[str, ...]
    start: datetime | None
    end: datetime | None
    usage: Usage | None
    task: str
    message: str
    output: str
    iterations: int


@dataclass(frozen=True, slots=True)
class Record:
    """One run. `steps` come after the steps they depend on."""

    name: str
    namespace: str
    team: str
    generation: int
    phase: str
    created: datetime | None
    start: datetime | None
    end: datetime | None
    input: dict[str, str]
    steps: tuple[Step, ...]
    usage: Usage | None
    output: str
    message: str

    @classmethod
    def read(cls, run: Json) -> Record:
        """Read an ArkRun as the API server gives it; what is absent is empty."""
        metadata, spec, status = run["metadata"], run.get("spec") or {}, run.get("status") or {}
        return cls(
            name=metadata["name"],
            namespace=metadata.get("namespace", ""),
            team=spec.get("teamRef", ""),
            generation=spec.get("teamGeneration", 0),
            phase=status.get("phase") or "Pending",
            created=moment(metadata.get("creationTimestamp")),
            start=moment(status.get("startTime")),
            end=moment(status.get("completionTime")),
            input=spec.get("input") or {},
            steps=_steps(spec, status),
            usage=Usage.read(status.get("totalTokenUsage")),
            output=status.get("output") or "",
            message=_message(status.get("conditions") or []),
        )

    @property
    def over(self) -> bool:
        """Whether the run has reached a phase that it does not leave by itself."""
        return self.phase in TERMINAL

    @property
    def failures(self) -> tuple[Step, ...]:
        """Steps that failed, in order."""
        return tuple(step for step in self.steps if step.phase == "Failed")

    def token_note(self) -> str:
        """Say when the steps' tokens do not add up to the total, and why that may be; else nothing."""
        added = sum(step.usage.total for step in self.steps if step.usage)
        if self.usage is None or added == self.usage.total:
            return ""
        why = (
            "a retry wipes a failed step's figures but not the total"
            if added < self.usage.total
            else "the total was written before the last step's figures"
        )
        return f"steps add up to {added}, the record's total is {self.usage.total}: {why}"


def moment(text: str | None) -> datetime | None:
    """Read an RFC 3339 time; None for none."""
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def lasted(start: datetime | None, end: datetime | None, now: datetime) -> timedelta | None:
    """Give how long something took, or has taken until `now`; None before it began."""
    return None if start is None else max((end or now) - start, timedelta())


def human(duration: timedelta | None) -> str:
    """Write a duration as kubectl writes ages: 45s, 3m20s, 2h5m, 3d4h; `-` for none."""
    if duration is None:
        return "-"
    seconds = int(duration.total_seconds())
    units = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)]
    parts = [(seconds % before // size, unit) for before, (unit, size) in zip(_ABOVE, units, strict=True)]
    first = next((index for index, (count, _) in enumerate(parts) if count), len(parts) - 1)
    return "".join(f"{count}{unit}" for count, unit in parts[first : first + 2] if count) or "0s"


_ABOVE = (10**12, 86_400, 3_600, 60)


def in_order(pipeline: Iterable[Json]) -> list[tuple[str, tuple[str, ...]]]:
    """Give (role, roles it waits for), each after those it waits for; a cycle's rest comes as written."""
    waiting = {step["role"]: tuple(step.get("dependsOn") or ()) for step in pipeline}
    ordered: dict[str, tuple[str, ...]] = {}
    while waiting:
        free = [role for role, needs in waiting.items() if not any(need in waiting for need in needs)]
        for role in free or list(waiting):
            ordered[role] = waiting.pop(role)
    return list(ordered.items())


def _steps(spec: Json, status: Json) -> tuple[Step, ...]:
    told = {step["name"]: step for step in status.get("steps") or []}
    known = in_order(spec.get("pipeline") or [])
    names = {name for name, _ in known}
    # Routed and dynamic runs have steps that no pipeline names.
    extra = [(name, ()) for name in told if name not in names]
    return tuple(_step(name, after, told.get(name, {})) for name, after in [*known, *extra])


def _step(name: str, after: tuple[str, ...], told: Json) -> Step:
    return Step(
        name=name,
        phase=told.get("phase") or "Pending",
        after=after,
        start=moment(told.get("startTime")),
        end=moment(told.get("completionTime")),
        usage=Usage.read(told.get("tokenUsage")),
        task=told.get("taskID", ""),
        message=told.get("message", ""),
        output=told.get("output", ""),
        iterations=told.get("iterations", 0),
    )


def _message(conditions: list[Json]) -> str:
    """Give the newest condition that is not True: it says why a run failed before any step did."""
    bad = [each for each in conditions if each.get("status") == "False" and each.get("message")]
    newest = max(bad, key=lambda each: str(each.get("lastTransitionTime", "")), default=None)
    return str(newest["message"]) if newest else ""
