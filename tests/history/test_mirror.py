"""What is known of runs, read from the Tables that a real API server sends."""

import msgspec
import pytest

from arkrun_history.errors import TableError
from arkrun_history.mirror import Runs, Teams
from arkrun_history.table import Row, Run, RunColumns, Table
from builders_history import TEAM, kept

COLUMNS = ["Name", "Team", "Phase", "Tokens", "Started", "Completed", "Age"]
OTHER = ("my-org", "other")


def row(*cells: object, **metadata: object) -> Row:
    """Build a row; only what history reads of it matters."""
    given = {
        "name": "a",
        "namespace": "my-org",
        "uid": "u",
        "resourceVersion": "7",
        "creationTimestamp": "2026-03-17T10:00:00Z",
        "labels": {"arkonis.dev/team": "blog", "more": "x"},
        "managedFields": [{"manager": "x"}],
        **metadata,
    }
    table = {"metadata": {}, "rows": [{"cells": cells, "object": {"metadata": given}}]}
    rows = msgspec.convert(table, Table).rows
    assert rows is not None
    return rows[0]


def test_a_row_of_our_crd() -> None:
    """All of it without the object."""
    cells = ("a", "blog", "Succeeded", 6160, "5m", "2026-03-17T10:00:45Z", "5m")

    assert RunColumns(COLUMNS).run(row(*cells)) == Run(
        name="a",
        uid="u",
        version="7",
        team=("my-org", "blog"),
        phase="Succeeded",
        created=1773741600.0,
        ended=1773741645.0,
        complete=True,
        going=False,
    )


def test_a_row_of_the_operators_crd() -> None:
    """The reference's four columns have no end: it must be read when it is needed."""
    found = RunColumns(["Name", "Team", "Phase", "Tokens", "Started"]).run(
        row("a", "blog", "Failed", None, "5m", deletionTimestamp="2026-03-17T10:00:00Z")
    )

    assert (found.ended, found.complete, found.going) == (None, False, True)


@pytest.mark.parametrize(
    ("labels", "team"), [({"arkonis.dev/team": "label"}, "label"), ({}, "ref"), (None, "ref")]
)
def test_a_run_without_label_belongs_to_its_team_ref(labels: dict[str, str] | None, team: str) -> None:
    """As it was made before anybody stamped it."""
    found = RunColumns(COLUMNS).run(row("a", "ref", None, None, None, None, "5m", labels=labels))

    assert (found.team, found.phase) == (("my-org", team), "Pending")


@pytest.mark.parametrize("text", ["soon", "", 7, None])
def test_an_end_that_makes_no_sense_is_none(text: object) -> None:
    """Then creationTimestamp counts."""
    found = RunColumns(COLUMNS).run(row("a", "blog", "Failed", None, None, text, "5m"))

    assert found.since == found.created


def test_without_phases_nothing_is_judged() -> None:
    """Somebody else's CRD may have any columns."""
    with pytest.raises(TableError) as raised:
        Runs().columns(["Name", "Age"])

    assert str(raised.value) == "the ArkRun CRD has no printer column Phase, only Name, Age"


def test_each_change_names_the_teams_it_touches() -> None:
    """A run that moves touches both."""
    runs = Runs()

    assert runs.put(kept("a")) == {TEAM}
    assert runs.put(kept("a", team=OTHER)) == {TEAM, OTHER}
    assert (runs.of(TEAM), len(runs.of(OTHER)), len(runs)) == ([], 1, 1)
    assert runs.drop(kept("a")) == {OTHER}
    assert runs.drop(kept("a")) == set()


def test_a_new_list_touches_what_differs() -> None:
    """Runs that came, went or changed; the rest costs nothing."""
    runs = Runs()
    runs.replace([kept("same"), kept("changed", team=OTHER), kept("gone", team=("my-org", "third"))])

    touched = runs.replace(
        [kept("same"), kept("changed", team=OTHER, version="2"), kept("new", team=("my-org", "fourth"))]
    )

    assert touched == {OTHER, ("my-org", "third"), ("my-org", "fourth")}
    assert len(runs) == 3


def test_teams_are_known_by_version() -> None:
    """A list touches those that came, went or changed."""
    teams = Teams()
    assert teams.replace([(TEAM, "1"), (OTHER, "1")]) == {TEAM, OTHER}

    assert teams.replace([(TEAM, "1")]) == {OTHER}
    assert teams.put((TEAM, "2")) == {TEAM}
    assert teams.drop((TEAM, "2")) == {TEAM}
    assert len(teams) == 0
