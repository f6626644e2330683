"""History beside a living cluster: what changes is kept in order within moments."""

from functools import partial

import pytest

from controlplane import ControlPlane
from historian import Starter, next_second, wait_for
from history_records import Records

pytestmark = pytest.mark.cluster


def test_the_last_run_is_told_as_it_goes(history: Starter, records: Records) -> None:
    """LastRunName and lastRunPhase follow the newest run; without runs they go."""
    records.team()
    with history():
        records.run("run-1", "Pending")
        wait_for(lambda: records.last() == ("run-1", "Pending"))
        records.phase("run-1", "Running")
        wait_for(lambda: records.last() == ("run-1", "Running"))
        records.phase("run-1", "Succeeded")
        wait_for(lambda: records.last() == ("run-1", "Succeeded"))
        records.runs.delete("run-1")
        wait_for(lambda: records.last() == (None, None))


def test_an_old_run_goes_when_a_new_one_ends(history: Starter, records: Records) -> None:
    """The oldest beyond the limit goes, the team is told, and nothing else is touched."""
    records.team(successfulRunsHistoryLimit=1, failedRunsHistoryLimit=1)
    records.run("old")
    records.run("failed", "Failed", ago=600)
    before = records.runs.get("failed").json()
    next_second()
    with history() as replica:
        records.run("new", "Running")
        wait_for(lambda: records.last()[1] == "Running")
        assert records.names() == {"old", "failed", "new"}

        records.phase("new", "Succeeded")

        wait_for(lambda: records.names() == {"failed", "new"})
        wait_for(lambda: len(records.events()) == 1)
        assert replica.metric('arkrun_history_deleted_runs_total{reason="successfulRunsHistoryLimit"}') == 1
    assert records.runs.get("failed").json() == before
    assert records.events() == [
        ("Normal", "RunsDeleted", "deleted 1 runs: 1 by successfulRunsHistoryLimit", 1)
    ]


def test_a_change_costs_its_own_team_alone(history: Starter, records: Records) -> None:
    """Nothing is listed again, and no other team is looked at."""
    teams = [f"team-{number}" for number in range(8)]
    for name in teams:
        records.team(name, successfulRunsHistoryLimit=1)
        records.run(f"{name}-old", team=name)
    looked = "arkrun_history_team_duration_seconds_count"
    with history() as replica:
        wait_for(lambda: all(records.last(name)[0] for name in teams))
        wait_for(lambda: replica.metric("arkrun_history_waiting_teams") == 0)
        before = replica.metric(looked)

        records.run("team-3-new", ago=1, team="team-3")

        wait_for(lambda: "team-3-old" not in records.names())
        wait_for(lambda: records.last("team-3") == ("team-3-new", "Succeeded"))
        # At most one look for each of its writes and of ours: three phases, a deletion, three statuses.
        assert replica.metric(looked) - before <= 7
        assert replica.metric('arkrun_history_lists_total{resource="arkruns"}') == 1
        assert replica.metric('arkrun_history_lists_total{resource="arkteams"}') == 1


def test_a_run_that_comes_of_age_goes_by_itself(history: Starter, records: Records) -> None:
    """No event tells of it; a changed policy counts at once."""
    records.team(runRetainFor="24h")
    records.run("old", ago=86400 - 6)
    records.run("young")
    with history():
        wait_for(lambda: records.names() == {"young"})
        records.teams.patch("blog", {"spec": {"runRetainFor": "10s"}})
        wait_for(lambda: records.names() == set())


def test_what_is_said_again_is_counted(history: Starter, records: Records) -> None:
    """The same sentence is one event with a series."""
    records.team(successfulRunsHistoryLimit=0)
    with history():
        for name in ("a", "b", "c"):
            records.run(name)
            wait_for(lambda: records.names() == set())
        note = "deleted 1 runs: 1 by successfulRunsHistoryLimit"
        wait_for(lambda: records.events() == [("Normal", "RunsDeleted", note, 3)])


def test_an_unreadable_duration_is_told_and_deletes_nothing(history: Starter, records: Records) -> None:
    """The limits by number hold all the same; twice told is counted, not repeated."""
    records.team(runRetainFor="-1h", failedRunsHistoryLimit=0)
    records.run("ancient", ago=900 * 86400)
    records.run("failed", "Failed")
    for _ in range(2):
        with history() as replica:
            wait_for(lambda: records.names() == {"ancient"})
            wait_for(partial(replica.shows, "arkrun_history_unreadable_policies", 1))

    note = (
        'runRetainFor "-1h" is no duration: write 168h, 1h30m or 7d; '
        "until then no run is deleted because of it"
    )
    assert records.events()[1:] == [("Warning", "HistoryPolicyUnreadable", note, 2)]


def test_runs_of_a_deleted_team(history: Starter, records: Records) -> None:
    """They follow the settings, but only once the team has been missing for a while."""
    for name, ago in (("a", 3), ("b", 2), ("c", 1)):
        records.run(name, ago=ago, team="gone")
    records.run("going", "Running", team="gone")
    with history(orphan_successful_limit=1, orphan_grace_seconds=6) as replica:
        wait_for(lambda: replica.metric("arkrun_history_waiting_teams") == 1)
        assert records.names() == {"a", "b", "c", "going"}
        wait_for(lambda: records.names() == {"c", "going"})


def test_a_team_that_comes_back_keeps_its_own_policy(history: Starter, records: Records) -> None:
    """`kubectl replace --force` deletes and creates: in between nothing is judged by other limits."""
    records.team(successfulRunsHistoryLimit=3)
    for name, ago in (("a", 3), ("b", 2), ("c", 1)):
        records.run(name, ago=ago)
    with history(orphan_successful_limit=0, orphan_grace_seconds=30):
        wait_for(lambda: records.last()[0] == "c")
        records.teams.delete("blog")
        records.team(successfulRunsHistoryLimit=3)
        wait_for(lambda: records.last()[0] == "c")
        assert records.names() == {"a", "b", "c"}


def test_a_dry_run_only_reports(history: Starter, records: Records, control_plane: ControlPlane) -> None:
    """It logs what would go, and writes nothing: no status, no event, no Lease."""
    records.team(successfulRunsHistoryLimit=1)
    records.run("old", ago=2)
    records.run("new", ago=1)
    replica = history(dry_run=True, once=True)

    assert replica.finish() == 0

    said = [(each["event"], each.get("run"), each.get("reason")) for each in replica.said]
    assert ("would delete", f"{records.namespace}/old", "successfulRunsHistoryLimit") in said
    assert ("would set last run", "new", None) in said
    assert (records.names(), records.last(), records.events()) == ({"old", "new"}, (None, None), [])
    leases = control_plane.kubectl("get", "lease", "-n", records.namespace, "-o", "name").stdout
    assert leases == ""


def test_a_finalizer_is_waited_for(history: Starter, records: Records) -> None:
    """A run that somebody holds is asked to go once, and is not counted meanwhile."""
    records.team(successfulRunsHistoryLimit=1)
    records.run("held", ago=2)
    held = {"metadata": {"finalizers": ["arkonis.dev/run-cleanup"]}}
    assert records.runs.patch("held", held).status == 200
    with history() as replica:
        records.run("new", ago=1)
        wait_for(lambda: "deletionTimestamp" in records.runs.get("held").json()["metadata"])
        records.run("newer", ago=0)
        wait_for(lambda: "new" not in records.names())
        assert records.names() == {"held", "newer"}
        assert replica.metric('arkrun_history_deleted_runs_total{reason="successfulRunsHistoryLimit"}') == 2
