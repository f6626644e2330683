"""The cluster that KUBECONFIG names, and releases that are gone after their test."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.cluster import Cluster
from e2e.release import Release

HOW = (
    "These tests install the chart on a cluster: run them by `make e2e` (a cluster of its own, needs root), "
    "or by `make e2e KUBECONFIG=… IMAGE=repository:tag` on a cluster of yours that can pull the image."
)


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """Use the cluster of $KUBECONFIG; without one, or without an image, say how it is meant."""
    kubeconfig, image = os.environ.get("KUBECONFIG"), os.environ.get("IMAGE")
    if not kubeconfig or not image:
        raise pytest.UsageError(HOW)
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")
    progress = print if reporter is None else reporter.write_line
    next_image = os.environ.get("NEXT_IMAGE", "")
    with Cluster(Path(kubeconfig), image=image, next_image=next_image, progress=progress) as found:
        yield found


@pytest.fixture
def namespace(cluster: Cluster) -> Iterator[str]:
    """Give each test a namespace for its runs, which must not be stuck when it is deleted."""
    name = f"runs-{uuid.uuid4().hex[:8]}"
    cluster.kubectl("create", "namespace", name)
    yield name
    cluster.kubectl("delete", "namespace", name, "--ignore-not-found", "--timeout=90s")


@pytest.fixture(scope="module")
def release(cluster: Cluster) -> Iterator[Release]:
    """Install the working tree's chart with its defaults, for all tests of a module."""
    release = Release(cluster)
    release.install()
    yield release
    release.uninstall()
    cluster.kubectl("delete", "namespace", release.namespace, "--timeout=60s")
