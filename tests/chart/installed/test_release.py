"""Installation, upgrade and uninstallation; the runs and the caBundle survive."""

from collections.abc import Iterator

import pytest

from arkrun_crd.names import RUN_PLURAL, TEAM_PLURAL
from controlplane import ControlPlane
from support.builders.objects import run, team
from support.cluster.installation import CONFIGURATIONS, REGISTRATIONS, Installation
from support.cluster.resources import Resource, spec_bytes

pytestmark = [pytest.mark.slow, pytest.mark.cluster]

# Users' objects, the namespace from --create-namespace, and what the API server derives from a CRD.
NOT_OURS = ("arkteam", "arkrun", "namespace", "event", "apiservice")
CRDS = {f"{plural}.arkonis.dev" for plural in (RUN_PLURAL, TEAM_PLURAL)}


@pytest.fixture(scope="module")
def plane() -> Iterator[ControlPlane]:
    """Start a separate cluster, because CRDs belong to one release at a time."""
    with ControlPlane() as control_plane:
        yield control_plane


@pytest.fixture
def installed(plane: ControlPlane) -> Iterator[Installation]:
    """Install the chart with its CRDs and its webhook, and uninstall it at the end."""
    with Installation(plane) as installation:
        yield installation
        uninstall(plane)


def uninstall(plane: ControlPlane) -> None:
    """Uninstall the release if it is installed."""
    plane.helm("uninstall", "arkrun", "--namespace", "arkrun-system", "--ignore-not-found", "--wait")


def bundles(plane: ControlPlane) -> set[str]:
    """Return every caBundle of our configurations."""
    lives = [plane.api.call("GET", f"{REGISTRATIONS}/{each}/arkrun") for each in CONFIGURATIONS.values()]
    return {hook["clientConfig"].get("caBundle", "") for live in lives for hook in live.json()["webhooks"]}


@pytest.mark.parametrize("server_side", ["true", "false"])
def test_an_upgrade_does_not_change_the_ca_bundle(installed: Installation, server_side: str) -> None:
    """Helm renders no caBundle, so neither its apply nor its three-way merge removes ours."""
    plane = installed.control_plane
    before = bundles(plane)

    plane.helm(
        *installed.helm_arguments("upgrade"),
        f"--server-side={server_side}",
        "--set",
        "webhook.timeoutSeconds=7",
    )

    path = f"{REGISTRATIONS}/mutatingwebhookconfigurations/arkrun"
    (hook,) = plane.api.call("GET", path).json()["webhooks"]
    assert hook["timeoutSeconds"] == 7
    assert bundles(plane) == before
    assert all(before)


def test_runs_survive_uninstallation_and_are_adopted_by_the_next_release(plane: ControlPlane) -> None:
    """After uninstallation runs are immutable, but can be labelled and deleted; nothing else is left."""
    runs = Resource(plane.api, "default", RUN_PLURAL)
    with Installation(plane):
        assert Resource(plane.api, "default", TEAM_PLURAL).create(team()).status == 201
        assert [runs.create(run(name)).status for name in ("run-1", "run-2")] == [201, 201]
        before = spec_bytes(runs.get("run-1"))
        uninstall(plane)

    policies = "validatingadmissionpolicy", "validatingadmissionpolicybinding"
    assert remains(plane) == {
        *(f"customresourcedefinition.apiextensions.k8s.io/{each}" for each in CRDS),
        *(
            f"{each}.admissionregistration.k8s.io/arkrun-{name}"
            for each in policies
            for name in ("record", "seal")
        ),
    }
    assert spec_bytes(runs.get("run-1")) == before
    assert runs.patch("run-1", {"spec": {"maxTokens": 1}}).status == 422
    assert runs.patch("run-1", {"metadata": {"labels": {"kept": "yes"}}}).status == 200
    assert runs.delete("run-2").status == 200

    with Installation(plane):
        assert spec_bytes(runs.get("run-1")) == before
        assert runs.create(run("run-3")).status == 201
        assert [runs.delete(name).status for name in ("run-1", "run-3")] == [200, 200]
        uninstall(plane)


def remains(plane: ControlPlane) -> set[str]:
    """List all objects in the cluster that belong to a release, by label or name."""
    kinds = plane.kubectl("api-resources", "--verbs=list", "-o", "name").stdout.split()
    names = plane.kubectl("get", ",".join(kinds), "-A", "-o", "name", "--ignore-not-found").stdout.split()
    return {each for each in names if "ark" in each.split("/")[1] and not each.startswith(NOT_OURS)}
