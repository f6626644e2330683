"""Runs and teams in the cluster's own roles: who may view, edit and administer a namespace."""

import json

import pytest

from controlplane import ControlPlane
from support.rendering import Rendering

pytestmark = pytest.mark.cluster

GROUP = ["arkonis.dev"]
LABEL = "rbac.authorization.k8s.io/aggregate-to-"


def test_each_role_of_the_cluster_gets_its_part(chart: Rendering) -> None:
    """Edit has view's rights by Kubernetes' own aggregation, and admin edit's; restoring is nobody's."""
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


def test_they_can_be_left_out(chart: Rendering) -> None:
    """An operator may bring its own."""
    roles = chart.of("ClusterRole", {"rbac": {"aggregate": False}})

    assert [each["metadata"]["name"] for each in roles] == ["arkrun"]


def test_the_api_server_takes_them(control_plane: ControlPlane, chart: Rendering) -> None:
    """As part of an installation."""
    for each in chart.of("ClusterRole", {"fullnameOverride": "aggregated"}):
        created = control_plane.kubectl("create", "--dry-run=server", "-f", "-", input=json.dumps(each))
        assert "created (server dry run)" in created.stdout
