"""Stores of runs and teams; each change returns the keys of the teams that it affects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from arkrun_history.errors import TableError
from arkrun_history.reflector.table import Key, Row, Run, RunColumns

T = TypeVar("T")

TeamVersion = tuple[Key, str]
"""A team's key and resourceVersion."""


class Store(Protocol[T]):
    """The objects of one kind; each change returns the keys of the teams that it affects."""

    def set_columns(self, names: Sequence[str]) -> None:
        """Set the columns of the rows that follow; raises TableError if a required one is missing."""

    def parse(self, row: Row) -> T:
        """Parse an object; raises TableError before `set_columns`."""

    def upsert(self, item: T, /) -> set[Key]:
        """Add or update an object."""

    def delete(self, item: T, /) -> set[Key]:
        """Remove an object."""

    def replace(self, items: Iterable[T], /) -> set[Key]:
        """Replace all objects by those of a complete list."""


class RunStore:
    """All runs, indexed by team."""

    def __init__(self) -> None:
        self._by_team: dict[Key, dict[str, Run]] = {}
        self._team_of: dict[str, Key] = {}
        self._columns: RunColumns | None = None

    def __len__(self) -> int:
        return len(self._team_of)

    def of_team(self, team: Key) -> list[Run]:
        """Return a team's runs."""
        return list(self._by_team.get(team, {}).values())

    def find(self, uid: str) -> Run | None:
        """Return a run by its uid."""
        team = self._team_of.get(uid)
        return None if team is None else self._by_team[team][uid]

    def set_columns(self, names: Sequence[str]) -> None:
        """Set the columns of the rows that follow; raises TableError if Phase is missing."""
        try:
            self._columns = RunColumns(names)
        except ValueError:
            raise TableError(f"the ArkRun CRD has no printer column Phase, only {', '.join(names)}") from None

    def parse(self, row: Row) -> Run:
        """Parse a run; raises TableError before `set_columns`."""
        if self._columns is None:
            raise TableError("the API server sent a Table of ArkRuns without column definitions")
        return self._columns.parse(row)

    def upsert(self, run: Run) -> set[Key]:
        """Add or update a run; one that changes its team affects both teams."""
        affected = {run.team}
        previous_team = self._team_of.get(run.uid)
        if previous_team is not None and previous_team != run.team:
            affected |= self.delete(run)
        self._team_of[run.uid] = run.team
        self._by_team.setdefault(run.team, {})[run.uid] = run
        return affected

    def delete(self, run: Run) -> set[Key]:
        """Remove a run; affects nothing if it is unknown."""
        team = self._team_of.pop(run.uid, None)
        if team is None:
            return set()
        self._by_team[team].pop(run.uid, None)
        if not self._by_team[team]:
            del self._by_team[team]
        return {team}

    def replace(self, runs: Iterable[Run]) -> set[Key]:
        """Replace all runs; affects the teams of added, changed and removed ones."""
        previous = {run.uid: run for team in self._by_team.values() for run in team.values()}
        affected: set[Key] = set()
        for run in runs:
            old = previous.pop(run.uid, None)
            if old is None or old.resource_version != run.resource_version:
                affected |= self.upsert(run)
        for removed in previous.values():
            affected |= self.delete(removed)
        return affected


class TeamStore:
    """The resourceVersion of each team; the reconciler reads the team itself."""

    def __init__(self) -> None:
        self._versions: dict[Key, str] = {}

    def __len__(self) -> int:
        return len(self._versions)

    def set_columns(self, names: Sequence[str]) -> None:
        """Ignore the columns: none of a team's is used."""

    def parse(self, row: Row) -> TeamVersion:
        """Return a team's key and resourceVersion."""
        metadata = row.object.metadata
        return metadata.key, metadata.resource_version

    def upsert(self, team: TeamVersion) -> set[Key]:
        """Add or update a team."""
        key, version = team
        self._versions[key] = version
        return {key}

    def delete(self, team: TeamVersion) -> set[Key]:
        """Remove a team."""
        self._versions.pop(team[0], None)
        return {team[0]}

    def replace(self, teams: Iterable[TeamVersion]) -> set[Key]:
        """Replace all teams; affects added, changed and removed ones."""
        old, self._versions = self._versions, dict(teams)
        return {key for key in old.keys() | self._versions.keys() if old.get(key) != self._versions.get(key)}
