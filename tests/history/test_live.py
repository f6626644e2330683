"""History on a live cluster: changes lead to the right deletions and status within moments."""

from functools import partial

import pytest

from controlplane import ControlPlane
from support.history.process import StartHistory
from support.history.records import Records
from support.polling import next_second, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.cluster]

DELETED_BY_LIMIT = 'arkrun_history_deleted_runs_total{reason="successfulRunsHistoryLimit"}'


def test_the_status_of_a_team_follows_its_newest_run(history: StartHistory, records: Records) -> None:
    """LastRunName and lastRunPhase change with the run, and are removed with the last run."""
    records.create_team()
    with history():
        records.create_run("run-1", "Pending")
        wait_for(lambda: records.last_run() == ("run-1", "Pending"))
        records.set_phase("run-1", "Running")
        wait_for(lambda: records.last_run() == ("run-1", "Running"))
        records.set_phase("run-1", "Succeeded")
        wait_for(lambda: records.last_run() == ("run-1", "Succeeded"))
        records.runs.delete("run-1")
        wait_for(lambda: records.last_run() == (None, None))


def test_the_oldest_run_is_deleted_when_a_new_one_exceeds_the_limit(
    history: StartHistory, records: Records
) -> None:
    """An event on the team reports it, and no other run changes."""
    records.create_team(successfulRunsHistoryLimit=1, failedRunsHistoryLimit=1)
    records.create_run("old")
    records.create_run("failed", "Failed", ago=600)
    before = records.runs.get("failed").json()
    next_second()
    with history() as replica:
        records.create_run("new", "Running")
        wait_for(lambda: records.last_run()[1] == "Running")
        assert records.run_names() == {"old", "failed", "new"}

        records.set_phase("new", "Succeeded")

        wait_for(lambda: records.run_names() == {"failed", "new"})
        wait_for(lambda: len(records.events()) == 1)
        assert replica.metric(DELETED_BY_LIMIT) == 1
    assert records.runs.get("failed").json() == before
    assert records.events() == [
        ("Normal", "RunsDeleted", "deleted 1 runs: 1 by successfulRunsHistoryLimit", 1)
    ]


def test_a_change_reconciles_only_its_own_team(history: StartHistory, records: Records) -> None:
    """No other team is reconciled, and nothing is listed again."""
    teams = [f"team-{number}" for number in range(8)]
    for name in teams:
        records.create_team(name, successfulRunsHistoryLimit=1)
        records.create_run(f"{name}-old", team=name)
    reconciliations = "arkrun_history_team_duration_seconds_count"
    with history() as replica:
        wait_for(lambda: all(records.last_run(name)[0] for name in teams))
        wait_for(lambda: replica.metric("arkrun_history_waiting_teams") == 0)
        before = replica.metric(reconciliations)

        records.create_run("team-3-new", ago=1, team="team-3")

        wait_for(lambda: "team-3-old" not in records.run_names())
        wait_for(lambda: records.last_run("team-3") == ("team-3-new", "Succeeded"))
        # At most one for each write: three phases, a deletion, three statuses.
        assert replica.metric(reconciliations) - before <= 7
        assert replica.metric('arkrun_history_lists_total{resource="arkruns"}') == 1
        assert replica.metric('arkrun_history_lists_total{resource="arkteams"}') == 1


def test_a_run_is_deleted_when_it_reaches_the_maximum_age(history: StartHistory, records: Records) -> None:
    """No watch event triggers it; a new runRetainFor applies at once."""
    records.create_team(runRetainFor="24h")
    records.create_run("old", ago=86400 - 6)
    records.create_run("young")
    with history():
        wait_for(lambda: records.run_names() == {"young"})
        records.teams.patch("blog", {"spec": {"runRetainFor": "10s"}})
        wait_for(lambda: records.run_names() == set())


def test_repeated_events_are_one_series(history: StartHistory, records: Records) -> None:
    """Three deletions with the same note are one event with a count of three."""
    records.create_team(successfulRunsHistoryLimit=0)
    with history():
        for name in ("a", "b", "c"):
            records.create_run(name)
            wait_for(lambda: records.run_names() == set())
        note = "deleted 1 runs: 1 by successfulRunsHistoryLimit"
        wait_for(lambda: records.events() == [("Normal", "RunsDeleted", note, 3)])


def test_an_invalid_duration_is_reported_and_deletes_nothing(history: StartHistory, records: Records) -> None:
    """The other limits still apply, and a restarted replica continues the series of the event."""
    records.create_team(runRetainFor="-1h", failedRunsHistoryLimit=0)
    records.create_run("ancient", ago=900 * 86400)
    records.create_run("failed", "Failed")

    for _ in range(2):
        with history() as replica:
            wait_for(lambda: records.run_names() == {"ancient"})
            wait_for(partial(replica.has_metric, "arkrun_history_unreadable_policies", 1))

    note = (
        'runRetainFor: invalid duration "-1h": write 168h, 1h30m or 7d; '
        "no run is deleted by this limit until it is corrected"
    )
    assert records.events()[1:] == [("Warning", "HistoryPolicyUnreadable", note, 2)]


def test_runs_of_a_deleted_team_are_subject_to_the_orphan_limits(
    history: StartHistory, records: Records
) -> None:
    """They apply once the team has been missing for the grace period."""
    for name, ago in (("a", 3), ("b", 2), ("c", 1)):
        records.create_run(name, ago=ago, team="deleted")
    records.create_run("running", "Running", team="deleted")
    with history(orphan_successful_limit=1, orphan_grace_seconds=6) as replica:
        wait_for(lambda: replica.metric("arkrun_history_waiting_teams") == 1)
        assert records.run_names() == {"a", "b", "c", "running"}
        wait_for(lambda: records.run_names() == {"c", "running"})


def test_a_recreated_team_is_not_subject_to_the_orphan_limits(
    history: StartHistory, records: Records
) -> None:
    """`kubectl replace --force` deletes and recreates a team within the grace period."""
    records.create_team(successfulRunsHistoryLimit=3)
    for name, ago in (("a", 3), ("b", 2), ("c", 1)):
        records.create_run(name, ago=ago)
    with history(orphan_successful_limit=0, orphan_grace_seconds=30):
        wait_for(lambda: records.last_run()[0] == "c")
        records.teams.delete("blog")
        records.create_team(successfulRunsHistoryLimit=3)
        wait_for(lambda: records.last_run()[0] == "c")
        assert records.run_names() == {"a", "b", "c"}


def test_a_dry_run_logs_what_it_would_do(
    history: StartHistory, records: Records, control_plane: ControlPlane
) -> None:
    """It writes nothing: no deletion, no status, no event, no Lease."""
    records.create_team(successfulRunsHistoryLimit=1)
    records.create_run("old", ago=2)
    records.create_run("new", ago=1)
    replica = history(dry_run=True, once=True)

    assert replica.finish() == 0

    logged = [(line["event"], line.get("run"), line.get("reason")) for line in replica.logged]
    assert ("would delete", f"{records.namespace}/old", "successfulRunsHistoryLimit") in logged
    assert ("would set last run", "new", None) in logged
    assert (records.run_names(), records.last_run(), records.events()) == ({"old", "new"}, (None, None), [])
    leases = control_plane.kubectl("get", "lease", "-n", records.namespace, "-o", "name").stdout
    assert leases == ""


def test_a_run_with_a_finalizer_is_deleted_once(history: StartHistory, records: Records) -> None:
    """While it is being deleted, it does not count towards the limit."""
    records.create_team(successfulRunsHistoryLimit=1)
    records.create_run("held", ago=2)
    finalizer = {"metadata": {"finalizers": ["arkonis.dev/run-cleanup"]}}
    assert records.runs.patch("held", finalizer).status == 200
    with history() as replica:
        records.create_run("new", ago=1)
        wait_for(lambda: "deletionTimestamp" in records.runs.get("held").json()["metadata"])
        records.create_run("newer", ago=0)
        wait_for(lambda: "new" not in records.run_names())
        assert records.run_names() == {"held", "newer"}
        assert replica.metric(DELETED_BY_LIMIT) == 2
