"""What a handler is, and what every handler checks first."""

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
from arkrun_webhook.compare.equality import given
from arkrun_webhook.compare.raw_json import ABSENT, NOTHING
from arkrun_webhook.review.request import AdmissionRequest, Object
from arkrun_webhook.review.response import AdmissionResponse

Handler = Callable[[AdmissionRequest, float], Awaitable[AdmissionResponse]]
"""Answers a request before a deadline (of time.monotonic()); raises `Refused`, or what BAD_JSON names."""

# metadata.name of a custom resource is a DNS subdomain, that of a namespace a label of one (RFC 1123,
# Kubernetes "Object Names"). Both become parts of a path.
_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_NAMESPACE = re.compile(_LABEL)


def stored_object(request: AdmissionRequest, kind: str) -> Object | None:
    """Return the object that is to be stored; None for a deletion, a connection or a subresource.

    Raises `Refused` for another kind, and for a request that lacks the object.
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
    """Return the namespace; raises `Refused` if it is no valid name."""
    if not _NAMESPACE.fullmatch(request.namespace):
        raise refusals.namespace_invalid(request.namespace)
    return request.namespace


def team_name(run: Object) -> str | None:
    """Return spec.teamRef, None for a run of an agent.

    Raises `Refused` if it is no valid name, and for a team label on a run of an agent: whoever counts the
    runs of a team goes by it.
    """
    target = run_target(run)
    value = target.team_ref
    if value in NOTHING and given(target.agent):
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
    """Return True if a run says that it comes from a backup."""
    return run.metadata.restored_mark == Raw(b'"true"')


def check_size(stored: Object) -> None:
    """Raise `Refused` if a spec leaves no room for a status."""
    warnings_of(pipeline.check_size(len(stored.spec)))


def warnings_of(findings: Iterable[Finding]) -> list[str]:
    """Return what is worth a warning; raises `Refused` if a finding is fatal."""
    found = list(findings)
    if fatal := [finding for finding in found if finding.fatal]:
        raise refusals.breaks_rules(fatal)
    return list(map(str, found))
