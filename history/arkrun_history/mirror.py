"""What is known of the cluster's runs and teams; who changed is handed on as keys of teams."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from arkrun_history.errors import TableError
from arkrun_history.table import Key, Row, Run, RunColumns


class Runs:
    """All runs, by team."""

    def __init__(self) -> None:
        self._teams: dict[Key, dict[str, Run]] = {}
        self._home: dict[str, Key] = {}
        self._columns: RunColumns | None = None

    def __len__(self) -> int:
        return len(self._home)

    def of(self, team: Key) -> list[Run]:
        """Give a team's runs."""
        return list(self._teams.get(team, {}).values())

    def columns(self, names: Sequence[str]) -> None:
        """Learn where the Tables have what; a TableError when a phase is not among it."""
        try:
            self._columns = RunColumns(names)
        except ValueError:
            raise TableError(f"the ArkRun CRD has no printer column Phase, only {', '.join(names)}") from None

    def read(self, row: Row) -> Run:
        """Make a run of a row."""
        if self._columns is None:
            raise TableError("a Table of ArkRuns came without columns")
        return self._columns.run(row)

    def put(self, run: Run) -> set[Key]:
        """Take a run's present state; gives the teams that it touches."""
        touched = {run.team}
        before = self._home.get(run.uid)
        if before is not None and before != run.team:
            touched |= self.drop(run)
        self._home[run.uid] = run.team
        self._teams.setdefault(run.team, {})[run.uid] = run
        return touched

    def drop(self, run: Run) -> set[Key]:
        """Forget a run that is gone."""
        team = self._home.pop(run.uid, None)
        if team is None:
            return set()
        self._teams[team].pop(run.uid, None)
        if not self._teams[team]:
            del self._teams[team]
        return {team}

    def replace(self, runs: Iterable[Run]) -> set[Key]:
        """Take a whole list; gives the teams in which anything differs."""
        old = {run.uid: run for team in self._teams.values() for run in team.values()}
        touched: set[Key] = set()
        for run in runs:
            before = old.pop(run.uid, None)
            if before is None or before.version != run.version:
                touched |= self.put(run)
        for gone in old.values():
            touched |= self.drop(gone)
        return touched


class Teams:
    """Which teams there are, and in which version; what they say is read when it is needed."""

    def __init__(self) -> None:
        self._versions: dict[Key, str] = {}

    def __len__(self) -> int:
        return len(self._versions)

    def columns(self, names: Sequence[str]) -> None:
        """Nothing of a team's columns is used."""

    def read(self, row: Row) -> tuple[Key, str]:
        """Give key and version."""
        metadata = row.object.metadata
        return metadata.key, metadata.resource_version

    def put(self, team: tuple[Key, str]) -> set[Key]:
        """Take a team's present version."""
        key, version = team
        self._versions[key] = version
        return {key}

    def drop(self, team: tuple[Key, str]) -> set[Key]:
        """Forget a team that is gone."""
        self._versions.pop(team[0], None)
        return {team[0]}

    def replace(self, teams: Iterable[tuple[Key, str]]) -> set[Key]:
        """Take a whole list; gives the teams that differ."""
        old, self._versions = self._versions, dict(teams)
        return {key for key in old.keys() | self._versions.keys() if old.get(key) != self._versions.get(key)}
