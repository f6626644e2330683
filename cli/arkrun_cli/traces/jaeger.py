"""Traces in the JSON of Jaeger's HTTP API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from arkrun_cli.traces.span import Span, Trace
from arkrun_cli.values import as_number, as_object, as_objects, as_text

Json = dict[str, Any]


def read_traces(answer: Json) -> list[Trace]:
    """Read the traces of an answer; what has an unexpected type is left out."""
    return [
        Trace(as_text(trace.get("traceID")), tuple(_spans(trace))) for trace in as_objects(answer.get("data"))
    ]


def _spans(trace: Json) -> list[Span]:
    services = {
        key: as_text(as_object(process).get("serviceName"))
        for key, process in as_object(trace.get("processes")).items()
    }
    return [_span(span, services) for span in as_objects(trace.get("spans"))]


def _span(span: Json, services: dict[str, str]) -> Span:
    tags = _tags(span.get("tags"))
    parents = [
        as_text(reference.get("spanID"))
        for reference in as_objects(span.get("references"))
        if reference.get("refType") == "CHILD_OF"
    ]
    return Span(
        id=as_text(span.get("spanID")),
        parent=parents[0] if parents else "",
        service=services.get(as_text(span.get("processID")), ""),
        name=as_text(span.get("operationName")),
        start=as_number(span.get("startTime")),
        duration=timedelta(microseconds=as_number(span.get("duration"))),
        error=_error(tags, span),
        attributes=tags,
    )


def _error(tags: Json, span: Json) -> str:
    if not tags.get("error") and tags.get("otel.status_code") != "ERROR":
        return ""
    logs = [_tags(entry.get("fields")) for entry in as_objects(span.get("logs"))]
    reasons = [log["exception.message"] for log in logs if log.get("exception.message")]
    return as_text(tags.get("otel.status_description") or (reasons[0] if reasons else "")) or "failed"


def _tags(value: object) -> Json:
    return {as_text(tag.get("key")): tag.get("value") for tag in as_objects(value)}
