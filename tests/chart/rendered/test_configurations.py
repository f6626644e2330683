"""The webhook configurations: which requests are sent to the webhook, and what happens if it fails."""

from typing import Any

import pytest

from arkrun_webhook.settings import PATHS
from support.rendering import URL, Manifest, Rendering

pytestmark = pytest.mark.cluster

LABELS = {
    "app.kubernetes.io/name": "arkrun",
    "app.kubernetes.io/instance": "arkrun",
    "app.kubernetes.io/component": "webhook",
    "app.kubernetes.io/version": "0.1.0",
    "app.kubernetes.io/managed-by": "Helm",
    "helm.sh/chart": "arkrun-0.1.0",
}


def hook(name: str, resource: str, operations: list[str], **more: Any) -> Manifest:
    """Build a webhook with the chart's defaults."""
    service = {"name": "arkrun", "namespace": "arkrun-system", "port": 443}
    rule = {
        "apiGroups": ["arkonis.dev"],
        "apiVersions": ["v1alpha1"],
        "operations": operations,
        "resources": [resource],
        "scope": "Namespaced",
    }
    return {
        "name": name,
        "clientConfig": {"service": service},
        "rules": [rule],
        "admissionReviewVersions": ["v1"],
        "failurePolicy": "Fail",
        "matchPolicy": "Equivalent",
        "sideEffects": "None",
        "timeoutSeconds": 5,
        **more,
    }


def configuration(kind: str, *webhooks: Manifest) -> Manifest:
    """Build a webhook configuration with the chart's defaults."""
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": kind,
        "metadata": {"name": "arkrun", "labels": LABELS},
        "webhooks": list(webhooks),
    }


def test_runs_are_stamped_on_creation_only(chart: Rendering) -> None:
    """The mutating webhook is not called on UPDATE, so it cannot change a stored record."""
    assert chart.one("MutatingWebhookConfiguration") == configuration(
        "MutatingWebhookConfiguration",
        hook(
            "mutate.arkruns.arkonis.dev",
            "arkruns",
            ["CREATE"],
            matchConditions=[
                {
                    "name": "not-restored",
                    "expression": "request.operation != 'CREATE' || "
                    "!(object.metadata.?annotations[?'arkonis.dev/restored'].orValue('') == 'true')",
                }
            ],
            reinvocationPolicy="IfNeeded",
        ),
    )


def test_updates_are_validated_when_the_record_would_change(chart: Rendering) -> None:
    """An update that keeps spec, team label and restored mark is not sent; nor is a DELETE or a status."""
    marked = "object.metadata.?annotations[?'arkonis.dev/restored'].orValue('') == 'true'"
    may = (
        "authorizer.group('arkonis.dev').resource('arkruns').namespace(request.namespace)"
        ".check('restore').allowed()"
    )
    record_differs = (
        f"request.operation == 'CREATE' ? !({marked} && {may}) : "
        "object.metadata.?generation != oldObject.metadata.?generation || "
        "object.metadata.?labels[?'arkonis.dev/team'] != oldObject.metadata.?labels[?'arkonis.dev/team'] || "
        "object.metadata.?annotations[?'arkonis.dev/restored'] != "
        "oldObject.metadata.?annotations[?'arkonis.dev/restored']"
    )
    team_differs = (
        "request.operation != 'UPDATE' || object.metadata.?generation != oldObject.metadata.?generation"
    )

    assert chart.one("ValidatingWebhookConfiguration") == configuration(
        "ValidatingWebhookConfiguration",
        hook(
            "validate.arkruns.arkonis.dev",
            "arkruns",
            ["CREATE", "UPDATE"],
            matchConditions=[{"name": "new-or-record-differs", "expression": record_differs}],
        ),
        hook(
            "validate.arkteams.arkonis.dev",
            "arkteams",
            ["CREATE", "UPDATE"],
            matchConditions=[{"name": "spec-differs", "expression": team_differs}],
        ),
    )


def test_without_policies_restores_have_separate_webhooks(chart: Rendering) -> None:
    """One validates the restored record; the other refuses callers without the verb and fails closed."""
    values = {"policies": {"enabled": False}, "webhook": {"failurePolicy": "Ignore"}}
    webhooks = chart.one("ValidatingWebhookConfiguration", values)["webhooks"]
    hooks = {each["name"]: each for each in webhooks}
    restore, denied = (hooks[f"{name}.arkruns.arkonis.dev"] for name in ("restore", "restore-denied"))

    assert PATHS[restore["name"]] == "/validate/restored-arkruns"
    assert (PATHS[denied["name"]], denied["failurePolicy"]) == ("/validate/arkruns", "Fail")


@pytest.mark.parametrize("policies", [True, False])
def test_every_rendered_path_is_served(chart: Rendering, policies: bool) -> None:
    """The webhook writes the paths by entry name, so it must know every entry."""
    outside = {"webhook": {"url": URL}, "policies": {"enabled": policies}}
    hooks = [each for document in chart.objects(outside) for each in document.get("webhooks", [])]

    rendered = {each["name"]: each["clientConfig"]["url"].removeprefix(URL) for each in hooks}
    assert rendered == {name: PATHS[name] for name in rendered}
    assert policies or rendered == PATHS


@pytest.mark.parametrize("kind", ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"])
def test_timeout_failure_policy_and_selectors_apply_to_every_webhook(chart: Rendering, kind: str) -> None:
    """All webhooks have the same failure policy, timeout and selector."""
    selector = {"matchLabels": {"arkrun": "on"}}
    values = {"failurePolicy": "Ignore", "timeoutSeconds": 9, "namespaceSelector": selector}

    hooks = chart.one(kind, {"webhook": values})["webhooks"]

    for each in hooks:
        assert {name: each[name] for name in values} == values


def test_a_url_replaces_the_service(chart: Rendering) -> None:
    """In URL mode the API server calls the given address, and no pods are rendered."""
    objects = chart.objects({"webhook": {"url": URL}})

    hooks = [each for document in objects for each in document.get("webhooks", [])]
    assert {each["clientConfig"]["url"] for each in hooks} == {
        f"{URL}/mutate/arkruns",
        f"{URL}/validate/arkruns",
        f"{URL}/validate/arkteams",
    }
    assert all(each["clientConfig"].keys() == {"url"} for each in hooks)
    assert {"Deployment", "Service"}.isdisjoint(each["kind"] for each in objects)
