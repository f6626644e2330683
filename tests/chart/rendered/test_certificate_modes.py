"""Sources of the certificate and the caBundle, neither of which the chart renders."""

from typing import Any

import pytest

from arkrun_webhook.settings import Settings
from support.rendering import Rendering

pytestmark = pytest.mark.cluster

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"
CONFIGURATIONS = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
TLS_FILES = [{"key": "tls.crt", "path": "tls.crt"}, {"key": "tls.key", "path": "tls.key"}]


def certificates(**values: Any) -> dict[str, Any]:
    """Build values that differ only in the certificates."""
    return {"certificates": values}


def pod(chart: Rendering, values: dict[str, Any]) -> dict[str, Any]:
    spec: dict[str, Any] = chart.one("Deployment", values)["spec"]["template"]["spec"]
    return spec


HELM = {
    "ARKRUN_MUTATING_CONFIGURATION": "arkrun",
    "ARKRUN_VALIDATING_CONFIGURATION": "arkrun",
    "ARKRUN_CERT_NAMESPACE": "",
    "ARKRUN_CERT_SECRET_LABELS": "app.kubernetes.io/managed-by=Helm",
    "ARKRUN_CERT_SECRET_ANNOTATIONS": "meta.helm.sh/release-name=arkrun,"
    "meta.helm.sh/release-namespace=arkrun-system",
    "ARKRUN_PATH_SECRET": "arkrun-path",
    "ARKRUN_PATH_ROTATION": "30d",
}


def certificate_settings(chart: Rendering, values: dict[str, Any]) -> dict[str, str]:
    """Return the pod's settings for certificates and configurations."""
    environment = {each["name"]: each.get("value", "") for each in pod(chart, values)["containers"][0]["env"]}
    words = ("ARKRUN_CERT", "ARKRUN_MUTATING", "ARKRUN_VALIDATING", "ARKRUN_PATH")
    return {name: value for name, value in environment.items() if name.startswith(words)}


@pytest.mark.parametrize("mode", ["cert-manager", "provided"])
def test_an_existing_secret_is_mounted(chart: Rendering, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The webhook serves the Secret's files and injects their ca.crt; it may not read the Secret itself."""
    values = certificates(mode=mode, secretName="tls")

    expected = {
        "ARKRUN_CERT_MODE": "files",
        "ARKRUN_CERT_DIR": "/etc/arkrun/tls",
        **HELM,
    }
    assert certificate_settings(chart, values) == expected
    spec = pod(chart, values)
    assert spec["volumes"] == [{"name": "tls", "projected": {"sources": [{"secret": {"name": "tls"}}]}}]
    (container,) = spec["containers"]
    assert container["volumeMounts"] == [{"name": "tls", "mountPath": "/etc/arkrun/tls", "readOnly": True}]
    for name, value in {**expected, "ARKRUN_CERT_NAMESPACE": "arkrun-system"}.items():
        monkeypatch.setenv(name, value)
    assert str(Settings(_cli_parse_args=[]).certificates().directory) == "/etc/arkrun/tls"


def test_a_ca_given_by_value_is_mounted_beside_the_pair(chart: Rendering) -> None:
    """A ConfigMap supplies the CA of a Secret without ca.crt, so the webhook always injects the caBundle."""
    values = certificates(mode="provided", secretName="tls", ca=PEM)

    config_map = chart.one("ConfigMap", values)
    assert (config_map["metadata"]["name"], config_map["data"]) == ("arkrun-ca", {"ca.crt": PEM + "\n"})
    (volume,) = pod(chart, values)["volumes"]
    assert volume["projected"]["sources"] == [
        {"secret": {"name": "tls", "items": TLS_FILES}},
        {"configMap": {"name": "arkrun-ca"}},
    ]


def test_cert_manager_issues_the_certificate_with_the_issuer_of_the_chart(chart: Rendering) -> None:
    """Without a named issuer the chart adds a self-signed one; the DNS names are the Service's."""
    values = certificates(mode="cert-manager", leafValidity="2d")

    assert chart.one("Issuer", values)["spec"] == {"selfSigned": {}}
    assert chart.one("Certificate", values)["spec"] == {
        "secretName": "arkrun-cert",
        "dnsNames": ["arkrun.arkrun-system.svc", "arkrun.arkrun-system.svc.cluster.local"],
        "usages": ["digital signature", "server auth"],
        "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
        "duration": "48h",
        "issuerRef": {"name": "arkrun", "kind": "Issuer", "group": "cert-manager.io"},
    }


def test_cert_manager_can_use_an_existing_issuer(chart: Rendering) -> None:
    """The chart does not render a named issuer."""
    issuer = {"name": "corp", "kind": "ClusterIssuer", "group": "cert-manager.io"}
    values = certificates(mode="cert-manager", issuerRef=issuer)

    assert chart.of("Issuer", values) == []
    assert chart.one("Certificate", values)["spec"]["issuerRef"] == issuer


@pytest.mark.parametrize(
    ("mode", "annotation"),
    [
        ("cert-manager", {"cert-manager.io/inject-ca-from": "arkrun-system/arkrun"}),
        ("provided", {"cert-manager.io/inject-ca-from-secret": "arkrun-system/arkrun-cert"}),
    ],
)
def test_cainjector_can_inject_the_ca_instead_of_the_webhook(
    chart: Rendering, mode: str, annotation: dict[str, str]
) -> None:
    """With cainjector the webhook writes only the path."""
    values = certificates(mode=mode, injectedBy="cainjector")

    for kind in CONFIGURATIONS:
        assert chart.one(kind, values)["metadata"]["annotations"] == annotation
    assert certificate_settings(chart, values) == {
        "ARKRUN_CERT_MODE": "files",
        "ARKRUN_CERT_DIR": "/etc/arkrun/tls",
        "ARKRUN_CERT_INJECT": "false",
        **HELM,
    }


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (
            certificates(injectedBy="cainjector"),
            (
                "certificates.injectedBy is cainjector, but with certificates.mode self-signed only the "
                "webhook knows the CA: set certificates.injectedBy=webhook, or another certificates.mode"
            ),
        ),
        (
            certificates(ca=PEM),
            (
                "certificates.ca is set, but certificates.mode is self-signed, which has a CA of its own: "
                "leave certificates.ca empty, or set certificates.mode=provided"
            ),
        ),
        (
            certificates(mode="provided", ca=PEM, injectedBy="cainjector"),
            (
                "certificates.ca is set, but cainjector reads the CA only from the Secret: put it there "
                "as ca.crt, or set certificates.injectedBy=webhook"
            ),
        ),
    ],
)
def test_incompatible_values_are_refused(chart: Rendering, values: dict[str, Any], reason: str) -> None:
    """No release is installed whose webhook the API server would not trust; the error says what to change."""
    assert reason in chart.refusal(values)
