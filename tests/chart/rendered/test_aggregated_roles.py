"""Permissions for runs and teams in the cluster's roles view, edit and admin."""

import json

import pytest

from controlplane import ControlPlane
from support.rendering import Rendering

pytestmark = pytest.mark.cluster

GROUP = ["arkonis.dev"]
LABEL = "rbac.authorization.k8s.io/aggregate-to-"


def test_each_role_has_exactly_its_permissions(chart: Rendering) -> None:
    """Kubernetes aggregates view into edit and edit into admin; none of them may restore."""
    roles = {
        key.removeprefix(LABEL): (each["metadata"]["name"], each["rules"])
        for each in chart.of("ClusterRole")
        for key in each["metadata"]["labels"]
        if key.startswith(LABEL)
    }

    both = {"apiGroups": GROUP, "resources": ["arkruns", "arkteams"]}
    writes = ["create", "update", "patch", "delete", "deletecollection"]
    assert roles == {
        "view": ("arkrun-view", [{**both, "verbs": ["get", "list", "watch"]}]),
        "edit": ("arkrun-edit", [{**both, "verbs": writes}]),
        "admin": (
            "arkrun-admin",
            [{"apiGroups": GROUP, "resources": ["arkruns/status"], "verbs": ["get", "patch"]}],
        ),
    }


def test_the_roles_can_be_omitted(chart: Rendering) -> None:
    """The operator may install its own roles."""
    roles = chart.of("ClusterRole", {"rbac": {"aggregate": False}})

    assert [each["metadata"]["name"] for each in roles] == ["arkrun"]


def test_the_api_server_accepts_the_roles(control_plane: ControlPlane, chart: Rendering) -> None:
    for each in chart.of("ClusterRole", {"fullnameOverride": "aggregated"}):
        created = control_plane.kubectl("create", "--dry-run=server", "-f", "-", input=json.dumps(each))
        assert "created (server dry run)" in created.stdout
