"""Complete records, as the webhook stamps them, with fields that no schema knows."""

from typing import Any

from arkrun_crd.names import RESTORED_ANNOTATION, TEAM_LABEL
from support.builders.objects import run

Json = dict[str, Any]

LARGE = 2**53 + 1
"""For CEL it equals the float next to it."""

SPEC: Json = {
    "teamRef": "blog",
    "teamGeneration": 1,
    "maxTokens": 9000,
    "roles": [{"name": "a", "model": "m", "xUnknown": {"deep": [1, {"ratio": 0.5}], "large": LARGE}}],
    "pipeline": [{"role": "a", "xUnknown": "x"}],
    "xUnknown": {"flag": True},
}

ENDED: Json = {
    "startTime": "2026-03-17T10:00:00Z",
    "completionTime": "2026-03-17T10:00:45Z",
    "steps": [
        {"name": "a", "phase": "Succeeded", "output": "x", "xUnknown": {"n": LARGE, "l": [1, {"z": 1}]}},
        {"name": "b", "phase": "Failed", "message": "no"},
        {"name": "c", "phase": "Failed", "message": "no"},
        {"name": "d", "phase": "Skipped"},
    ],
    "xUnknown": {"n": None, "l": [1, {"z": 1}]},
}


def record(name: str = "run-1", *, restored: str | None = None, **spec: Any) -> Json:
    """Build a complete record; a field that is None is left out."""
    document = run(name)
    document["metadata"]["labels"] = {TEAM_LABEL: "blog"}
    if restored is not None:
        document["metadata"]["annotations"] = {RESTORED_ANNOTATION: restored}
    document["spec"] = {key: value for key, value in {**SPEC, **spec}.items() if value is not None}
    return document


def ended(phase: str, /, **status: Any) -> Json:
    """Build the status of a run that ended."""
    return {"phase": phase, **ENDED, **status}
