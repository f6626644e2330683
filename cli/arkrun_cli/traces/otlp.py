"""A trace in the JSON of OTLP, as Tempo answers."""

from __future__ import annotations

import base64
import binascii
from datetime import timedelta
from typing import Any

from arkrun_cli.traces.span import Span, Trace
from arkrun_cli.values import as_object, as_objects, as_text

Json = dict[str, Any]

_ERROR = (2, "STATUS_CODE_ERROR")
_ID_LENGTHS = (16, 32)


def read_trace(trace_id: str, answer: Json) -> Trace:
    """Read one trace; what has an unexpected type is left out."""
    body = as_object(answer.get("trace")) or answer
    batches = as_objects(body.get("batches")) or as_objects(body.get("resourceSpans"))
    return Trace(trace_id, tuple(span for batch in batches for span in _spans(batch)))


def _spans(batch: Json) -> list[Span]:
    service = as_text(_attributes(as_object(batch.get("resource")).get("attributes")).get("service.name"))
    scopes = as_objects(batch.get("scopeSpans")) or as_objects(batch.get("instrumentationLibrarySpans"))
    return [_span(span, service) for scope in scopes for span in as_objects(scope.get("spans"))]


def _span(span: Json, service: str) -> Span:
    start, end = (_nanoseconds(span.get(key)) for key in ("startTimeUnixNano", "endTimeUnixNano"))
    return Span(
        id=_identifier(span.get("spanId")),
        parent=_identifier(span.get("parentSpanId")),
        service=service,
        name=as_text(span.get("name")),
        start=start // 1000,
        duration=timedelta(microseconds=max(0, end - start) // 1000),
        error=_error(span),
        attributes=_attributes(span.get("attributes")),
    )


def _error(span: Json) -> str:
    status = as_object(span.get("status"))
    if status.get("code") not in _ERROR:
        return ""
    events = [_attributes(event.get("attributes")) for event in as_objects(span.get("events"))]
    reasons = [event["exception.message"] for event in events if event.get("exception.message")]
    return as_text(status.get("message") or (reasons[0] if reasons else "")) or "failed"


def _attributes(value: object) -> Json:
    """Return attributes by name; each value is an object with one member, which names its type."""
    return {
        as_text(each.get("key")): next(iter(as_object(each.get("value")).values()), None)
        for each in as_objects(value)
    }


def _nanoseconds(value: object) -> int:
    text = as_text(value)
    return int(text) if text.isdecimal() and text.isascii() else 0


def _identifier(value: object) -> str:
    """Return an id in hexadecimal; JSON of protocol buffers has it in base64."""
    text = as_text(value)
    if len(text) in _ID_LENGTHS or not text:
        return text.lower()
    try:
        return base64.b64decode(text, validate=True).hex()
    except (binascii.Error, ValueError):
        return text
