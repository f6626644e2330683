"""OpenTelemetry spans of admissions and look-ups.

Needs the extra `arkrun[tracing]`; imported only if a collector is configured.
"""

from __future__ import annotations

from typing import Self

from opentelemetry.trace import SpanKind, StatusCode, Tracer, TracerProvider

from arkrun_webhook.admission.handler import Handler
from arkrun_webhook.errors import Refused
from arkrun_webhook.review.request import AdmissionRequest
from arkrun_webhook.review.response import AdmissionResponse
from arkrun_webhook.teams.lookup import Fetch
from arkrun_webhook.teams.team import Team


class Tracing:
    """Create spans of `provider` for handlers and look-ups."""

    def __init__(self, provider: TracerProvider) -> None:
        self._tracer = provider.get_tracer("arkrun_webhook")

    @classmethod
    def to(cls, endpoint: str) -> Self:
        """Return an instance that sends spans to an OTLP/HTTP URL; raises ImportError without the extra."""
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider as SdkTracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

        provider = SdkTracerProvider(resource=Resource.create({"service.name": "arkrun-webhook"}))
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
        return cls(provider)

    def handler(self, name: str, handler: Handler) -> TracedHandler:
        """Return the handler with a span for each admission."""
        return TracedHandler(self._tracer, name, handler)

    def fetch(self, fetch: Fetch) -> Fetch:
        """Return the function with a span for each look-up of a team."""

        async def traced(namespace: str, name: str, deadline: float) -> Team:
            attributes = {"k8s.namespace.name": namespace, "arkrun.team": name}
            with self._tracer.start_as_current_span(
                "team look-up", kind=SpanKind.CLIENT, attributes=attributes, record_exception=False
            ):
                return await fetch(namespace, name, deadline)

        return traced


class TracedHandler:
    """A handler that creates a span for each admission."""

    def __init__(self, tracer: Tracer, name: str, handler: Handler) -> None:
        self._tracer = tracer
        self._name = name
        self._handler = handler

    async def __call__(self, request: AdmissionRequest, deadline: float) -> AdmissionResponse:
        """Call the handler and record its decision in the span."""
        attributes = {
            "k8s.namespace.name": request.namespace,
            "arkrun.operation": request.operation,
            "arkrun.name": request.label,
            "arkrun.uid": request.uid,
        }
        with self._tracer.start_as_current_span(
            self._name,
            kind=SpanKind.SERVER,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                response = await self._handler(request, deadline)
            except Refused as refused:
                span.set_attributes({"arkrun.decision": "denied", "arkrun.reason": refused.why})
                raise
            except Exception as error:
                span.set_status(StatusCode.ERROR, type(error).__name__)
                raise
            span.set_attribute("arkrun.decision", "allowed")
            return response
