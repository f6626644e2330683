"""Killed, cut off, started twice, with a wrong clock: nothing goes that should live, all goes that should."""

import asyncio
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from arkrun_crd.names import RUN_PLURAL
from arkrun_history.clock import ServerClock
from arkrun_history.events import Events
from arkrun_history.follow import Follower
from arkrun_history.keeper import Keeper
from arkrun_history.mirror import Runs
from arkrun_history.policy import Policy
from arkrun_history.resources import RUNS
from arkrun_history.table import Key
from arkrun_kube import connect
from builders_history import DAY
from controlplane import ControlPlane
from historian import Historian, Starter, wait_for
from history_records import Records
from soak_history.population import Population, left, names

pytestmark = pytest.mark.cluster

ROOT = Path(__file__).resolve().parent.parent.parent


def expected(population: Population) -> set[str]:
    """Say what must be left, from whole objects."""
    return left(population.teams(), population.runs(), datetime.now(UTC))


@pytest.fixture
def populated(records: Records) -> Population:
    """Create six teams of three policies, with 120 runs."""
    population = Population(records.control_plane, records.namespace, teams=6, runs=120)
    population.create()
    return population


def test_one_pass_leaves_exactly_what_the_page_says(history: Starter, populated: Population) -> None:
    """Also the second pass, which has nothing to do."""
    wanted = expected(populated)
    for _ in range(2):
        assert history(once=True).finish() == 0
        assert names(populated.runs()) == wanted


def test_two_that_work_at_once_do_no_harm(history: Starter, populated: Population) -> None:
    """Two Leases: as if an operator pruned too, by the same rule."""
    wanted = expected(populated)

    with history(lease_name="one") as one, history(lease_name="other") as other:
        wait_for(lambda: names(populated.runs()) == wanted)
        assert one.running
        assert other.running


def test_the_leader_is_killed_in_the_middle(history: Starter, populated: Population) -> None:
    """The standby ends the work; what it does not see twice it does not delete twice."""
    wanted, before = expected(populated), len(populated.runs())
    with history() as leader:
        wait_for(lambda: leader.metric("arkrun_history_leading") == 1)
        with history() as standby:
            wait_for(lambda: len(populated.runs()) < before)
            leader.kill()
            assert wanted <= names(populated.runs())
            wait_for(lambda: names(populated.runs()) == wanted)
            wait_for(lambda: standby.metric("arkrun_history_leading") == 1)


def test_a_leader_that_is_told_to_end_hands_over(history: Starter, records: Records) -> None:
    """SIGTERM: the Lease is given back, so nobody waits for it to run out."""
    with history(lease_seconds=3600) as leader:
        wait_for(lambda: leader.metric("arkrun_history_leading") == 1)
        leader.signal(signal.SIGTERM)
        wait_for(lambda: not leader.running)

        with history(lease_seconds=3) as other:
            wait_for(lambda: other.metric("arkrun_history_leading") == 1)
    assert leader.said[-1]["event"] == "stopped"
    assert records.names() == set()


def test_a_leader_that_slept_leads_no_more(history: Starter, records: Records) -> None:
    """A stopped process cannot notice that its time is over; when it wakes it acts no more."""
    records.team(successfulRunsHistoryLimit=1)
    with history() as sleeper:
        wait_for(lambda: sleeper.shows("arkrun_history_leading", 1))
        with history() as other:
            sleeper.signal(signal.SIGSTOP)
            wait_for(lambda: other.shows("arkrun_history_leading", 1))
            sleeper.signal(signal.SIGCONT)
            records.run("old", ago=2)
            records.run("new", ago=1)
            wait_for(lambda: records.names() == {"new"})
            wait_for(lambda: sleeper.shows("arkrun_history_leading", 0))
            deleted = 'arkrun_history_deleted_runs_total{reason="successfulRunsHistoryLimit"}'
            assert (other.metric(deleted), "deleted" in {each["event"] for each in sleeper.said}) == (
                1,
                False,
            )


@pytest.fixture
def own_control_plane() -> Iterator[ControlPlane]:
    """Start a control plane that the test may stop."""
    with ControlPlane() as control_plane:
        control_plane.apply_crds(ROOT / "crd-gen" / "crds")
        yield control_plane


def test_the_api_server_comes_back(own_control_plane: ControlPlane, tmp_path: Path) -> None:
    """A restart costs no run; what has changed is seen, also under the operator's own columns."""
    records = Records(own_control_plane, "default")
    records.team(successfulRunsHistoryLimit=2)
    for name, ago in (("a", 30), ("b", 20), ("c", 10)):
        records.run(name, ago=ago)
    with Historian(own_control_plane, tmp_path / "replica", lease_seconds=3) as replica:
        wait_for(lambda: records.names() == {"b", "c"})
        own_control_plane.stop_apiserver()
        wait_for(lambda: replica.ask("/readyz")[0] == 503)
        own_control_plane.start_apiserver()
        records.run("d", ago=1)
        wait_for(lambda: records.names() == {"c", "d"})
        wait_for(lambda: replica.ask("/readyz")[0] == 200)

        crd = "customresourcedefinition/arkruns.arkonis.dev"
        path = "/spec/versions/0/additionalPrinterColumns"
        columns = (
            '[{"name": "Team", "type": "string", "jsonPath": ".spec.teamRef"},'
            ' {"name": "Phase", "type": "string", "jsonPath": ".status.phase"}]'
        )
        patch = f'[{{"op": "replace", "path": "{path}", "value": {columns}}}]'
        own_control_plane.kubectl("patch", crd, "--type=json", "-p", patch)
        # Ended before all others, though created last: only its own status says so.
        records.run("e", ago=600)
        wait_for(lambda: "e" not in records.names())
        assert records.names() == {"c", "d"}


class Judge:
    """A keeper in this process, whose view and clock the test may spoil."""

    def __init__(self, records: Records, clock: ServerClock, policy: Policy) -> None:
        self.runs = Runs()
        self._records = records
        self._clock = clock
        self._policy = policy
        self.lease = float("inf")

    async def tend(self, *, spoil: bool = False) -> None:
        """List, and then tend the team; `spoil` changes a run in between."""
        kubeconfig = str(self._records.control_plane.kubeconfig)
        async with connect(kubeconfig=kubeconfig, on_response=self._clock.hear) as client:
            seen: set[Key] = set()
            await Follower(client, RUNS.path(self._records.namespace), self.runs, seen.update).list()
            if spoil:
                label = {"metadata": {"labels": {"touched": "yes"}}}
                await asyncio.to_thread(self._records.runs.patch, "old", label)
            keeper = Keeper(
                client,
                self.runs,
                self._clock,
                events=Events(client, "test"),
                left=lambda: self.lease,
                orphans=self._policy,
                grace=0,
                dry_run=False,
            )
            await keeper.tend((self._records.namespace, "blog"))


@pytest.mark.parametrize("days", [-3, 3])
async def test_a_wrong_clock_deletes_nothing(records: Records, days: int) -> None:
    """This machine may be days away: the API server's clock counts."""
    records.run("young")
    records.run("old", ago=DAY + 60)

    await Judge(records, ServerClock(lambda: time.time() + days * DAY), Policy(9, 9, DAY)).tend()

    assert records.names() == {"young"}


async def test_a_run_that_has_changed_is_not_deleted(records: Records) -> None:
    """Whatever has happened to it since we looked: it may have been retried."""
    records.run("old")
    judge = Judge(records, ServerClock(), Policy(0, 0, None))

    await judge.tend(spoil=True)
    assert records.names() == {"old"}

    await judge.tend()
    assert records.names() == set()


async def test_without_the_lease_nothing_is_deleted(records: Records) -> None:
    """It is asked for before each single deletion."""
    records.run("old")
    judge = Judge(records, ServerClock(), Policy(0, 0, None))
    judge.lease = 0.0

    with pytest.raises(Exception, match=r"old not deleted: the Lease is no longer ours$"):
        await judge.tend()

    assert records.names() == {"old"}


async def test_a_version_that_is_compacted_away_is_listed_anew(records: Records) -> None:
    """410 Gone: what was missed comes with the new list."""
    records.run("old")
    async with connect(kubeconfig=str(records.control_plane.kubeconfig)) as client:
        runs = Runs()
        path = RUNS.path(records.namespace)
        follower = Follower(client, path, runs, lambda _: None)
        follower._version = "1"
        following = asyncio.create_task(follower.run())
        try:
            async with asyncio.timeout(30):
                await follower.synced.wait()
        finally:
            following.cancel()
    assert [run.name for run in runs.of((records.namespace, "blog"))] == ["old"]
    assert path.endswith(f"/{RUN_PLURAL}")
