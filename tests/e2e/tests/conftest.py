"""The cluster of KUBECONFIG, and releases that are uninstalled after the tests."""

import uuid
from collections.abc import Iterator

import pytest

from arkrun_crd.names import GROUP
from e2e.cluster import Cluster
from e2e.release import Release


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """Use the cluster of $KUBECONFIG; without it or without $IMAGE, the error explains both."""
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")
    progress = print if reporter is None else reporter.write_line
    with Cluster.from_environment(progress) as cluster:
        yield cluster


@pytest.fixture
def namespace(cluster: Cluster) -> Iterator[str]:
    """Create a namespace for runs, and check that its deletion does not hang."""
    name = f"runs-{uuid.uuid4().hex[:8]}"
    cluster.kubectl("create", "namespace", name)
    yield name
    cluster.kubectl("delete", "namespace", name, "--ignore-not-found", "--timeout=90s")


@pytest.fixture(scope="module")
def release(cluster: Cluster) -> Iterator[Release]:
    """Install the working tree's chart with its defaults."""
    release = Release(cluster)
    # Another test's release may have left its CRDs.
    crds = cluster.kubectl("get", "crd", "-o", "name").split()
    (release.take_over if any(name.endswith(GROUP) for name in crds) else release.install)()
    yield release
    release.uninstall()
    cluster.kubectl("delete", "namespace", release.namespace, "--timeout=60s")
