"""Responses of the API server: media types, decoding, and errors from metav1.Status."""

from __future__ import annotations

import json
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from arkrun_kube.errors import (
    ApiError,
    ConflictError,
    ExpiredError,
    MalformedError,
    NotFoundError,
    UnknownKindError,
)

__all__ = [
    "JSON",
    "METADATA",
    "METADATA_LIST",
    "TABLE",
    "Event",
    "Object",
    "decode",
    "encode",
    "read_event",
    "refusal",
]

Object = dict[str, Any]
"""An object as plain JSON."""

JSON = "application/json"
TABLE = "application/json;as=Table;g=meta.k8s.io;v=v1"
"""Printer columns, evaluated by the API server, and each object's metadata."""
METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"

T = TypeVar("T")

_NOT_FOUND, _CONFLICT, _GONE = 404, 409, 410
_EXCERPT = 200


class Event(NamedTuple, Generic[T]):
    """One event of a watch; `type` is ADDED, MODIFIED, DELETED or BOOKMARK."""

    type: str
    object: T


class _Cause(msgspec.Struct):
    reason: str = ""
    message: str = ""


class _Details(msgspec.Struct):
    name: str = ""
    causes: list[_Cause] | None = None


class _Status(msgspec.Struct):
    code: int = 0
    message: str = ""
    reason: str = ""
    details: _Details | None = None

    @property
    def causes(self) -> list[_Cause]:
        return (self.details and self.details.causes) or []


class _RawEvent(msgspec.Struct):
    type: str
    object: msgspec.Raw


def decode(text: bytes | msgspec.Raw, model: type[T], call: str, status: int) -> T:
    """Decode JSON as `model`; raises MalformedError."""
    try:
        return msgspec.json.decode(text, type=model)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        page = bytes(text[:_EXCERPT]) if isinstance(text, bytes) else b""
        if page.lstrip().startswith(b"<"):
            raise MalformedError(
                f'{call}: the answer is no JSON and begins with "{_excerpt(page)}": is the server of the '
                "kubeconfig an API server, or a proxy with a login page?",
                status=status,
            ) from None
        raise MalformedError(f"{call}: invalid response, HTTP {status}: {error}", status=status) from None


def read_event(line: bytes, model: type[T], call: str) -> Event[T]:
    """Decode a line of a watch; raises ExpiredError for an ERROR event, which ends the watch."""
    event = decode(line, _RawEvent, call, 200)
    if event.type == "ERROR":
        status = _status(bytes(event.object))
        raise ExpiredError(status.message, status=status.code or _GONE, reason=status.reason, call=call)
    return Event(event.type, decode(event.object, model, call, 200))


def refusal(call: str, code: int, body: bytes) -> ApiError:
    """Build the exception of an HTTP status and its metav1.Status."""
    status = _status(body)
    return _error_type(code, status)(
        status.message or "no reason given",
        status=code,
        reason=status.reason or f"HTTP {code}",
        call=call,
        managers=tuple(
            cause.message.split('"')[1]
            for cause in status.causes
            if cause.reason == "FieldManagerConflict" and '"' in cause.message
        ),
    )


def _error_type(code: int, status: _Status) -> type[ApiError]:
    if code == _NOT_FOUND:
        # A 404 for an object names the object; a 404 for an unknown resource does not.
        named = status.reason == "NotFound" and status.details and status.details.name
        return NotFoundError if named else UnknownKindError
    if code == _CONFLICT:
        return ConflictError
    # This API server lags behind the one that returned the resourceVersion.
    behind = any(cause.reason == "ResourceVersionTooLarge" for cause in status.causes)
    return ExpiredError if behind or code == _GONE else ApiError


def _status(body: bytes) -> _Status:
    """Parse a metav1.Status; the beginning of any other body, such as a proxy's, becomes the message."""
    try:
        return msgspec.json.decode(body, type=_Status)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _Status(message=_excerpt(body))


def _excerpt(body: bytes) -> str:
    return " ".join(body[:_EXCERPT].decode(errors="replace").split())


def encode(body: object) -> bytes:
    """Encode a request body; unlike msgspec, the standard library escapes lone surrogates."""
    return json.dumps(body, separators=(",", ":")).encode()
