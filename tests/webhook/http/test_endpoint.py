"""Errors, metrics, logs and probes of an endpoint."""

import http.client

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from arkrun_certs import Health
from support.builders.reviews import UID, review_body, run_document
from support.polling import wait_for
from webhook.raw_http import post
from webhook.server import Served

MUTATE, VALIDATE = "/mutate/arkruns", "/validate/arkruns"


def test_an_internal_error_refuses_the_request(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug answers 500 with the uid, is counted and logged, and never lets an object pass."""
    monkeypatch.setattr("arkrun_webhook.admission.run_mutation.team_name", broken)
    before = sample("arkrun_webhook_panics_total", webhook="mutate-arkruns")
    with capture_logs() as logs:
        response = served.review(MUTATE, review_body(run_document()))

    assert response == {
        "uid": UID,
        "allowed": False,
        "status": {
            "message": "arkrun-webhook failed to review this object: see its log",
            "reason": "InternalError",
            "code": 500,
        },
    }
    assert sample("arkrun_webhook_panics_total", webhook="mutate-arkruns") == before + 1
    assert [(line["event"], line["uid"], type(line["exc_info"])) for line in logs] == [
        ("internal error", UID, ZeroDivisionError)
    ]


def test_an_error_after_the_decision_is_answered_with_500(
    served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The API server treats it as a failed call."""
    monkeypatch.setattr("arkrun_webhook.http.endpoint.encode", broken)

    status, _, text = served.ask(MUTATE, review_body(run_document()))

    assert (status, text) == (500, b"Internal Server Error")
    wait_for(lambda: caplog.records != [], 5)
    (line,) = caplog.records
    assert (line.name, line.message.strip()) == ("uvicorn.error", "Exception in ASGI application")


def test_a_cancelled_request_is_answered_with_500(served: Served) -> None:
    """The response of a cancelled request lets the API server try another pod."""
    served.silent = True
    with served.connect() as connection:
        connection.sendall(post(MUTATE, review_body(run_document())))
        wait_for(lambda: len(served.server.server_state.tasks) == 1, 5)
        (task,) = served.server.server_state.tasks
        task.get_loop().call_soon_threadsafe(task.cancel)
        answer = http.client.HTTPResponse(connection)
        answer.begin()

        assert (answer.status, answer.read()) == (500, b"Internal Server Error")


def test_requests_are_counted_by_decision_and_reason(served: Served) -> None:
    labels = {"webhook": "mutate-arkruns", "operation": "CREATE"}
    stamped = {**labels, "decision": "allowed", "reason": "stamped"}
    unknown = {**labels, "decision": "denied", "reason": "TeamNotFound"}
    broken_calls = {
        "webhook": "mutate-arkruns",
        "operation": "other",
        "decision": "broken",
        "reason": "NotJSON",
    }
    before = [sample("arkrun_webhook_requests_total", **each) for each in (stamped, unknown, broken_calls)]

    served.review(MUTATE, review_body(run_document()))
    served.review(MUTATE, review_body(run_document(teamRef="nobody")))
    served.ask(MUTATE, b"x")

    after = [sample("arkrun_webhook_requests_total", **each) for each in (stamped, unknown, broken_calls)]
    assert after == [count + 1 for count in before]
    assert sample("arkrun_webhook_requests_in_flight", webhook="mutate-arkruns") == 0


def test_a_decision_is_one_log_line(served: Served) -> None:
    """The line has the user, the object and the decision."""
    body = review_body(
        run_document(maxTokens=2), old=run_document(maxTokens=1), operation="UPDATE", dryRun=True
    )
    with capture_logs() as logs:
        served.review(VALIDATE, body)

    assert logs == [
        {
            "event": "admission",
            "log_level": "info",
            "webhook": "validate-arkruns",
            "operation": "UPDATE",
            "uid": UID,
            "namespace": "my-org",
            "name": "blog-run-a1b2c3",
            "user": "alice",
            "dry_run": True,
            "decision": "denied",
            "reason": "RecordChanged",
            "message": (
                "spec.maxTokens: 1 -> 2; an ArkRun is a record, its spec and team label are written once: "
                "create a new run instead"
            ),
            "changed": ("spec.maxTokens",),
        }
    ]


def test_an_update_that_changes_nothing_is_logged_for_debugging_only(served: Served) -> None:
    body = review_body(run_document(), old=run_document(), operation="UPDATE")
    with capture_logs() as logs:
        served.review(VALIDATE, body)

    assert [line["log_level"] for line in logs] == ["debug"]


def test_a_generated_name_is_logged_by_its_prefix(served: Served) -> None:
    """The refusal has the prefix too."""
    document = run_document(teamRef="nobody")
    document["metadata"] = {"generateName": "blog-run-"}
    response = served.review(MUTATE, review_body(document, name=""))

    assert response["status"]["details"]["name"] == "blog-run-*"


def test_healthz_is_always_200(served: Served) -> None:
    served.state = Health(ready=False, reason="no certificate")

    assert served.ask("/healthz", method="GET")[::2] == (200, b"ok\n")


def test_readyz_follows_the_health_of_the_certificate(served: Served) -> None:
    """The response has the reason."""
    assert served.ask("/readyz", method="GET")[::2] == (200, b"ok\n")
    served.state = Health(ready=False, reason="the caBundle is not injected")
    assert served.ask("/readyz", method="GET")[::2] == (503, b"the caBundle is not injected\n")


def test_metrics_are_in_the_prometheus_text_format(served: Served) -> None:
    """All metrics of docs/operations.md exist."""
    served.review(MUTATE, review_body(run_document()))
    status, headers, body = served.ask("/metrics", method="GET")

    assert status == 200
    assert headers["content-type"].startswith("text/plain")
    names = {
        line.split(" ")[2] for line in body.decode().splitlines() if line.startswith("# TYPE arkrun_webhook")
    }
    assert names >= {
        "arkrun_webhook_requests_total",
        "arkrun_webhook_request_duration_seconds",
        "arkrun_webhook_requests_in_flight",
        "arkrun_webhook_team_lookup_duration_seconds",
        "arkrun_webhook_team_lookups_shared_total",
        "arkrun_webhook_team_lookups_spared_total",
        "arkrun_webhook_panics_total",
        "arkrun_webhook_ready",
    }


def test_the_timeout_of_the_request_limits_the_look_up(served: Served) -> None:
    """The response to ?timeout=1s arrives before the API server gives up."""
    served.silent = True
    message = served.review(f"{MUTATE}?timeout=1s", review_body(run_document()))["status"]["message"]

    assert message == (
        'the API server did not answer when arkrun-webhook asked for ArkTeam "blog" in namespace "my-org" '
        "(out of time): try again"
    )


def broken(*_given: object, **_named: object) -> str:
    """Fail as a bug would."""
    message = "a bug"
    raise ZeroDivisionError(message)


def sample(name: str, **labels: str) -> float:
    """Read a metric."""
    return REGISTRY.get_sample_value(name, labels) or 0.0
