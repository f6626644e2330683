"""The response of an AdmissionReview, built by the functions of this module and by nothing else."""

from __future__ import annotations

import msgspec
from msgspec import Raw, Struct

from arkrun_webhook.compare.text import MESSAGE_LIMIT, WARNING_LIMIT, cut, printable
from arkrun_webhook.errors import Cause, Refused
from arkrun_webhook.review.request import API_VERSION, AdmissionRequest


class Answer(Struct, rename="camel", omit_defaults=True):
    """A part of a response; a member that has its default is left out."""


class StatusCause(Answer):
    """metav1.StatusCause."""

    reason: str
    message: str
    field: str


class StatusDetails(Answer):
    """metav1.StatusDetails."""

    name: str = ""
    group: str = ""
    kind: str = ""
    causes: list[StatusCause] = []


class Status(Answer):
    """metav1.Status of a refusal."""

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
    """AdmissionResponse; made by the five functions below and by nothing else."""

    uid: str
    allowed: bool = msgspec.UNSET  # type: ignore[assignment]  # never left out, unlike a default
    status: Status | None = None
    patch: bytes = b""
    patch_type: str = ""
    audit_annotations: dict[str, str] = {}
    warnings: list[str] = []


class ReviewAnswer(Struct, rename="camel"):
    """The envelope of an answer."""

    response: AdmissionResponse
    api_version: str = API_VERSION
    kind: str = "AdmissionReview"


_encoder = msgspec.json.Encoder()


def allowed(uid: str, **audit: str) -> AdmissionResponse:
    """Allow the object as it is."""
    return AdmissionResponse(uid, allowed=True, audit_annotations=audit)


def patched(uid: str, operations: list[Operation], **audit: str) -> AdmissionResponse:
    """Allow the object with a JSON patch; an empty list of operations is no patch."""
    response = allowed(uid, **audit)
    if operations:
        response.patch = _encoder.encode(operations)
        response.patch_type = "JSONPatch"
    return response


def denied(request: AdmissionRequest, refused: Refused, **audit: str) -> AdmissionResponse:
    """Refuse the object: one sentence for the person, causes with field paths for programs."""
    causes = [_cause(cause) for cause in refused.causes]
    details = StatusDetails(request.label, request.kind.group, request.kind.kind, causes) if causes else None
    status = Status(cut(refused.message, MESSAGE_LIMIT), refused.reason, refused.code, details)
    return AdmissionResponse(request.uid, allowed=False, status=status, audit_annotations=audit)


def errored(uid: str, message: str) -> AdmissionResponse:
    """Cause: A bug in the webhook. The request was denied.
    Cure: Report it with the traceback that the log has beside the uid.
    """
    return AdmissionResponse(uid, allowed=False, status=Status(message, "InternalError", 500))


def with_warnings(response: AdmissionResponse, warnings: list[str]) -> AdmissionResponse:
    """Add warnings, each cut to 120 characters and freed of control characters."""
    response.warnings = [*response.warnings, *(cut(printable(one, " "), WARNING_LIMIT) for one in warnings)]
    return response


def encode(response: AdmissionResponse) -> bytes:
    """Encode the body of the HTTP response."""
    return _encoder.encode(ReviewAnswer(response))


def _cause(cause: Cause) -> StatusCause:
    return StatusCause(cause.type, cut(cause.message, MESSAGE_LIMIT), cut(cause.field, MESSAGE_LIMIT))
