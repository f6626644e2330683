"""The history on real pods: one of two leads, and the other takes over."""

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
def keeping(release: Release) -> Iterator[Release]:
    """Turn the history on for a test."""
    release.upgrade({"history": {"enabled": True, "leaseSeconds": LEASE_SECONDS}})
    yield release
    release.upgrade({})


class Runs:
    """Runs of one team that keeps the last Succeeded one."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self._runs = Resource(cluster.api, namespace, RUN_PLURAL)
        self._teams = Resource(cluster.api, namespace, TEAM_PLURAL)
        document = team()
        document["spec"] = {**document["spec"], "successfulRunsHistoryLimit": 1}
        assert self._teams.create(document).status == 201

    def succeed(self, name: str) -> None:
        """Create a run and bring it to its end."""
        assert self._runs.create(run(name)).status == 201
        for phase in ("Running", "Succeeded"):
            answer = self._runs.patch(name, {"status": {"phase": phase}}, suffix="/status")
            assert answer.status == 200, answer.body

    def left(self) -> set[str]:
        """Return the names of the runs with the label of their team."""
        items: list[dict[str, Any]] = self._runs.get("").json()["items"]
        assert {each["metadata"]["labels"][TEAM_LABEL] for each in items} <= {"blog"}
        return {each["metadata"]["name"] for each in items}

    def last(self) -> object:
        """Read what the team says of its last run."""
        return self._teams.get("blog").json().get("status", {}).get("lastRunName")


def test_one_of_two_pods_leads_and_the_other_takes_over(
    cluster: Cluster, namespace: str, keeping: Release
) -> None:
    """Restricted, ready, with the chart's rights; when the working pod is gone, the other goes on."""
    runs = Runs(cluster, namespace)
    name = f"{keeping.fullname}-history"
    keeping.kubectl("rollout", "status", f"deployment/{name}", f"--timeout={SECONDS:.0f}s")
    runs.succeed("a-1")
    runs.succeed("a-2")
    wait_for(lambda: runs.left() == {"a-2"}, SECONDS)
    wait_for(lambda: runs.last() == "a-2", SECONDS)
    leader = keeping.kubectl("get", "lease", name, HOLDER)

    keeping.kubectl("delete", "pod", leader.partition("_")[0], "--grace-period=0", "--force")
    runs.succeed("a-3")

    wait_for(lambda: runs.left() == {"a-3"}, SECONDS)
    assert keeping.kubectl("get", "lease", name, HOLDER) != leader
