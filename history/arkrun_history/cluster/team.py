"""The part of an ArkTeam that history reads and writes."""

from __future__ import annotations

import msgspec

from arkrun_history.cluster.resources import TEAMS
from arkrun_history.policy.limits import HistorySpec
from arkrun_history.reflector.table import Key, Metadata, Run
from arkrun_kube import Client, NotFoundError


class LastRun(msgspec.Struct, frozen=True, rename={"name": "lastRunName", "phase": "lastRunPhase"}):
    """The last run in a team's status; None where the status has no such field."""

    name: str | None = None
    phase: str | None = None

    @classmethod
    def of(cls, run: Run | None) -> LastRun:
        """Build the status of a team whose last run is `run`."""
        return cls() if run is None else cls(run.name, run.phase)


class Team(msgspec.Struct):
    """The fields of an ArkTeam that history uses."""

    metadata: Metadata
    spec: HistorySpec = msgspec.field(default_factory=HistorySpec)
    status: LastRun = msgspec.field(default_factory=LastRun)


async def read_team(client: Client, key: Key) -> Team | None:
    """Read a team with a quorum read; return None if it does not exist. Raises KubeError."""
    try:
        return await client.get(TEAMS.path(*key), model=Team)
    except NotFoundError:
        return None


async def write_last_run(client: Client, team: Team, last_run: LastRun) -> LastRun:
    """Patch the team's last run and return it as stored. Raises KubeError.

    The patch carries the team's uid: a team that was deleted and recreated is a ConflictError.
    """
    status = {"lastRunName": last_run.name, "lastRunPhase": last_run.phase}
    path = TEAMS.path(team.metadata.namespace, team.metadata.name, "status")
    stored = await client.merge(path, {"metadata": {"uid": team.metadata.uid}, "status": status})
    return msgspec.convert(stored, Team).status
