"""The exact permissions of the webhook."""

import json
from typing import Any

import pytest

from controlplane import ControlPlane
from support.rendering import URL, Rendering

pytestmark = pytest.mark.cluster

# The roles for people are tested in test_aggregated_roles.py.
PODS_ONLY = {"rbac": {"aggregate": False}}
SECRETS = {"apiGroups": [""], "resources": ["secrets"]}


def test_the_cluster_role_reads_teams_and_patches_only_its_configurations(chart: Rendering) -> None:
    """It cannot list, create, read runs, or touch other configurations."""
    assert chart.one("ClusterRole", PODS_ONLY)["rules"] == [
        {"apiGroups": ["arkonis.dev"], "resources": ["arkteams"], "verbs": ["get"]},
        {
            "apiGroups": ["admissionregistration.k8s.io"],
            "resources": ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
            "resourceNames": ["arkrun"],
            "verbs": ["get", "watch", "patch"],
        },
    ]


def test_the_role_manages_only_two_secrets(chart: Rendering) -> None:
    """Reads and writes are limited by name; RBAC cannot limit a create by name."""
    role = chart.one("Role")

    assert role["metadata"]["namespace"] == "arkrun-system"
    assert role["rules"] == [
        {
            **SECRETS,
            "resourceNames": ["arkrun-cert", "arkrun-path"],
            "verbs": ["get", "watch", "update"],
        },
        {**SECRETS, "verbs": ["create"]},
    ]


CONFIGURATIONS = ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"]


@pytest.mark.parametrize(
    ("values", "secrets", "configurations"),
    [
        ({}, ["arkrun-cert", "arkrun-path"], True),
        ({"webhook": {"url": URL}}, ["arkrun-cert"], True),
        ({"certificates": {"mode": "cert-manager"}}, ["arkrun-path"], True),
        ({"certificates": {"mode": "cert-manager", "injectedBy": "cainjector"}}, ["arkrun-path"], True),
        ({"certificates": {"mode": "provided"}}, ["arkrun-path"], True),
        ({"certificates": {"mode": "provided"}, "webhook": {"url": URL}}, [], True),
        (
            {"certificates": {"mode": "provided", "injectedBy": "cainjector"}, "webhook": {"url": URL}},
            [],
            False,
        ),
    ],
)
def test_each_certificate_mode_has_its_own_rules(
    chart: Rendering, values: dict[str, Any], secrets: list[str], configurations: bool
) -> None:
    """Every mode with a Service writes the path, whatever the source of the certificate."""
    roles = chart.of("Role", values)
    (cluster_wide,) = chart.of("ClusterRole", {**values, **PODS_ONLY})

    assert [rule.get("resourceNames") for role in roles for rule in role["rules"]] == (
        [secrets, None] if secrets else []
    )
    assert [each["metadata"]["name"] for each in chart.of("Secret", values)] == secrets
    resources = [rule["resources"] for rule in cluster_wide["rules"]]
    assert resources == [["arkteams"], CONFIGURATIONS] if configurations else [["arkteams"]]


@pytest.mark.parametrize("role", ["ClusterRole", "Role"])
def test_the_bindings_name_the_service_account_of_the_pods(chart: Rendering, role: str) -> None:
    objects = {each["kind"]: each for each in chart.objects(PODS_ONLY, release="left", namespace="ark")}

    account = objects["ServiceAccount"]["metadata"]
    assert objects[f"{role}Binding"]["roleRef"] == {
        "apiGroup": "rbac.authorization.k8s.io",
        "kind": role,
        "name": objects[role]["metadata"]["name"],
    }
    assert objects[f"{role}Binding"]["subjects"] == [
        {"kind": "ServiceAccount", "name": account["name"], "namespace": account["namespace"]}
    ]
    assert objects["Deployment"]["spec"]["template"]["spec"]["serviceAccountName"] == account["name"]


def test_the_api_server_reports_exactly_these_permissions(
    control_plane: ControlPlane, namespace: str, chart: Rendering
) -> None:
    """`kubectl auth can-i --list` shows no others, except those that every account has."""
    rights = chart.objects({"fullnameOverride": namespace}, namespace=namespace)
    kinds = {"ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"}
    for each in rights:
        if each["kind"] in kinds:
            control_plane.kubectl("create", "-f", "-", input=json.dumps(each))

    ours = granted(control_plane, namespace, account=namespace)
    anyone = granted(control_plane, namespace, account="any-other")

    assert ours - anyone == {
        "arkteams.arkonis.dev [] [] [get]",
        f"mutatingwebhookconfigurations.admissionregistration.k8s.io [] [{namespace}] [get watch patch]",
        f"validatingwebhookconfigurations.admissionregistration.k8s.io [] [{namespace}] [get watch patch]",
        "secrets [] [] [create]",
        f"secrets [] [{namespace}-cert] [get watch update]",
        f"secrets [] [{namespace}-path] [get watch update]",
    }


def granted(control_plane: ControlPlane, namespace: str, *, account: str) -> set[str]:
    """Return all permissions of an account in a namespace, as the API server reports them."""
    user = f"system:serviceaccount:{namespace}:{account}"
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated")
    impersonate = [f"--as={user}", *(f"--as-group={each}" for each in groups)]
    listed = control_plane.kubectl("auth", "can-i", "--list", "-n", namespace, "--no-headers", *impersonate)
    return {" ".join(line.split()) for line in listed.stdout.splitlines()}
