"""Sealing in the chart: a separate switch, least privileges by name, and keys that are never rendered."""

import json
import re
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.metrics import MetricWrapperBase

from arkrun_history import metrics
from arkrun_history.settings import Settings
from support.rendering import Manifest, Rendering

pytestmark = pytest.mark.cluster

ON = {"seal": {"enabled": True}}
BOTH = {**ON, "history": {"enabled": True}}
KEYS = "arkrun-seal-keys"
KEPT = {"helm.sh/resource-policy": "keep"}
RUNS = {"apiGroups": ["arkonis.dev"], "resources": ["arkruns"]}
TEAMS: list[Manifest] = [
    {"apiGroups": ["arkonis.dev"], "resources": ["arkteams"], "verbs": ["get", "list", "watch"]},
    {"apiGroups": ["arkonis.dev"], "resources": ["arkteams/status"], "verbs": ["patch"]},
]
EVENTS = {"apiGroups": ["events.k8s.io"], "resources": ["events"], "verbs": ["create", "patch"]}
SECRET = {"apiGroups": [""], "resources": ["secrets"]}
CONFIG_MAP = {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": [KEYS]}


def ours(chart: Rendering, values: dict[str, Any] | None = None, **options: Any) -> dict[str, Manifest]:
    """Return the objects of history and seal by kind and name."""
    return {
        f"{each['kind']}/{each['metadata']['name']}": each
        for each in chart.objects(values, **options)
        if each["metadata"].get("labels", {}).get("app.kubernetes.io/component") == "history"
    }


def environment(chart: Rendering, values: dict[str, Any]) -> dict[str, str]:
    """Return the container's environment, without downward API variables."""
    deployment = next(each for name, each in ours(chart, values).items() if name.startswith("Deployment/"))
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    return {each["name"]: each["value"] for each in container["env"] if "value" in each}


def test_sealing_runs_without_retention(chart: Rendering) -> None:
    """The history's objects are rendered together with those for the keys."""
    assert ours(chart, ON).keys() == {
        "PodDisruptionBudget/arkrun-history",
        "ServiceAccount/arkrun-history",
        "ClusterRole/arkrun-history",
        "ClusterRoleBinding/arkrun-history",
        "Role/arkrun-history-lease",
        "RoleBinding/arkrun-history-lease",
        "Deployment/arkrun-history",
        "Secret/arkrun-seal",
        "Role/arkrun-seal",
        "RoleBinding/arkrun-seal",
        f"Role/{KEYS}",
        f"RoleBinding/{KEYS}",
    }


@pytest.mark.parametrize(
    ("values", "switches", "rules"),
    [
        (
            {"history": {"enabled": True}},
            (True, False),
            [{**RUNS, "verbs": ["get", "list", "watch", "delete"]}, *TEAMS],
        ),
        (ON, (False, True), [{**RUNS, "verbs": ["get", "list", "watch", "patch"]}]),
        (BOTH, (True, True), [{**RUNS, "verbs": ["get", "list", "watch", "delete", "patch"]}, *TEAMS]),
    ],
    ids=["retention", "seal", "both"],
)
def test_each_switch_adds_only_its_own_permissions(
    chart: Rendering,
    monkeypatch: pytest.MonkeyPatch,
    values: dict[str, Any],
    switches: tuple[bool, bool],
    rules: list[Manifest],
) -> None:
    """With sealing alone the component can neither delete runs nor read teams."""
    for name, value in environment(chart, values).items():
        monkeypatch.setenv(name, value)
    settings = Settings(_cli_parse_args=[])

    assert (settings.retention, settings.seal) == switches
    assert ours(chart, values)["ClusterRole/arkrun-history"]["rules"] == [*rules, EVENTS]


def test_access_to_the_keys_is_granted_by_name(chart: Rendering) -> None:
    """The sealer writes one Secret and one ConfigMap; every authenticated user may read the ConfigMap."""
    objects = ours(chart, ON)

    assert objects["Role/arkrun-seal"]["rules"] == [
        {**SECRET, "resourceNames": ["arkrun-seal"], "verbs": ["get", "update"]},
        {**CONFIG_MAP, "verbs": ["get", "patch"]},
        {"apiGroups": [""], "resources": ["secrets", "configmaps"], "verbs": ["create"]},
    ]
    assert objects[f"Role/{KEYS}"]["rules"] == [{**CONFIG_MAP, "verbs": ["get"]}]
    assert objects[f"RoleBinding/{KEYS}"]["subjects"] == [
        {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:authenticated"}
    ]
    assert objects["RoleBinding/arkrun-seal"]["subjects"] == [
        {"kind": "ServiceAccount", "name": "arkrun-history", "namespace": "arkrun-system"}
    ]


def test_an_existing_secret_is_only_read(chart: Rendering, monkeypatch: pytest.MonkeyPatch) -> None:
    """The chart renders no Secret of its own."""
    values = {"seal": {"enabled": True, "existingSecret": "mine"}}
    objects = ours(chart, values)
    for name, value in environment(chart, values).items():
        monkeypatch.setenv(name, value)
    settings = Settings(_cli_parse_args=[])

    assert (settings.seal_secret, settings.seal_secret_provided) == ("mine", True)
    assert objects["Role/arkrun-seal"]["rules"] == [
        {**SECRET, "resourceNames": ["mine"], "verbs": ["get"]},
        {**CONFIG_MAP, "verbs": ["get", "patch"]},
        {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["create"]},
    ]
    assert "Secret/arkrun-seal" not in objects


def test_the_release_contains_no_key(chart: Rendering) -> None:
    """The Secret is rendered empty, and Helm does not manage the ConfigMap, so public keys are kept."""
    objects = ours(chart, ON)

    assert objects["Secret/arkrun-seal"].keys() == {"apiVersion", "kind", "metadata", "type"}
    assert chart.of("ConfigMap", ON) == []
    retained = [
        name
        for name, each in objects.items()
        if each["metadata"].get("annotations", {}).items() >= KEPT.items()
    ]
    assert retained == [f"Role/{KEYS}", f"RoleBinding/{KEYS}"]


def test_the_key_settings_come_from_the_values(chart: Rendering, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each variable is a known setting."""
    values = {"fullnameOverride": "x", "seal": {"enabled": True, "keyRotation": "30d", "keyAhead": "2h"}}
    for name, value in environment(chart, values).items():
        monkeypatch.setenv(name, value)
    settings = Settings(_cli_parse_args=[])

    assert (settings.seal_secret, settings.seal_keys) == ("x-seal", "x-seal-keys")
    assert (settings.seal_key_rotation, settings.seal_key_ahead) == ("30d", "2h")


def test_the_seal_policy_is_rendered_with_sealing_on_or_off(chart: Rendering) -> None:
    """It is kept on uninstall, like the record's policy."""
    for values in ({}, ON):
        policies = {each["metadata"]["name"]: each for each in chart.of("ValidatingAdmissionPolicy", values)}
        assert policies["arkrun-seal"]["metadata"]["annotations"] == KEPT
        assert "system:serviceaccount:arkrun-system:arkrun-history" in json.dumps(policies["arkrun-seal"])


def test_alerts_use_existing_metrics(chart: Rendering) -> None:
    """An alert on a misspelt metric would never fire."""
    monitoring = {"metrics": {"prometheusRule": {"enabled": True}}}
    rules = ours(chart, {**ON, **monitoring})["PrometheusRule/arkrun-history"]
    registry = CollectorRegistry()
    for each in vars(metrics).values():
        if isinstance(each, MetricWrapperBase):
            registry.register(each)
    known = {name for family in registry.collect() for name in (family.name, f"{family.name}_total")}

    alerts = {each["alert"] for group in rules["spec"]["groups"] for each in group["rules"]}
    assert {"ArkrunRunsUnsealed", "ArkrunSealRemoved"} <= alerts
    assert set(re.findall(r"arkrun_history_\w+", json.dumps(rules["spec"]))) <= known


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"seal": {"keyRotation": "90 days"}}, "at '/seal/keyRotation': '90 days' does not match"),
        ({"seal": {"on": True}}, "additional properties 'on' not allowed"),
        (
            {**ON, "policies": {"enabled": False}},
            "seal.enabled is true, but without the policies anybody who may patch runs could remove",
        ),
        (
            {**ON, "history": {"dryRun": True}},
            "seal.enabled is true, which writes to runs, but history.dryRun is true",
        ),
    ],
    ids=["duration", "name", "policies", "dry run"],
)
def test_a_wrong_value_is_refused_by_name(chart: Rendering, values: dict[str, Any], named: str) -> None:
    """The values are validated before anything is installed."""
    assert named in chart.refusal(values)
