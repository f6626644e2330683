"""Spans of the OpenTelemetry SDK."""

from time import monotonic

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from arkrun_webhook.admission.run_mutation import RunMutation
from arkrun_webhook.errors import Refused, TeamNotFound
from arkrun_webhook.review.request import decode
from arkrun_webhook.teams.lookup import Teams
from arkrun_webhook.teams.team import Team
from arkrun_webhook.tracing import Tracing
from support.builders.reviews import UID, review_body, run_document, team


async def fetch(namespace: str, name: str, deadline: float) -> Team:  # noqa: ARG001
    """Return the only team."""
    if name == "blog":
        return team()
    raise TeamNotFound(namespace, name)


async def test_an_admission_is_a_span_with_its_look_up_and_decision() -> None:
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    tracing = Tracing(provider)
    handler = tracing.handler("mutate-arkruns", RunMutation(Teams(tracing.fetch(fetch))))

    await handler(decode(review_body(run_document())), monotonic() + 5)
    with pytest.raises(Refused):
        await handler(decode(review_body(run_document(teamRef="nobody"))), monotonic() + 5)

    common = {
        "k8s.namespace.name": "my-org",
        "arkrun.operation": "CREATE",
        "arkrun.name": "blog-run-a1b2c3",
        "arkrun.uid": UID,
    }
    assert [(span.name, dict(span.attributes or {})) for span in spans.get_finished_spans()] == [
        ("team look-up", {"k8s.namespace.name": "my-org", "arkrun.team": "blog"}),
        ("mutate-arkruns", {**common, "arkrun.decision": "allowed"}),
        ("team look-up", {"k8s.namespace.name": "my-org", "arkrun.team": "nobody"}),
        ("mutate-arkruns", {**common, "arkrun.decision": "denied", "arkrun.reason": "TeamNotFound"}),
    ]
    look_up, admission = spans.get_finished_spans()[:2]
    assert look_up.parent is not None
    assert look_up.parent.span_id == admission.context.span_id
