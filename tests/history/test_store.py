"""The stores of runs and teams, filled from Tables of the API server."""

import msgspec
import pytest

from arkrun_history.errors import TableError
from arkrun_history.reflector.store import RunStore, TeamStore
from arkrun_history.reflector.table import Row, Run, RunColumns, Table
from history.builders import TEAM, stored_run

COLUMNS = ["Name", "Team", "Phase", "Tokens", "Started", "Completed", "Age"]
OTHER = ("my-org", "other")
THIRD = ("my-org", "third")
FOURTH = ("my-org", "fourth")


def row(*cells: object, **metadata: object) -> Row:
    """Build a row of a Table."""
    defaults = {
        "name": "a",
        "namespace": "my-org",
        "uid": "u",
        "resourceVersion": "7",
        "creationTimestamp": "2026-03-17T10:00:00Z",
        "labels": {"arkonis.dev/team": "blog", "more": "x"},
        "managedFields": [{"manager": "x"}],
    }
    table = {"metadata": {}, "rows": [{"cells": cells, "object": {"metadata": {**defaults, **metadata}}}]}
    rows = msgspec.convert(table, Table).rows
    assert rows is not None
    return rows[0]


def test_a_row_of_our_crd_holds_the_whole_run() -> None:
    """The column Completed holds completionTime."""
    cells = ("a", "blog", "Succeeded", 6160, "5m", "2026-03-17T10:00:45Z", "5m")

    assert RunColumns(COLUMNS).parse(row(*cells)) == Run(
        name="a",
        uid="u",
        resource_version="7",
        team=("my-org", "blog"),
        phase="Succeeded",
        created_at=1773741600.0,
        completed_at=1773741645.0,
        completion_known=True,
        deleting=False,
    )


def test_a_row_of_the_operators_crd_lacks_the_completion_time() -> None:
    """The operator's CRD has no column Completed, so the reconciler reads the run when needed."""
    run = RunColumns(["Name", "Team", "Phase", "Tokens", "Started"]).parse(
        row("a", "blog", "Failed", None, "5m", deletionTimestamp="2026-03-17T10:00:00Z")
    )

    assert (run.completed_at, run.completion_known, run.deleting) == (None, False, True)


@pytest.mark.parametrize(
    ("labels", "team"), [({"arkonis.dev/team": "label"}, "label"), ({}, "ref"), (None, "ref")]
)
def test_a_run_without_the_team_label_belongs_to_its_team_ref(
    labels: dict[str, str] | None, team: str
) -> None:
    """Runs created before the webhook was installed have no label."""
    run = RunColumns(COLUMNS).parse(row("a", "ref", None, None, None, None, "5m", labels=labels))

    assert (run.team, run.phase) == (("my-org", team), "Pending")


@pytest.mark.parametrize("text", ["soon", "", 7, None])
def test_with_a_malformed_completion_time_the_creation_time_counts(text: object) -> None:
    """Another CRD may allow any value."""
    run = RunColumns(COLUMNS).parse(row("a", "blog", "Failed", None, None, text, "5m"))

    assert run.finished_at == run.created_at


def test_a_table_without_the_phase_column_is_refused() -> None:
    """Another CRD may have any columns, and without a phase no run can be retained or deleted."""
    with pytest.raises(TableError) as raised:
        RunStore().set_columns(["Name", "Age"])

    assert str(raised.value) == "the ArkRun CRD has no printer column Phase, only Name, Age"


def test_a_change_affects_the_team_of_the_run() -> None:
    """A run that moves to another team affects both."""
    runs = RunStore()

    assert runs.upsert(stored_run("a")) == {TEAM}
    assert runs.upsert(stored_run("a", team=OTHER)) == {TEAM, OTHER}
    assert (runs.of_team(TEAM), len(runs.of_team(OTHER)), len(runs)) == ([], 1, 1)
    assert runs.delete(stored_run("a")) == {OTHER}
    assert runs.delete(stored_run("a")) == set()


def test_a_new_list_of_runs_affects_the_teams_that_differ() -> None:
    """Added, changed and removed runs; a team without such runs is not affected."""
    runs = RunStore()
    runs.replace([stored_run("same"), stored_run("changed", team=OTHER), stored_run("removed", team=THIRD)])

    affected = runs.replace(
        [
            stored_run("same"),
            stored_run("changed", team=OTHER, resource_version="2"),
            stored_run("added", team=FOURTH),
        ]
    )

    assert affected == {OTHER, THIRD, FOURTH}
    assert len(runs) == 3


def test_a_new_list_of_teams_affects_those_that_differ() -> None:
    """Teams are compared by resourceVersion."""
    teams = TeamStore()
    assert teams.replace([(TEAM, "1"), (OTHER, "1")]) == {TEAM, OTHER}

    assert teams.replace([(TEAM, "1")]) == {OTHER}
    assert teams.upsert((TEAM, "2")) == {TEAM}
    assert teams.delete((TEAM, "2")) == {TEAM}
    assert len(teams) == 0
