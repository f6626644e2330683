"""The Deployment: settings of the webhook, and a rolling update without failed calls."""

from typing import Any

import pytest

from arkrun_webhook.settings import Settings
from support.rendering import Rendering

pytestmark = pytest.mark.cluster


def pod(chart: Rendering, values: dict[str, Any] | None = None) -> dict[str, Any]:
    spec: dict[str, Any] = chart.one("Deployment", values)["spec"]["template"]["spec"]
    return spec


def environment(chart: Rendering, values: dict[str, Any] | None = None) -> dict[str, str]:
    """Return the webhook's environment; a downward API variable has its field path as value."""
    (container,) = pod(chart, values)["containers"]
    return {
        each["name"]: each.get("value") or each["valueFrom"]["fieldRef"]["fieldPath"]
        for each in container["env"]
    }


def test_every_setting_without_a_default_is_rendered(chart: Rendering) -> None:
    """Certificates, configurations and logging do not depend on defaults that may change."""
    assert environment(chart) == {
        "ARKRUN_PORT": "9443",
        "ARKRUN_LOG_LEVEL": "info",
        "ARKRUN_LOG_FORMAT": "json",
        "ARKRUN_DRAIN_SECONDS": "15",
        "ARKRUN_CERT_MODE": "self-signed",
        "ARKRUN_CERT_NAMESPACE": "metadata.namespace",
        "ARKRUN_CERT_SECRET": "arkrun-cert",
        "ARKRUN_CERT_SECRET_LABELS": "app.kubernetes.io/managed-by=Helm",
        "ARKRUN_CERT_SECRET_ANNOTATIONS": "meta.helm.sh/release-name=arkrun,"
        "meta.helm.sh/release-namespace=arkrun-system",
        "ARKRUN_CERT_DNS_NAMES": "arkrun.arkrun-system.svc,arkrun.arkrun-system.svc.cluster.local",
        "ARKRUN_CERT_CA_VALIDITY": "365d",
        "ARKRUN_CERT_LEAF_VALIDITY": "30d",
        "ARKRUN_CERT_RENEW_AT": "0.667",
        "ARKRUN_MUTATING_CONFIGURATION": "arkrun",
        "ARKRUN_VALIDATING_CONFIGURATION": "arkrun",
        "ARKRUN_PATH_SECRET": "arkrun-path",
        "ARKRUN_PATH_ROTATION": "30d",
    }


def test_every_rendered_setting_is_valid(chart: Rendering, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each variable is a known setting with a valid value."""
    variables = environment(chart)
    assert variables.keys() <= {f"ARKRUN_{name.upper()}" for name in Settings.model_fields}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    settings = Settings(_cli_parse_args=[])

    assert settings.port == 9443
    certificates = settings.certificates()
    assert certificates.dns_names == ("arkrun.arkrun-system.svc", "arkrun.arkrun-system.svc.cluster.local")
    assert certificates.labels == {"app.kubernetes.io/managed-by": "Helm"}
    assert certificates.annotations == {
        "meta.helm.sh/release-name": "arkrun",
        "meta.helm.sh/release-namespace": "arkrun-system",
    }


def test_a_rolling_update_adds_a_pod_before_it_removes_one(chart: Rendering) -> None:
    """There are never fewer ready pods than replicas: a new pod is ready before an old one drains."""
    spec = chart.one("Deployment")["spec"]

    assert spec["replicas"] == 2
    assert spec["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1},
    }


def test_the_grace_period_exceeds_drain_and_longest_request(chart: Rendering) -> None:
    """SIGKILL must not cut off calls for which the API server still waits."""
    values = {"webhook": {"drainSeconds": 20, "timeoutSeconds": 7}}

    assert pod(chart, values)["terminationGracePeriodSeconds"] > 20 + 7


def test_liveness_and_readiness_have_different_endpoints(chart: Rendering) -> None:
    """A process that hangs is restarted; one that is temporarily not ready only receives no calls."""
    (container,) = pod(chart)["containers"]

    def http_get(probe: str) -> str:
        request: dict[str, str] = container[probe]["httpGet"]
        assert (request["port"], request["scheme"]) == ("https", "HTTPS")
        return request["path"]

    assert [http_get(each) for each in ("startupProbe", "readinessProbe", "livenessProbe")] == [
        "/healthz",
        "/readyz",
        "/healthz",
    ]


def test_pods_meet_the_restricted_security_standard(chart: Rendering) -> None:
    """They pass Pod Security `restricted`, and their root file system is read-only."""
    spec = pod(chart)
    (container,) = spec["containers"]

    assert spec["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 65532,
        "runAsGroup": 65532,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_an_image_digest_overrides_the_tag(chart: Rendering) -> None:
    """A pinned digest selects exactly that image."""
    digest = "sha256:" + "a" * 64

    def image(**values: str) -> str:
        (container,) = pod(chart, {"image": values})["containers"]
        return str(container["image"])

    assert image() == "arkrun:0.1.0"
    assert image(repository="registry.example/arkrun", tag="main") == "registry.example/arkrun:main"
    assert image(tag="main", digest=digest) == f"arkrun@{digest}"


def test_the_service_selects_the_pods(chart: Rendering) -> None:
    """The selectors of Service and Deployment match the pods' labels."""
    deployment, service = chart.one("Deployment")["spec"], chart.one("Service")["spec"]

    labels = deployment["template"]["metadata"]["labels"]
    assert service["selector"] == deployment["selector"]["matchLabels"]
    assert service["selector"].items() <= labels.items()
    (port,) = service["ports"]
    assert (port["port"], port["targetPort"]) == (443, "https")
