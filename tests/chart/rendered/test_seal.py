"""Sealing in the chart: a switch of its own, the least rights by name, and keys that are never rendered."""

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
    """Return the environment of the container, without the downward API."""
    deployment = next(each for name, each in ours(chart, values).items() if name.startswith("Deployment/"))
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    return {each["name"]: each["value"] for each in container["env"] if "value" in each}


def test_sealing_runs_without_retention(chart: Rendering) -> None:
    """The same component, and what belongs to the keys."""
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
def test_each_switch_brings_its_own_rights(
    chart: Rendering,
    monkeypatch: pytest.MonkeyPatch,
    values: dict[str, Any],
    switches: tuple[bool, bool],
    rules: list[Manifest],
) -> None:
    """Who only seals deletes nothing and knows no team."""
    for name, value in environment(chart, values).items():
        monkeypatch.setenv(name, value)
    settings = Settings(_cli_parse_args=[])

    assert (settings.retention, settings.seal) == switches
    assert ours(chart, values)["ClusterRole/arkrun-history"]["rules"] == [*rules, EVENTS]


def test_the_keys_are_reached_by_name(chart: Rendering) -> None:
    """The sealer writes one Secret and one ConfigMap; everybody who is authenticated reads the ConfigMap."""
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


def test_a_secret_of_yours_is_only_read(chart: Rendering, monkeypatch: pytest.MonkeyPatch) -> None:
    """And none is rendered."""
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


def test_the_release_holds_no_key(chart: Rendering) -> None:
    """The Secret is rendered empty; Helm does not know the ConfigMap, so nobody removes a public key."""
    objects = ours(chart, ON)

    assert objects["Secret/arkrun-seal"].keys() == {"apiVersion", "kind", "metadata", "type"}
    assert chart.of("ConfigMap", ON) == []
    kept = [
        name
        for name, each in objects.items()
        if each["metadata"].get("annotations", {}).items() >= KEPT.items()
    ]
    assert kept == [f"Role/{KEYS}", f"RoleBinding/{KEYS}"]


def test_the_settings_of_the_keys_are_those_of_the_values(
    chart: Rendering, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each variable is a setting of the process."""
    values = {"fullnameOverride": "x", "seal": {"enabled": True, "keyRotation": "30d", "keyAhead": "2h"}}
    for name, value in environment(chart, values).items():
        monkeypatch.setenv(name, value)
    settings = Settings(_cli_parse_args=[])

    assert (settings.seal_secret, settings.seal_keys) == ("x-seal", "x-seal-keys")
    assert (settings.seal_key_rotation, settings.seal_key_ahead) == ("30d", "2h")


def test_seals_are_frozen_whether_sealing_is_on_or_off(chart: Rendering) -> None:
    """And after an uninstall: the policy stays, as that of the record."""
    for values in ({}, ON):
        policies = {each["metadata"]["name"]: each for each in chart.of("ValidatingAdmissionPolicy", values)}
        assert policies["arkrun-seal"]["metadata"]["annotations"] == KEPT
        assert "system:serviceaccount:arkrun-system:arkrun-history" in json.dumps(policies["arkrun-seal"])


def test_alerts_ask_for_metrics_that_exist(chart: Rendering) -> None:
    """A name that is misspelt would never fire."""
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
    """Before anything is installed."""
    assert named in chart.refusal(values)
