"""Pods are replaced while runs are created continuously: no admission fails."""

from collections.abc import Callable

import pytest

from arkrun_crd.names import TEAM_PLURAL
from e2e.cluster import Cluster
from e2e.release import Release, image
from soak.certs.load import Load
from support.builders.objects import team
from support.cluster.resources import Resource

pytestmark = pytest.mark.node

CLIENTS = 2
# Old pods drain after the rollout is over.
DRAIN_SECONDS = "--timeout=120s"


@pytest.fixture
def load(cluster: Cluster, namespace: str, release: Release) -> Load:
    """Prepare clients that create runs as fast as they are answered."""
    release.wait_for_rollout()
    assert Resource(cluster.api, namespace, TEAM_PLURAL).create(team()).status == 201
    return Load(lambda: cluster.api, namespace, CLIENTS)


def delete_one_pod(release: Release) -> None:
    """Delete a pod as anybody with a right to may."""
    release.kubectl("delete", "pod", release.pods()[0]["metadata"]["name"], "--wait=true", DRAIN_SECONDS)


def kill_one_pod(release: Release) -> None:
    """Delete a pod without a grace period: it has a second or two until SIGKILL."""
    release.kubectl("delete", "pod", release.pods()[0]["metadata"]["name"], "--grace-period=0", "--force")


def drain_its_nodes(release: Release) -> None:
    """Drain the nodes that have pods of ours, one after another; only our pods go."""
    for node in sorted({pod["spec"]["nodeName"] for pod in release.pods()}):
        try:
            release.cluster.kubectl(
                "drain", node, f"--pod-selector={release.selector}", "--ignore-daemonsets", DRAIN_SECONDS
            )
        finally:
            release.cluster.kubectl("uncordon", node)
        release.wait_for_rollout()


def restart(release: Release) -> None:
    """Replace every pod by one of the same image."""
    release.kubectl("rollout", "restart", f"deployment/{release.fullname}")


def change_image(release: Release) -> None:
    """Replace every pod by one of another image, and back."""
    if not release.cluster.next_image:
        pytest.skip("NEXT_IMAGE is not given, so there is no image to change to")
    release.upgrade(image(release.cluster.next_image))
    release.upgrade()


@pytest.mark.parametrize("disturb", [delete_one_pod, kill_one_pod, drain_its_nodes, restart, change_image])
def test_no_admission_fails_during_rollouts(
    release: Release, load: Load, disturb: Callable[[Release], None]
) -> None:
    """Readiness ends before the process does, and what was on its way is served in the meantime."""
    before = {pod["metadata"]["uid"] for pod in release.pods()}

    with load:
        disturb(release)
        release.wait_for_rollout()
        wait_for_the_gone(release)

    assert load.failures == []
    assert load.created > 0
    assert {pod["metadata"]["uid"] for pod in release.pods()} != before


def wait_for_the_gone(release: Release) -> None:
    """Wait until no pod drains any more."""
    kept = [f"metadata.name!={pod['metadata']['name']}" for pod in release.pods()]
    release.kubectl(
        "wait",
        "pods",
        "--for=delete",
        "-l",
        release.selector,
        f"--field-selector={','.join(kept)}",
        DRAIN_SECONDS,
    )
