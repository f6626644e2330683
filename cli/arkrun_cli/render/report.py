"""Reports of seals as lines for people, and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from arkrun_cli.times import format_duration, parse_time
from arkrun_cli.values import as_object
from arkrun_crd.seal.verify import Report, State

__all__ = ["LIMITS", "json_line", "lines", "summary", "title"]

Json = dict[str, Any]

LIMITS = (
    "A seal proves neither the time before it was made, nor that no older valid version of the same run "
    "was put back, nor that no run was deleted."
)
_LATE = timedelta(minutes=1)


def title(report: Report) -> str:
    """Return the state of a run, with the first reason if it is not verified."""
    if report.state is State.VERIFIED:
        return "verified"
    first = next(
        (
            f"{name} {part.reason}"
            for name, part in report.parts.items()
            if part.state is report.state and part.reason
        ),
        "",
    )
    return f"{report.state}: {first}" if first and report.state is not State.NOT_SEALED else str(report.state)


def lines(run: Json, report: Report) -> Iterator[str]:
    """Yield the name and state of a run, and a line for each of its parts."""
    metadata = as_object(run.get("metadata"))
    status = run.get("status")
    completed = status.get("completionTime") if isinstance(status, dict) else None
    yield f"arkrun {metadata.get('namespace', '')}/{metadata.get('name', '')}: {report.state}"
    sealed = {
        "spec": _sealed(report.spec_sealed, metadata.get("creationTimestamp"), "creation"),
        "status": _sealed(report.status_sealed, completed, "the end"),
    }
    for name, part in report.parts.items():
        text = ": ".join(filter(None, (part.state, part.reason)))
        yield f"  {name:<9} {text}{sealed.get(name, '')}"


def json_line(run: Json, report: Report) -> str:
    """Return one line of JSON."""
    metadata = as_object(run.get("metadata"))
    document = {
        "namespace": metadata.get("namespace"),
        "name": metadata.get("name"),
        "uid": metadata.get("uid"),
        "state": report.state,
        "parts": {name: {"state": part.state, "reason": part.reason} for name, part in report.parts.items()},
        "specSealed": report.spec_sealed or None,
        "statusSealed": report.status_sealed or None,
    }
    return json.dumps(document, ensure_ascii=False)


def summary(counts: dict[State, int]) -> str:
    """Return how many runs there are in each state."""
    parts = ", ".join(f"{counts[state]} {state}" for state in State if counts.get(state))
    return f"{sum(counts.values())} runs: {parts or 'none'}"


def _sealed(sealed: str, since: object, event: str) -> str:
    """Describe when a seal was made, and how much later than what it seals."""
    if not sealed:
        return ""
    try:
        began, made = parse_time(str(since or "")), parse_time(sealed)
    except ValueError:
        began = made = None
    if began is None or made is None or made - began <= _LATE:
        return f", sealed {sealed}"
    return f", sealed {sealed}, {format_duration(made - began)} after {event}"
