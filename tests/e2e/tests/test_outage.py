"""During an outage of all pods only the creation of runs is blocked."""

import re
import time
from collections.abc import Iterator

import pytest

from arkrun_crd.names import API_VERSION, RUN_PLURAL, TEAM_KIND, TEAM_PLURAL
from e2e.cluster import Cluster
from e2e.release import Release
from support.builders.objects import run, team
from support.cluster.resources import Resource, spec_bytes

pytestmark = pytest.mark.node

COLLECTED_SECONDS = 60.0


@pytest.fixture
def outage(cluster: Cluster, namespace: str, release: Release) -> Iterator[str]:
    """Create a team and finished runs, then remove both pods; return the namespace."""
    release.wait_for_rollout()
    teams, runs = (Resource(cluster.api, namespace, plural) for plural in (TEAM_PLURAL, RUN_PLURAL))
    owner = teams.create(team()).json()["metadata"]
    for name in ("labelled", "deleted", "owned"):
        body = run(name)
        if name == "owned":
            reference = {"apiVersion": API_VERSION, "kind": TEAM_KIND, "name": "blog", "uid": owner["uid"]}
            body["metadata"]["ownerReferences"] = [reference]
        assert runs.create(body).status == 201
        for phase in ("Running", "Succeeded"):
            assert runs.patch(name, {"status": {"phase": phase}}, suffix="/status").status == 200
    scale(release, 0)
    yield namespace
    scale(release, 2)


def scale(release: Release, replicas: int) -> None:
    """Scale the Deployment, and wait until the pods are ready or deleted."""
    release.kubectl("scale", f"deployment/{release.fullname}", f"--replicas={replicas}")
    if replicas:
        release.wait_for_rollout()
    else:
        release.kubectl("wait", "pods", "--for=delete", "-l", release.selector, "--timeout=120s")


def test_an_outage_of_all_pods_blocks_only_creation(cluster: Cluster, release: Release, outage: str) -> None:
    """The error of a create names the Service; labelling, deletion and garbage collection still work."""
    runs = Resource(cluster.api, outage, RUN_PLURAL)
    before = spec_bytes(runs.get("labelled"))

    refused = runs.create(run("new"))
    assert refused.status == 500
    assert re.sub(r"/[0-9a-f]{32}/", "/TOKEN/", refused.message) == (
        'Internal error occurred: failed calling webhook "mutate.arkruns.arkonis.dev": '
        "failed to call webhook: "
        f'Post "https://{release.fullname}.{release.namespace}.svc:443/TOKEN/mutate/arkruns?timeout=5s": '
        f'no endpoints available for service "{release.fullname}"'
    )

    assert runs.patch("labelled", {"metadata": {"labels": {"kept": "yes"}}}).status == 200
    assert runs.patch("labelled", {"metadata": {"finalizers": ["arkonis.dev/hold"]}}).status == 200
    assert runs.patch("labelled", {"metadata": {"finalizers": None}}).status == 200
    assert runs.patch("labelled", {"spec": {"maxTokens": 1}}).status == 422
    assert spec_bytes(runs.get("labelled")) == before
    assert runs.delete("deleted").status == 200
    assert Resource(cluster.api, outage, TEAM_PLURAL).delete("blog").status == 200
    wait_until_collected(runs, "owned")
    assert runs.get("labelled").status == 200

    cluster.kubectl("-n", outage, "create", "configmap", "other")
    cluster.kubectl("-n", outage, "create", "serviceaccount", "other")
    cluster.kubectl(
        "-n", outage, "create", "deployment", "other", "--image=none.invalid/none", "--replicas=0"
    )
    cluster.kubectl("-n", outage, "create", "role", "other", "--verb=get", "--resource=pods")


def wait_until_collected(runs: Resource, name: str) -> None:
    """Wait until the garbage collector has deleted the run."""
    deadline = time.monotonic() + COLLECTED_SECONDS
    while runs.get(name).status != 404:
        assert time.monotonic() < deadline, runs.get(name).body
        time.sleep(0.2)
