"""Kills, interruptions, two leaders, wrong clocks: exactly the expired runs are deleted."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from arkrun_history.cluster.clock import ServerClock
from arkrun_history.cluster.recorder import Recorder
from arkrun_history.cluster.resources import RUNS
from arkrun_history.errors import LeaseLostError
from arkrun_history.policy.limits import Limits
from arkrun_history.reflector.reflector import Reflector
from arkrun_history.reflector.store import RunStore
from arkrun_history.reflector.table import Key
from arkrun_history.retention.reconciler import Reconciler
from arkrun_kube import connect
from controlplane import ControlPlane
from history.builders import DAY
from soak.history.population import Population, names, retained
from support.history.process import HistoryProcess, StartHistory
from support.history.records import Records
from support.polling import wait_for
from support.repository import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.cluster]

DELETED_BY_LIMIT = 'arkrun_history_deleted_runs_total{reason="successfulRunsHistoryLimit"}'


def expected_names(population: Population) -> set[str]:
    """Return the names of the runs that must be retained."""
    return retained(population.teams(), population.runs(), datetime.now(UTC))


@pytest.fixture
def population(records: Records) -> Population:
    """Create six teams with three different limits, and 120 runs."""
    population = Population(records.control_plane, records.namespace, teams=6, runs=120)
    population.create()
    return population


def test_one_pass_retains_exactly_the_runs_of_the_reference_page(
    history: StartHistory, population: Population
) -> None:
    """A second pass finds nothing to do."""
    expected = expected_names(population)
    for _ in range(2):
        assert history(once=True).finish() == 0
        assert names(population.runs()) == expected


def test_two_leaders_at_once_delete_nothing_more(history: StartHistory, population: Population) -> None:
    """With two Leases, both work, as when an operator prunes by the same rule."""
    expected = expected_names(population)

    with history(lease_name="first") as first, history(lease_name="second") as second:
        wait_for(lambda: names(population.runs()) == expected)
        assert first.running
        assert second.running


def test_the_standby_completes_the_work_of_a_killed_leader(
    history: StartHistory, population: Population
) -> None:
    """The leader is killed between two deletions."""
    expected, before = expected_names(population), len(population.runs())
    with history() as leader:
        wait_for(leader.is_leading)
        with history() as standby:
            wait_for(lambda: len(population.runs()) < before)
            leader.kill()
            assert expected <= names(population.runs())
            wait_for(lambda: names(population.runs()) == expected)
            wait_for(standby.is_leading)


def test_sigterm_releases_the_lease(history: StartHistory, records: Records) -> None:
    """The next replica leads at once instead of waiting for an hour."""
    with history(lease_seconds=3600) as leader:
        wait_for(leader.is_leading)
        leader.signal(signal.SIGTERM)
        wait_for(lambda: not leader.running)

        with history(lease_seconds=3) as successor:
            wait_for(successor.is_leading)
    assert leader.logged[-1]["event"] == "stopped"
    assert records.run_names() == set()


def test_a_leader_that_was_suspended_beyond_its_lease_deletes_nothing(
    history: StartHistory, records: Records
) -> None:
    """When it resumes, another replica leads."""
    records.create_team(successfulRunsHistoryLimit=1)
    with history() as suspended:
        wait_for(suspended.is_leading)
        with history() as successor:
            suspended.signal(signal.SIGSTOP)
            wait_for(successor.is_leading)
            suspended.signal(signal.SIGCONT)
            records.create_run("old", ago=2)
            records.create_run("new", ago=1)
            wait_for(lambda: records.run_names() == {"new"})
            wait_for(lambda: suspended.has_metric("arkrun_history_leading", 0))
            assert successor.metric(DELETED_BY_LIMIT) == 1
            assert "deleted" not in {line["event"] for line in suspended.logged}


@pytest.fixture
def own_control_plane() -> Iterator[ControlPlane]:
    """Start a control plane that the test may stop."""
    with ControlPlane() as control_plane:
        control_plane.apply_crds(ROOT / "crd-gen" / "crds")
        yield control_plane


def test_history_resumes_after_a_restart_of_the_api_server(
    own_control_plane: ControlPlane, tmp_path: Path
) -> None:
    """It is not ready meanwhile; afterwards it also copes with the operator's printer columns."""
    records = Records(own_control_plane, "default")
    records.create_team(successfulRunsHistoryLimit=2)
    for name, ago in (("a", 30), ("b", 20), ("c", 10)):
        records.create_run(name, ago=ago)
    with HistoryProcess(own_control_plane, tmp_path / "replica", lease_seconds=3) as replica:
        wait_for(lambda: records.run_names() == {"b", "c"})
        own_control_plane.stop_apiserver()
        wait_for(lambda: replica.get("/readyz")[0] == 503)
        own_control_plane.start_apiserver()
        records.create_run("d", ago=1)
        wait_for(lambda: records.run_names() == {"c", "d"})
        wait_for(lambda: replica.get("/readyz")[0] == 200)

        use_printer_columns_of_the_operator(own_control_plane)
        # Created last and completed first, which the operator's columns do not show.
        records.create_run("e", ago=600)
        wait_for(lambda: "e" not in records.run_names())
        assert records.run_names() == {"c", "d"}


def use_printer_columns_of_the_operator(control_plane: ControlPlane) -> None:
    """Patch the CRD of ArkRun to columns without a completion time."""
    columns = (
        '[{"name": "Team", "type": "string", "jsonPath": ".spec.teamRef"},'
        ' {"name": "Phase", "type": "string", "jsonPath": ".status.phase"}]'
    )
    path = "/spec/versions/0/additionalPrinterColumns"
    patch = f'[{{"op": "replace", "path": "{path}", "value": {columns}}}]'
    crd = "customresourcedefinition/arkruns.arkonis.dev"
    control_plane.kubectl("patch", crd, "--type=json", "-p", patch)


class InProcess:
    """A reconciler in this process, whose clock and Lease the test controls."""

    def __init__(self, records: Records, limits: Limits, clock: ServerClock | None = None) -> None:
        self.lease_seconds = float("inf")
        self._records = records
        self._limits = limits
        self._clock = clock or ServerClock()
        self._store = RunStore()

    async def reconcile(self, *, change_after_list: str = "") -> None:
        """List the runs, change one of them if named, then reconcile the team `blog`."""
        kubeconfig = str(self._records.control_plane.kubeconfig)
        namespace = self._records.namespace
        async with connect(kubeconfig=kubeconfig, on_response=self._clock.observe) as client:
            affected: set[Key] = set()
            await Reflector(client, RUNS.path(namespace), self._store, affected.update).list()
            if change_after_list:
                label = {"metadata": {"labels": {"changed": "yes"}}}
                await asyncio.to_thread(self._records.runs.patch, change_after_list, label)
            reconciler = Reconciler(
                client,
                self._store,
                self._clock,
                recorder=Recorder(client, "test"),
                lease_remaining=lambda: self.lease_seconds,
                orphan_limits=self._limits,
                orphan_grace=0,
                dry_run=False,
            )
            await reconciler.reconcile((namespace, "blog"))


@pytest.mark.parametrize("days", [-3, 3])
async def test_ages_count_by_the_clock_of_the_api_server(records: Records, days: int) -> None:
    """This machine's clock is three days behind or ahead."""
    records.create_run("young")
    records.create_run("old", ago=DAY + 60)
    clock = ServerClock(lambda: time.time() + days * DAY)

    await InProcess(records, Limits(9, 9, DAY), clock).reconcile()

    assert records.run_names() == {"young"}


async def test_a_run_that_changed_after_the_decision_is_not_deleted(records: Records) -> None:
    """The change may be a retry, so the run is decided about again."""
    records.create_run("old")
    history = InProcess(records, Limits(0, 0, None))

    await history.reconcile(change_after_list="old")
    assert records.run_names() == {"old"}

    await history.reconcile()
    assert records.run_names() == set()


async def test_nothing_is_deleted_without_the_lease(records: Records) -> None:
    """The Lease is checked before each deletion."""
    records.create_run("old")
    history = InProcess(records, Limits(0, 0, None))
    history.lease_seconds = 0.0

    with pytest.raises(LeaseLostError) as raised:
        await history.reconcile()

    run = f"{records.namespace}/old"
    assert str(raised.value) == f"arkrun {run} not deleted: this replica no longer holds the Lease"
    assert records.run_names() == {"old"}


async def test_an_expired_resource_version_leads_to_a_new_list(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The API server answers the watch with 410 Gone, as after a long interruption."""
    records.create_run("old")
    async with connect(kubeconfig=str(records.control_plane.kubeconfig)) as client:
        pages = client.pages

        async def outdated_pages(path: str, **options: Any) -> AsyncIterator[Any]:
            monkeypatch.undo()
            async for table in pages(path, **options):
                table.metadata.resource_version = "1"
                yield table

        monkeypatch.setattr(client, "pages", outdated_pages)
        changes: asyncio.Queue[set[Key]] = asyncio.Queue()
        reflector = Reflector(client, RUNS.path(records.namespace), RunStore(), changes.put_nowait)
        reflecting = asyncio.create_task(reflector.run())
        try:
            async with asyncio.timeout(30):
                assert await changes.get() == {(records.namespace, "blog")}
                # The second list changes nothing; an event of the watch would name the team.
                assert await changes.get() == set()
        finally:
            reflecting.cancel()
