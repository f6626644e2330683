"""The handler type, and the checks that handlers share."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable

import msgspec
from msgspec import Raw

from arkrun_crd.names import GROUP, LABEL_VALUE_MAX
from arkrun_crd.rules import pipeline
from arkrun_crd.rules.pipeline import Finding
from arkrun_webhook.admission import refusals
from arkrun_webhook.admission.stamp import run_target
from arkrun_webhook.compare.equality import is_set
from arkrun_webhook.compare.raw_json import ABSENT, NOTHING
from arkrun_webhook.review.request import AdmissionRequest, Object
from arkrun_webhook.review.response import AdmissionResponse

Handler = Callable[[AdmissionRequest, float], Awaitable[AdmissionResponse]]
"""Reviews a request before a deadline (a time of time.monotonic()); raises `Refused` or one of BAD_JSON."""

# The name of a custom resource is a DNS-1123 subdomain, that of a namespace a DNS-1123 label (Kubernetes,
# "Object Names and IDs"). Both become segments of a URL path.
_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_NAMESPACE = re.compile(_LABEL)


def stored_object(request: AdmissionRequest, kind: str) -> Object | None:
    """Return the object to be stored; None for a deletion, a connection or a subresource.

    Raises `Refused` for another kind, an unknown operation or a missing object.
    """
    if request.kind.kind != kind or request.kind.group != GROUP:
        raise refusals.wrong_kind(kind, GROUP, request.kind.kind, request.kind.group)
    if request.operation in ("DELETE", "CONNECT") or request.sub_resource:
        return None
    if request.operation not in ("CREATE", "UPDATE"):
        raise refusals.unknown_operation(request.operation)
    if request.object is None:
        raise refusals.object_missing(request.operation, "object")
    if request.old_object is None and request.operation == "UPDATE":
        raise refusals.object_missing(request.operation, "oldObject")
    return request.object


def namespace(request: AdmissionRequest) -> str:
    """Return the request's namespace; raises `Refused` if it is invalid."""
    if not _NAMESPACE.fullmatch(request.namespace):
        raise refusals.namespace_invalid(request.namespace)
    return request.namespace


def team_name(run: Object) -> str | None:
    """Return spec.teamRef, or None for a run of an agent.

    Raises `Refused` if it is invalid, or if a run of an agent carries a team label: it would be counted as a
    run of that team.
    """
    target = run_target(run)
    value = target.team_ref
    if value in NOTHING and is_set(target.agent):
        if run.metadata.team_label is not None:
            raise refusals.label_without_team()
        return None
    name = None if value == ABSENT else msgspec.json.decode(value)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise refusals.team_ref_invalid(value)
    if len(name) > LABEL_VALUE_MAX:
        raise refusals.team_name_too_long(name)
    return name


def is_restored(run: Object) -> bool:
    """Return True if the run is annotated as restored from a backup."""
    return run.metadata.restored_mark == Raw(b'"true"')


def check_size(stored: Object) -> None:
    """Raise `Refused` if the spec is too large to store a status beside it."""
    warnings_of(pipeline.check_size(len(stored.spec)))


def warnings_of(findings: Iterable[Finding]) -> list[str]:
    """Return the findings as warnings; raises `Refused` if one is fatal."""
    findings = list(findings)
    if fatal := [finding for finding in findings if finding.fatal]:
        raise refusals.pipeline_invalid(fatal)
    return list(map(str, findings))
