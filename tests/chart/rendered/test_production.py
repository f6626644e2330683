"""Values for production clusters: disruption budgets, network policies, monitoring, alerts."""

import re
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics import MetricWrapperBase

from arkrun_certs.metrics import CertificateMetrics
from arkrun_webhook import metrics
from support.rendering import Rendering

pytestmark = pytest.mark.cluster

SELECTOR = {
    "app.kubernetes.io/name": "arkrun",
    "app.kubernetes.io/instance": "arkrun",
    "app.kubernetes.io/component": "webhook",
}


def pod(chart: Rendering, values: dict[str, Any] | None = None) -> dict[str, Any]:
    spec: dict[str, Any] = chart.one("Deployment", values)["spec"]["template"]["spec"]
    return spec


def test_a_disruption_budget_allows_one_eviction_at_a_time(chart: Rendering) -> None:
    """A drain waits until the other pod is ready; a pod that is not ready never blocks it."""
    assert chart.one("PodDisruptionBudget")["spec"] == {
        "maxUnavailable": 1,
        "unhealthyPodEvictionPolicy": "AlwaysAllow",
        "selector": {"matchLabels": SELECTOR},
    }


def test_pods_are_spread_over_hosts_and_zones(chart: Rendering) -> None:
    """If the cluster has several hosts or zones, one pod survives the loss of any of them."""
    assert pod(chart)["topologySpreadConstraints"] == [
        {
            "topologyKey": key,
            "maxSkew": 1,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": SELECTOR},
            "matchLabelKeys": ["pod-template-hash"],
        }
        for key in ("kubernetes.io/hostname", "topology.kubernetes.io/zone")
    ]
    assert "topologySpreadConstraints" not in pod(chart, {"topologySpread": {"hosts": "", "zones": ""}})


def test_a_network_policy_allows_only_the_port_of_the_webhook(chart: Rendering) -> None:
    """The API servers are named by address, because no pod selector matches them."""
    peers = [{"ipBlock": {"cidr": "10.0.0.0/24"}}]
    scrapers = [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "prometheus"}}}]
    policy = {"enabled": True, "from": peers, "metricsFrom": scrapers}

    assert chart.of("NetworkPolicy") == []
    assert chart.one("NetworkPolicy", {"networkPolicy": policy})["spec"] == {
        "podSelector": {"matchLabels": SELECTOR},
        "policyTypes": ["Ingress"],
        "ingress": [
            {"ports": [{"port": "https"}], "from": peers},
            {"ports": [{"port": "https"}], "from": scrapers},
        ],
    }


def test_a_network_policy_without_callers_is_refused(chart: Rendering) -> None:
    """It would admit every caller while it looks restrictive."""
    assert (
        "networkPolicy.enabled is true, but networkPolicy.from is empty, which would admit every caller: "
        "set it to the addresses of the API servers, such as "
        "[{ipBlock: {cidr: 10.0.0.0/24}}], or set networkPolicy.enabled=false"
    ) in chart.refusal({"networkPolicy": {"enabled": True}})


def test_a_client_ca_is_mounted_without_its_key(chart: Rendering) -> None:
    """The webhook gets only the certificate, and the names of the allowed clients."""
    values = {"webhook": {"clientCA": {"secretName": "callers", "names": ["apiserver", "other"]}}}

    spec = pod(chart, values)

    (container,) = spec["containers"]
    environment = {each["name"]: each.get("value") for each in container["env"]}
    assert environment["ARKRUN_CLIENT_CA_FILE"] == "/etc/arkrun/client-ca/ca.crt"
    assert environment["ARKRUN_CLIENT_NAMES"] == "apiserver,other"
    assert spec["volumes"] == [
        {
            "name": "client-ca",
            "secret": {"secretName": "callers", "items": [{"key": "ca.crt", "path": "ca.crt"}]},
        }
    ]
    assert container["volumeMounts"] == [
        {"name": "client-ca", "mountPath": "/etc/arkrun/client-ca", "readOnly": True}
    ]


def test_client_names_without_a_client_ca_are_refused(chart: Rendering) -> None:
    """Without a client CA no certificate is requested."""
    assert (
        "webhook.clientCA.names is set, but no client certificate is required: "
        "set webhook.clientCA.secretName, or leave webhook.clientCA.names empty"
    ) in chart.refusal({"webhook": {"clientCA": {"names": ["apiserver"]}}})


def test_a_network_policy_can_be_restricted_to_callers(chart: Rendering) -> None:
    """Peers and egress rules are rendered unchanged."""
    peers = [{"ipBlock": {"cidr": "10.0.0.0/8"}}]
    egress = [{"ports": [{"port": 6443}], "to": peers}]

    policy = {"enabled": True, "from": peers, "egress": egress}
    spec = chart.one("NetworkPolicy", {"networkPolicy": policy})["spec"]

    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert spec["ingress"] == [{"ports": [{"port": "https"}], "from": peers}]
    assert spec["egress"] == egress


def test_the_host_network_port_can_be_chosen_for_a_private_control_plane(chart: Rendering) -> None:
    """With hostNetwork the pods listen on a port that the firewall allows, and cluster DNS still works."""
    values = {"hostNetwork": True, "webhook": {"port": 10350}}

    spec = pod(chart, values)

    assert (spec["hostNetwork"], spec["dnsPolicy"]) == (True, "ClusterFirstWithHostNet")
    (container,) = spec["containers"]
    assert container["ports"] == [{"name": "https", "containerPort": 10350}]
    assert {"name": "ARKRUN_PORT", "value": "10350"} in container["env"]


def test_metrics_are_scraped_with_a_verified_certificate(chart: Rendering) -> None:
    """Prometheus verifies the certificate with the CA bundle from the Secret."""
    assert chart.of("ServiceMonitor") == []
    values = {"metrics": {"serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}}}}

    monitor = chart.one("ServiceMonitor", values)

    assert monitor["metadata"]["labels"]["release"] == "prometheus"
    assert monitor["spec"] == {
        "selector": {"matchLabels": SELECTOR},
        "endpoints": [
            {
                "port": "https",
                "path": "/metrics",
                "scheme": "https",
                "interval": "30s",
                "tlsConfig": {
                    "serverName": "arkrun.arkrun-system.svc",
                    "ca": {"secret": {"name": "arkrun-cert", "key": "ca.crt"}},
                },
            }
        ],
    }


def test_alerts_use_existing_metrics(chart: Rendering) -> None:
    """An alert on a renamed metric would silently never fire."""
    registry = CollectorRegistry()
    CertificateMetrics(registry)
    for each in vars(metrics).values():
        if isinstance(each, MetricWrapperBase):
            registry.register(each)
    exposed = set(re.findall(r"^# TYPE (\S+)", generate_latest(registry).decode(), re.MULTILINE))
    rules = alerts(chart)

    assert set(rules) == {
        "ArkrunDown",
        "ArkrunCertificateExpires",
        "ArkrunCaExpires",
        "ArkrunCertificateUpkeepFails",
        "ArkrunCaBundleContested",
        "ArkrunCaBundleOutOfSync",
        "ArkrunPanics",
        "ArkrunPathOutOfSync",
        "ArkrunSlow",
    }
    for rule in rules.values():
        asked = set(re.findall(r"arkrun_\w+", rule["expr"] + rule["annotations"]["description"]))
        assert {name.removesuffix("_bucket") for name in asked} <= exposed
        assert '{namespace="arkrun-system", service="arkrun"' in rule["expr"]


def test_the_latency_alert_depends_on_the_timeout(chart: Rendering) -> None:
    """The threshold is half of the API server's timeout."""
    assert alerts(chart, webhook={"timeoutSeconds": 9})["ArkrunSlow"]["expr"].endswith(" > 4.5")


@pytest.mark.parametrize(
    ("certificates", "leaf", "ca"),
    [
        ({}, 259200, 259200),
        ({"leafValidity": "2d"}, 28771, 259200),
        ({"leafValidity": "90m", "caValidity": "12h"}, 899, 7192),
        ({"mode": "provided", "leafValidity": "2d"}, 259200, 259200),
    ],
)
def test_expiry_alerts_fire_only_after_the_renewal_time(
    chart: Rendering, certificates: dict[str, Any], leaf: int, ca: int
) -> None:
    """A short-lived certificate is not reported while it is renewed in time."""
    rules = alerts(chart, certificates=certificates)

    assert rules["ArkrunCertificateExpires"]["expr"].endswith(f" - time() < {leaf}")
    assert f" - time() < {ca} and " in rules["ArkrunCaExpires"]["expr"]


def alerts(chart: Rendering, **values: Any) -> dict[str, dict[str, Any]]:
    """Return the rules of the PrometheusRule by name."""
    rule = chart.one("PrometheusRule", {"metrics": {"prometheusRule": {"enabled": True}}, **values})
    return {each["alert"]: each for group in rule["spec"]["groups"] for each in group["rules"]}


def test_labels_and_annotations_reach_every_object(chart: Rendering) -> None:
    """All objects have the common labels and annotations, except CRDs, which are copied from crd-gen."""
    values = {"commonLabels": {"team": "records"}, "commonAnnotations": {"owner": "records"}}
    objects = [*chart.objects(values), *chart.hooks(values).values()]

    for each in objects:
        if each["kind"] != "CustomResourceDefinition":
            assert each["metadata"]["labels"]["team"] == "records"
            assert each["metadata"]["annotations"]["owner"] == "records"


def test_extra_settings_of_a_pod_are_rendered(chart: Rendering) -> None:
    """These are environment, volumes, labels and placement."""
    placement = {
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "tolerations": [{"operator": "Exists"}],
        "affinity": {"nodeAffinity": {}},
        "priorityClassName": "system-cluster-critical",
        "imagePullSecrets": [{"name": "pull"}],
    }
    extras = {
        "extraEnv": [{"name": "ARKRUN_BODY_LIMIT", "value": "1000000"}],
        "extraVolumes": [{"name": "more", "emptyDir": {}}],
        "extraVolumeMounts": [{"name": "more", "mountPath": "/more"}],
        "podLabels": {"mesh": "off"},
        "podAnnotations": {"mesh": "none"},
    }

    template = chart.one("Deployment", {**placement, **extras})["spec"]["template"]

    assert placement.items() <= template["spec"].items()
    assert template["spec"]["volumes"] == extras["extraVolumes"]
    (container,) = template["spec"]["containers"]
    assert container["env"][-1:] == extras["extraEnv"]
    assert container["volumeMounts"] == extras["extraVolumeMounts"]
    assert template["metadata"]["labels"]["mesh"] == "off"
    assert template["metadata"]["annotations"] == {"mesh": "none"}
