"""The Deployment: settings of the webhook, and a rolling update without failed calls."""

from typing import Any

import pytest

from arkrun_webhook.settings import Settings
from support.rendering import Rendering

pytestmark = pytest.mark.cluster


def pod(chart: Rendering, values: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the pod's spec."""
    spec: dict[str, Any] = chart.one("Deployment", values)["spec"]["template"]["spec"]
    return spec


def environment(chart: Rendering, values: dict[str, Any] | None = None) -> dict[str, str]:
    """Return the webhook's environment; of the downward API, the field's path."""
    (container,) = pod(chart, values)["containers"]
    return {
        each["name"]: each.get("value") or each["valueFrom"]["fieldRef"]["fieldPath"]
        for each in container["env"]
    }


def test_every_setting_without_a_default_is_rendered(chart: Rendering) -> None:
    """Certificate, configurations and log: nothing depends on a default that may change."""
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
    """Each variable is a setting of the process, and the process accepts its value."""
    told = environment(chart)
    assert told.keys() <= {f"ARKRUN_{name.upper()}" for name in Settings.model_fields}
    for name, value in told.items():
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
    """Never fewer ready pods than asked for: a new one comes before an old one drains."""
    spec = chart.one("Deployment")["spec"]

    assert spec["replicas"] == 2
    assert spec["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1},
    }


def test_the_grace_period_exceeds_drain_and_longest_request(chart: Rendering) -> None:
    """SIGKILL would cut off calls that the API server still waits for."""
    values = {"webhook": {"drainSeconds": 20, "timeoutSeconds": 7}}

    assert pod(chart, values)["terminationGracePeriodSeconds"] > 20 + 7


def test_liveness_and_readiness_have_different_endpoints(chart: Rendering) -> None:
    """A process that never listens or hangs is restarted; one that cannot answer now is only not called."""
    (container,) = pod(chart)["containers"]

    def asks(probe: str) -> str:
        request: dict[str, str] = container[probe]["httpGet"]
        assert (request["port"], request["scheme"]) == ("https", "HTTPS")
        return request["path"]

    assert [asks(each) for each in ("startupProbe", "readinessProbe", "livenessProbe")] == [
        "/healthz",
        "/readyz",
        "/healthz",
    ]


def test_pods_meet_the_restricted_security_standard(chart: Rendering) -> None:
    """Pod Security `restricted` holds, and the root file system is read-only."""
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
    """Who pins a digest gets that very image."""
    digest = "sha256:" + "a" * 64

    def image(**values: str) -> str:
        (container,) = pod(chart, {"image": values})["containers"]
        return str(container["image"])

    assert image() == "arkrun:0.1.0"
    assert image(repository="registry.example/arkrun", tag="main") == "registry.example/arkrun:main"
    assert image(tag="main", digest=digest) == f"arkrun@{digest}"


def test_the_service_selects_the_pods(chart: Rendering) -> None:
    """What the Service and the Deployment select is what the pods are labelled with."""
    deployment, service = chart.one("Deployment")["spec"], chart.one("Service")["spec"]

    labels = deployment["template"]["metadata"]["labels"]
    assert service["selector"] == deployment["selector"]["matchLabels"]
    assert service["selector"].items() <= labels.items()
    (port,) = service["ports"]
    assert (port["port"], port["targetPort"]) == (443, "https")
