"""The response of an AdmissionReview, and the functions that build it."""

from __future__ import annotations

import msgspec
from msgspec import Raw, Struct

from arkrun_webhook.compare.text import MESSAGE_LIMIT, WARNING_LIMIT, cut, printable
from arkrun_webhook.errors import Cause, Refused
from arkrun_webhook.review.request import API_VERSION, AdmissionRequest


class ResponsePart(Struct, rename="camel", omit_defaults=True):
    """Base of the parts of a response; members with their default are omitted."""


class StatusCause(ResponsePart):
    """metav1.StatusCause."""

    reason: str
    message: str
    field: str


class StatusDetails(ResponsePart):
    """metav1.StatusDetails."""

    name: str = ""
    group: str = ""
    kind: str = ""
    causes: list[StatusCause] = []


class Status(ResponsePart):
    """metav1.Status."""

    message: str
    reason: str
    code: int
    details: StatusDetails | None = None


class Operation(Struct):
    """One JSON patch operation (RFC 6902); `add` also replaces a member (section 4.1)."""

    path: str
    value: Raw | msgspec.UnsetType = msgspec.UNSET
    op: str = "add"


class AdmissionResponse(Struct, rename="camel", omit_defaults=True):
    """An AdmissionResponse; use the functions below to build one."""

    uid: str
    allowed: bool = msgspec.UNSET  # type: ignore[assignment]  # always encoded
    status: Status | None = None
    patch: bytes = b""
    patch_type: str = ""
    audit_annotations: dict[str, str] = {}
    warnings: list[str] = []


class ReviewResponse(Struct, rename="camel"):
    """The envelope of a response."""

    response: AdmissionResponse
    api_version: str = API_VERSION
    kind: str = "AdmissionReview"


_encoder = msgspec.json.Encoder()


def allowed(uid: str, **audit: str) -> AdmissionResponse:
    """Allow the object unchanged."""
    return AdmissionResponse(uid, allowed=True, audit_annotations=audit)


def patched(uid: str, operations: list[Operation], **audit: str) -> AdmissionResponse:
    """Allow the object with a JSON patch, or unchanged if there are no operations."""
    response = allowed(uid, **audit)
    if operations:
        response.patch = _encoder.encode(operations)
        response.patch_type = "JSONPatch"
    return response


def denied(request: AdmissionRequest, refused: Refused, **audit: str) -> AdmissionResponse:
    """Refuse the object, with a message for people and causes with field paths for programs."""
    causes = [_cause(cause) for cause in refused.causes]
    details = StatusDetails(request.label, request.kind.group, request.kind.kind, causes) if causes else None
    status = Status(cut(refused.message, MESSAGE_LIMIT), refused.reason, refused.code, details)
    return AdmissionResponse(request.uid, allowed=False, status=status, audit_annotations=audit)


def errored(uid: str, message: str) -> AdmissionResponse:
    """Cause: A bug in the webhook. The request was denied.
    Cure: Report it with the traceback that is in the log beside the uid.
    """
    return AdmissionResponse(uid, allowed=False, status=Status(message, "InternalError", 500))


def with_warnings(response: AdmissionResponse, warnings: list[str]) -> AdmissionResponse:
    """Add warnings, each truncated to 120 characters and without control characters."""
    response.warnings = [*response.warnings, *(cut(printable(each, " "), WARNING_LIMIT) for each in warnings)]
    return response


def encode(response: AdmissionResponse) -> bytes:
    """Encode the body of the HTTP response."""
    return _encoder.encode(ReviewResponse(response))


def _cause(cause: Cause) -> StatusCause:
    return StatusCause(cause.type, cut(cause.message, MESSAGE_LIMIT), cut(cause.field, MESSAGE_LIMIT))
