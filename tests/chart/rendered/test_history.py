"""The history's Deployment: disabled by default, restricted, with least privileges."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.metrics import MetricWrapperBase

from arkrun_history import metrics
from arkrun_history.policy.limits import Limits
from arkrun_history.settings import Settings
from controlplane import ControlPlane
from support.history.process import HistoryProcess
from support.history.records import Records
from support.rendering import URL, Manifest, Rendering

pytestmark = pytest.mark.cluster

ON = {"history": {"enabled": True}}
NAME = "arkrun-history"


def ours(chart: Rendering, values: dict[str, Any] | None = None, **options: Any) -> dict[str, Manifest]:
    """Return the history's objects by kind and name."""
    return {
        f"{each['kind']}/{each['metadata']['name']}": each
        for each in chart.objects(values, **options)
        if each["metadata"].get("labels", {}).get("app.kubernetes.io/component") == "history"
    }


def deployment(chart: Rendering, **history: Any) -> Manifest:
    spec: Manifest = ours(chart, {"history": {"enabled": True, **history}})[f"Deployment/{NAME}"]["spec"]
    return spec


def environment(chart: Rendering, **history: Any) -> dict[str, str]:
    """Return the container's environment; a downward API variable has its field path as value."""
    (container,) = deployment(chart, **history)["template"]["spec"]["containers"]
    return {
        each["name"]: each.get("value", each.get("valueFrom", {}).get("fieldRef", {}).get("fieldPath"))
        for each in container["env"]
    }


def test_history_is_disabled_by_default(chart: Rendering) -> None:
    """It deletes records, and the operator may prune them already, so it is opt-in."""
    assert ours(chart) == {}
    assert ours(chart, ON).keys() == {
        f"PodDisruptionBudget/{NAME}",
        f"ServiceAccount/{NAME}",
        f"ClusterRole/{NAME}",
        f"ClusterRoleBinding/{NAME}",
        f"Role/{NAME}-lease",
        f"RoleBinding/{NAME}-lease",
        f"Deployment/{NAME}",
    }


def test_outside_the_cluster_only_rbac_is_rendered(chart: Rendering) -> None:
    """With webhook.url the chart renders no pods."""
    url = {"webhook": {"url": URL}}

    kinds = {name.partition("/")[0] for name in ours(chart, {**ON, **url})}

    assert kinds == {"ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"}


def test_every_rendered_setting_is_valid(chart: Rendering, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each variable is a known setting with the value from values.yaml."""
    variables = environment(chart, dryRun=True, orphans={"runRetainFor": "7d", "failedRunsHistoryLimit": 0})
    assert variables.keys() <= {f"ARKRUN_HISTORY_{name.upper()}" for name in Settings.model_fields}
    assert variables["ARKRUN_HISTORY_LEASE_NAMESPACE"] == "metadata.namespace"
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    settings = Settings(_cli_parse_args=[])

    assert (settings.dry_run, settings.once, settings.namespace) == (True, False, "")
    assert settings.orphan_limits() == Limits(10, 0, 604800.0)
    assert (settings.lease_name, settings.lease_seconds, settings.port) == (NAME, 15, 8080)


def test_two_pods_meet_the_restricted_security_standard(chart: Rendering) -> None:
    """One leads and the other stands by; both pass Pod Security `restricted`."""
    spec = deployment(chart)
    pod = spec["template"]["spec"]
    (container,) = pod["containers"]

    assert spec["replicas"] == 2
    assert spec["selector"]["matchLabels"].items() <= spec["template"]["metadata"]["labels"].items()
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert (container["command"], container["args"]) == (["arkrun-history"], ["run"])
    probes = [container[f"{each}Probe"]["httpGet"]["path"] for each in ("startup", "readiness", "liveness")]
    assert probes == ["/healthz", "/readyz", "/healthz"]
    assert container["resources"]["limits"] == {"memory": "192Mi"}


def test_the_service_of_the_webhook_does_not_select_the_pods(chart: Rendering) -> None:
    """The two Deployments have disjoint selectors."""
    selector = chart.one("Service", ON)["spec"]["selector"]

    assert not selector.items() <= deployment(chart)["template"]["metadata"]["labels"].items()


def test_the_role_has_exactly_the_documented_rules(chart: Rendering) -> None:
    """It reads runs and teams, deletes runs, and writes team status, events and one Lease."""
    objects = ours(chart, ON)

    assert objects[f"ClusterRole/{NAME}"]["rules"] == [
        {"apiGroups": ["arkonis.dev"], "resources": ["arkruns"], "verbs": ["get", "list", "watch", "delete"]},
        {"apiGroups": ["arkonis.dev"], "resources": ["arkteams"], "verbs": ["get", "list", "watch"]},
        {"apiGroups": ["arkonis.dev"], "resources": ["arkteams/status"], "verbs": ["patch"]},
        {"apiGroups": ["events.k8s.io"], "resources": ["events"], "verbs": ["create", "patch"]},
    ]
    lease = {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"]}
    assert objects[f"Role/{NAME}-lease"]["rules"] == [
        {**lease, "resourceNames": [NAME], "verbs": ["get", "patch"]},
        {**lease, "verbs": ["create"]},
    ]


def test_the_permissions_suffice(
    chart: Rendering, crds: ControlPlane, bare_namespace: str, tmp_path: Path
) -> None:
    """With the chart's ServiceAccount, bound in one namespace, a pass deletes and records a run."""
    records = Records(crds, bare_namespace)
    values = {"history": {"enabled": True, "namespace": bare_namespace}, "fullnameOverride": bare_namespace}
    name = f"{bare_namespace}-history"
    for each in ours(chart, values, namespace=bare_namespace).values():
        if each["kind"] in {"ServiceAccount", "ClusterRole", "Role", "RoleBinding"}:
            crds.kubectl("create", "-f", "-", input=json.dumps(each))
    token = crds.kubectl("create", "token", name, "-n", bare_namespace).stdout.strip()
    records.create_team(successfulRunsHistoryLimit=1)
    records.create_run("old", ago=2)
    records.create_run("new", ago=1)

    replica = HistoryProcess(
        crds,
        tmp_path / "replica",
        kubeconfig=crds.token_kubeconfig(name, token),
        once=True,
        namespace=bare_namespace,
        lease_namespace=bare_namespace,
        lease_name=name,
    )

    assert replica.finish() == 0, replica.logged
    assert records.run_names() == {"new"}
    assert records.last_run() == ("new", "Succeeded")
    assert [reason for _, reason, _, _ in records.events()] == ["RunsDeleted"]
    assert [each["event"] for each in replica.logged if each["level"] != "info"] == []


def test_alerts_use_existing_metrics(chart: Rendering) -> None:
    """An alert on a misspelt metric would never fire; both objects have the labels Prometheus selects."""
    monitoring = {
        "serviceMonitor": {"enabled": True, "labels": {"release": "p"}},
        "prometheusRule": {"enabled": True, "labels": {"release": "p"}},
    }
    objects = ours(chart, {**ON, "metrics": monitoring})
    rules, monitor = objects[f"PrometheusRule/{NAME}"], objects[f"PodMonitor/{NAME}"]
    registry = CollectorRegistry()
    for each in vars(metrics).values():
        if isinstance(each, MetricWrapperBase):
            registry.register(each)
    known = {name for family in registry.collect() for name in (family.name, f"{family.name}_total")}

    asked = re.findall(r"arkrun_history_\w+", json.dumps(rules["spec"]))

    assert set(asked) <= known
    assert asked
    assert rules["metadata"]["labels"]["release"] == monitor["metadata"]["labels"]["release"] == "p"
    (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
    assert (endpoint["port"], endpoint["path"]) == ("http", "/metrics")


@pytest.mark.parametrize(
    ("history", "named"),
    [
        (
            {"orphans": {"runRetainFor": "7 days"}},
            "at '/history/orphans/runRetainFor': '7 days' does not match",
        ),
        ({"leaseSeconds": 1}, "at '/history/leaseSeconds': minimum: got 1, want 3"),
        ({"dryrun": True}, "additional properties 'dryrun' not allowed"),
    ],
)
def test_a_wrong_value_is_refused_by_name(chart: Rendering, history: dict[str, Any], named: str) -> None:
    """The values are validated before anything is installed."""
    assert named in chart.refusal({"history": history})
