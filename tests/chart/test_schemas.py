"""Rendered objects are valid for the oldest supported and the latest Kubernetes version."""

import json
from typing import Any

import pytest
from kubernetes_validate import ValidationError, latest_version, validate  # type: ignore[import-untyped]

from support.documents import documents
from support.rendering import URL, Rendering

pytestmark = pytest.mark.cluster

# The chart's kubeVersion is >=1.31.
VERSIONS = ("1.31", latest_version())
FOREIGN = {"ServiceMonitor", "PrometheusRule", "Certificate", "Issuer"}
CALLERS = [{"ipBlock": {"cidr": "10.0.0.0/8"}}]
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"

COMBINATIONS: dict[str, dict[str, Any]] = {
    "default": {},
    "url": {"webhook": {"url": URL}},
    "digest": {"image": {"digest": "sha256:" + "a" * 64}, "imagePullSecrets": [{"name": "pull"}]},
    "no crds": {"crds": {"arkruns": {"enabled": False}, "arkteams": {"enabled": False}}},
    "crds not kept": {"crds": {"keep": False}},
    "one replica": {"replicaCount": 1, "podDisruptionBudget": {"enabled": False}},
    "half may be unavailable": {"replicaCount": 4, "podDisruptionBudget": {"maxUnavailable": "50%"}},
    "no spread": {"topologySpread": {"hosts": "", "zones": ""}},
    "strict spread": {"topologySpread": {"hosts": "DoNotSchedule", "zones": ""}},
    "ignore": {"webhook": {"failurePolicy": "Ignore", "namespaceSelector": {"matchLabels": {"a": "b"}}}},
    "host network": {
        "hostNetwork": True,
        "webhook": {"port": 10350},
        "rollingUpdate": {"maxSurge": 0, "maxUnavailable": "25%"},
    },
    "network policy": {"networkPolicy": {"enabled": True, "from": CALLERS}},
    "narrow network policy": {
        "networkPolicy": {
            "enabled": True,
            "from": CALLERS,
            "metricsFrom": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "prometheus"}}}],
            "egress": [{"ports": [{"port": 6443}]}],
        }
    },
    "monitoring": {
        "metrics": {"serviceMonitor": {"enabled": True}, "prometheusRule": {"enabled": True}},
    },
    "client certificates": {"webhook": {"clientCA": {"secretName": "callers", "names": ["apiserver"]}}},
    "cert-manager": {"certificates": {"mode": "cert-manager"}},
    "cert-manager, cainjector": {
        "certificates": {
            "mode": "cert-manager",
            "injectedBy": "cainjector",
            "issuerRef": {"name": "corp", "kind": "ClusterIssuer"},
        }
    },
    "provided": {"certificates": {"mode": "provided", "secretName": "tls"}},
    "provided, cainjector": {"certificates": {"mode": "provided", "injectedBy": "cainjector"}},
    "provided, own ca": {"certificates": {"mode": "provided", "ca": PEM}},
    "helm test": {"startupCheck": {"hook": "test", "namespace": "other"}},
    "no check": {"startupCheck": {"hook": "none"}},
    "extras": {
        "commonLabels": {"team": "records"},
        "commonAnnotations": {"owner": "records"},
        "podLabels": {"mesh": "off"},
        "podAnnotations": {"mesh": "off"},
        "serviceAccount": {"annotations": {"role": "x"}},
        "extraEnv": [{"name": "ARKRUN_BODY_LIMIT", "value": "1000000"}],
        "extraVolumes": [{"name": "more", "emptyDir": {}}],
        "extraVolumeMounts": [{"name": "more", "mountPath": "/more"}],
        "probes": {"startup": {"failureThreshold": 600}},
        "resources": {"limits": {"cpu": 1}},
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "tolerations": [{"operator": "Exists"}],
        "affinity": {"nodeAffinity": {}},
        "priorityClassName": "system-cluster-critical",
    },
    "everything at once": {
        "commonLabels": {"team": "records"},
        "hostNetwork": True,
        "networkPolicy": {"enabled": True, "from": CALLERS},
        "metrics": {"serviceMonitor": {"enabled": True}, "prometheusRule": {"enabled": True}},
        "certificates": {"mode": "provided", "ca": PEM},
        "extraVolumes": [{"name": "more", "emptyDir": {}}],
        "priorityClassName": "system-cluster-critical",
    },
}


@pytest.fixture(scope="module")
def known() -> set[str]:
    """Return the objects validated so far; most combinations share most objects."""
    return set()


@pytest.mark.parametrize("name", COMBINATIONS)
def test_every_combination_of_values_renders_valid_objects(
    chart: Rendering, known: set[str], name: str
) -> None:
    """Rendering is deterministic and contains no key, no caBundle and only known fields."""
    text = chart.text(COMBINATIONS[name])
    assert text == chart.text(COMBINATIONS[name])
    assert "caBundle:" not in text
    assert "tls.key:" not in text

    objects = documents(text)
    keys = [(each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"]) for each in objects]
    assert len(keys) == len(set(keys))
    for each in objects:
        text = json.dumps(each)
        if each["kind"] not in FOREIGN and text not in known:
            known.add(text)
            for version in VERSIONS:
                validate(each, version, strict=True)


def test_the_validator_detects_an_error(chart: Rendering) -> None:
    """A misspelled field of a rendered Deployment is reported."""
    deployment = chart.one("Deployment")
    deployment["spec"]["template"]["spec"]["hostnetwork"] = True

    with pytest.raises(ValidationError, match="hostnetwork"):
        validate(deployment, VERSIONS[0], strict=True)
