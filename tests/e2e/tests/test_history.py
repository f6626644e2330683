"""The history on real pods: one of two pods leads, and the other takes over."""

from collections.abc import Iterator
from typing import Any

import pytest

from arkrun_crd.names import RUN_PLURAL, TEAM_LABEL, TEAM_PLURAL
from e2e.cluster import Cluster
from e2e.release import Release
from support.builders.objects import run, team
from support.cluster.resources import Resource
from support.polling import wait_for

pytestmark = pytest.mark.node

SECONDS = 120.0
LEASE_SECONDS = 5
HOLDER = "-o=jsonpath={.spec.holderIdentity}"


@pytest.fixture
def with_history(release: Release) -> Iterator[Release]:
    """Enable the history for a test."""
    release.upgrade({"history": {"enabled": True, "leaseSeconds": LEASE_SECONDS}})
    yield release
    release.upgrade({})


class Runs:
    """Runs of a team that retains only the last Succeeded one."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self._runs = Resource(cluster.api, namespace, RUN_PLURAL)
        self._teams = Resource(cluster.api, namespace, TEAM_PLURAL)
        document = team()
        document["spec"] = {**document["spec"], "successfulRunsHistoryLimit": 1}
        assert self._teams.create(document).status == 201

    def succeed(self, name: str) -> None:
        """Create a run and set it to Running and Succeeded."""
        assert self._runs.create(run(name)).status == 201
        for phase in ("Running", "Succeeded"):
            answer = self._runs.patch(name, {"status": {"phase": phase}}, suffix="/status")
            assert answer.status == 200, answer.body

    def names(self) -> set[str]:
        """Return the names of the runs, and check their team label."""
        items: list[dict[str, Any]] = self._runs.get("").json()["items"]
        assert {each["metadata"]["labels"][TEAM_LABEL] for each in items} <= {"blog"}
        return {each["metadata"]["name"] for each in items}

    def last_run_name(self) -> object:
        """Return status.lastRunName of the team."""
        return self._teams.get("blog").json().get("status", {}).get("lastRunName")


def test_one_of_two_pods_leads_and_the_other_takes_over(
    cluster: Cluster, namespace: str, with_history: Release
) -> None:
    """After the leader is killed, the other pod continues with the chart's permissions."""
    runs = Runs(cluster, namespace)
    name = f"{with_history.fullname}-history"
    with_history.kubectl("rollout", "status", f"deployment/{name}", f"--timeout={SECONDS:.0f}s")
    runs.succeed("a-1")
    runs.succeed("a-2")
    wait_for(lambda: runs.names() == {"a-2"}, SECONDS)
    wait_for(lambda: runs.last_run_name() == "a-2", SECONDS)
    leader = with_history.kubectl("get", "lease", name, HOLDER)

    with_history.kubectl("delete", "pod", leader.partition("_")[0], "--grace-period=0", "--force")
    runs.succeed("a-3")

    wait_for(lambda: runs.names() == {"a-3"}, SECONDS)
    assert with_history.kubectl("get", "lease", name, HOLDER) != leader
