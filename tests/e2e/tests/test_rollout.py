"""No admission fails while pods are replaced and runs are created continuously."""

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
# Old pods are still draining when the rollout is complete.
DRAIN_SECONDS = "--timeout=120s"


@pytest.fixture
def load(cluster: Cluster, namespace: str, release: Release) -> Load:
    """Return a load of clients that create runs continuously."""
    release.wait_for_rollout()
    assert Resource(cluster.api, namespace, TEAM_PLURAL).create(team()).status == 201
    return Load(lambda: cluster.api, namespace, CLIENTS)


def delete_one_pod(release: Release) -> None:
    """Delete a pod gracefully."""
    release.kubectl("delete", "pod", release.pods()[0]["metadata"]["name"], "--wait=true", DRAIN_SECONDS)


def kill_one_pod(release: Release) -> None:
    """Delete a pod without a grace period: SIGKILL follows within two seconds."""
    release.kubectl("delete", "pod", release.pods()[0]["metadata"]["name"], "--grace-period=0", "--force")


def drain_its_nodes(release: Release) -> None:
    """Drain the nodes with our pods one after another, evicting only our pods."""
    for node in sorted({pod["spec"]["nodeName"] for pod in release.pods()}):
        try:
            release.cluster.kubectl(
                "drain", node, f"--pod-selector={release.selector}", "--ignore-daemonsets", DRAIN_SECONDS
            )
        finally:
            release.cluster.kubectl("uncordon", node)
        release.wait_for_rollout()


def restart(release: Release) -> None:
    """Replace every pod, with the same image."""
    release.kubectl("rollout", "restart", f"deployment/{release.fullname}")


def change_image(release: Release) -> None:
    """Replace every pod by one with another image, and back."""
    if not release.cluster.next_image:
        pytest.skip("NEXT_IMAGE is not set, so there is no image to change to")
    release.upgrade(image(release.cluster.next_image))
    release.upgrade()


@pytest.mark.parametrize("disturb", [delete_one_pod, kill_one_pod, drain_its_nodes, restart, change_image])
def test_no_admission_fails_during_rollouts(
    release: Release, load: Load, disturb: Callable[[Release], None]
) -> None:
    """A pod becomes unready before its process exits, and requests in flight are served in the meantime."""
    before = {pod["metadata"]["uid"] for pod in release.pods()}

    with load:
        disturb(release)
        release.wait_for_rollout()
        wait_for_drained_pods(release)

    assert load.failures == []
    assert load.created > 0
    assert {pod["metadata"]["uid"] for pod in release.pods()} != before


def wait_for_drained_pods(release: Release) -> None:
    """Wait until the replaced pods are deleted."""
    current = [f"metadata.name!={pod['metadata']['name']}" for pod in release.pods()]
    release.kubectl(
        "wait",
        "pods",
        "--for=delete",
        "-l",
        release.selector,
        f"--field-selector={','.join(current)}",
        DRAIN_SECONDS,
    )
