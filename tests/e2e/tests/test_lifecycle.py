"""Upgrade, rollback, uninstallation and reinstallation with existing runs, with Helm 3 and Helm 4."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from arkrun_crd.names import RUN_PLURAL, TEAM_LABEL, TEAM_PLURAL
from e2e.cluster import Cluster
from e2e.leftovers import leftovers, wait_until_only
from e2e.release import OLD_CHART, Helm, Release
from soak.certs.load import Load
from support.builders.objects import run, team
from support.cluster.resources import Resource, spec_bytes

pytestmark = pytest.mark.node

CREATING_CLIENTS = 1
STAMPED_SECONDS = 60.0


@dataclass(frozen=True)
class Variant:
    """Helm versions of installation and upgrade, names and values."""

    old: Helm
    new: Helm
    name: str
    namespace: str
    values: dict[str, object]


VARIANTS = {
    "helm 4": Variant("helm", "helm", "arkrun", "arkrun-system", {}),
    "helm 3": Variant(
        "helm3", "helm3", "prod", "records", {"replicaCount": 1, "webhook": {"drainSeconds": 5}}
    ),
    "helm 3, then 4": Variant("helm3", "helm", "x", "ark", {"webhook": {"port": 10250, "timeoutSeconds": 9}}),
}


@pytest.fixture(params=VARIANTS)
def variant(request: pytest.FixtureRequest, cluster: Cluster) -> Iterator[Variant]:
    """Return each variant, and uninstall its release at the end."""
    variant = VARIANTS[request.param]
    yield variant
    Release(cluster, helm=variant.new, name=variant.name, namespace=variant.namespace).uninstall()
    cluster.kubectl("delete", "namespace", variant.namespace, "--ignore-not-found", "--timeout=60s")


def test_runs_survive_upgrade_rollback_and_uninstallation(
    cluster: Cluster, namespace: str, variant: Variant
) -> None:
    """During upgrades no create fails, and afterwards no run has changed or cannot be deleted."""
    runs = Resource(cluster.api, namespace, RUN_PLURAL)
    before = leftovers(cluster)
    old = Release(cluster, helm=variant.old, name=variant.name, namespace=variant.namespace)
    new = Release(cluster, helm=variant.new, name=variant.name, namespace=variant.namespace)

    old.take_over({"webhook": {"drainSeconds": 5}}, chart=OLD_CHART)
    wait_until_stamped(cluster, namespace)
    assert runs.create(run("kept")).status == 201
    stored = spec_bytes(runs.get("kept"))
    with Load(lambda: cluster.api, namespace, CREATING_CLIENTS) as load:
        new.upgrade(variant.values)
        assert spec_bytes(runs.get("kept")) == stored
        new.rollback()
        new.upgrade(variant.values)
    assert load.failures == []
    assert load.created > 0

    new.uninstall()
    wait_until_only(before, cluster)
    assert spec_bytes(runs.get("kept")) == stored
    assert runs.patch("kept", {"spec": {"maxTokens": 1}}).status == 422
    assert runs.patch("kept", {"metadata": {"annotations": {"seen": "yes"}}}).status == 200
    assert runs.patch("kept", {"status": {"phase": "Running"}}, suffix="/status").status == 200
    assert runs.delete("run-0-1").status == 200

    new.install(variant.values)
    assert spec_bytes(runs.get("kept")) == stored
    assert runs.create(run("later")).json()["metadata"]["labels"] == {TEAM_LABEL: "blog"}
    new.uninstall()
    wait_until_only(before, cluster)
    # The namespace still contains runs, and its deletion must not hang without the webhook.
    cluster.kubectl("delete", "namespace", namespace, "--timeout=90s")


def wait_until_stamped(cluster: Cluster, namespace: str) -> None:
    """Create a team and wait until dry runs of it are stamped, because the old chart has no startup check."""
    teams, runs = (Resource(cluster.api, namespace, plural) for plural in (TEAM_PLURAL, RUN_PLURAL))
    deadline = time.monotonic() + STAMPED_SECONDS
    while True:
        teams.create(team())
        answer = runs.create(run("probe"), "?dryRun=All")
        if answer.status == 201 and "labels" in answer.json()["metadata"]:
            return
        assert time.monotonic() < deadline, answer.body
        time.sleep(0.2)
