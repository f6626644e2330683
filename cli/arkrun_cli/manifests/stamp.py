"""What admission checks in a run besides its schema: that it agrees with its team, and carries no seal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from arkrun_cli.manifests.findings import Problem
from arkrun_cli.values import as_object
from arkrun_crd.names import (
    RESTORED_ANNOTATION,
    RUN_KIND,
    SPEC_SEAL_ANNOTATION,
    STATUS_SEAL_ANNOTATION,
    TEAM_LABEL,
)

Json = Mapping[str, Any]

__all__ = ["ONE_OF", "SNAPSHOT", "check_stamp", "is_stamped", "names_team"]

SNAPSHOT = tuple(
    (key,) for key in ("pipeline", "roles", "entry", "routing", "search", "defaultContextPolicy")
)
"""The fields that the webhook copies from the team, over whatever the manifest has there."""

ONE_OF = ("pipeline", "roles", "routing")
"""The fields of which the snapshot of a restored run has at least one."""

_LABEL_PATH = f'metadata.labels["{TEAM_LABEL}"]'


def names_team(value: Json) -> bool:
    """Return True for a run of a team."""
    return value["kind"] == RUN_KIND and bool(_spec(value).get("teamRef"))


def is_stamped(value: Json) -> bool:
    """Return True for a run into which the webhook copies its team."""
    return names_team(value) and _annotations(value).get(RESTORED_ANNOTATION) != "true"


def check_stamp(value: Json) -> Iterator[Problem]:
    """Yield what webhook and policies refuse in a run, whatever its team is."""
    annotations = _annotations(value)
    is_restored = annotations.get(RESTORED_ANNOTATION) == "true"
    if RESTORED_ANNOTATION in annotations and not is_restored:
        yield _problem(_path(RESTORED_ANNOTATION), 'expected "true", or no annotation')
    if not is_restored:
        for seal in (SPEC_SEAL_ANNOTATION, STATUS_SEAL_ANNOTATION):
            if seal in annotations:
                yield _problem(_path(seal), "a seal belongs to the stored run: remove the annotation")
    yield from _check_team(value, is_restored=is_restored)


def _check_team(value: Json, *, is_restored: bool) -> Iterator[Problem]:
    labels = as_object(as_object(value.get("metadata")).get("labels"))
    spec, team = _spec(value), _spec(value).get("teamRef")
    label = labels.get(TEAM_LABEL)
    if label is not None and label != team:
        advice = f'expected "{team}", or no label' if team else "a run without teamRef has no such label"
        yield _problem(_LABEL_PATH, advice)
    if team and spec.get("teamGeneration") == 0 and not is_restored:
        yield _problem("spec.teamGeneration", "expected at least 1, or no teamGeneration")
    if team and is_restored:
        if label is None:
            yield _problem(_LABEL_PATH, f'a restored run needs the label "{team}"')
        if spec.get("teamGeneration") is None:
            yield _problem("spec.teamGeneration", "a restored run needs the generation of its team")
        if all(spec.get(field) is None for field in ONE_OF):
            yield _problem("spec", f"a restored run needs its snapshot: one of {', '.join(ONE_OF)}")


def _problem(path: str, message: str) -> Problem:
    return Problem("schema", path, message)


def _path(annotation: str) -> str:
    return f'metadata.annotations["{annotation}"]'


def _annotations(value: Json) -> Json:
    return as_object(as_object(value.get("metadata")).get("annotations"))


def _spec(value: Json) -> Json:
    return as_object(value.get("spec"))
