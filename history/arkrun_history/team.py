"""A team as history sees it."""

from __future__ import annotations

import msgspec

from arkrun_history.policy import TeamSpec
from arkrun_history.resources import TEAMS
from arkrun_history.table import Key, Metadata, Run
from arkrun_kube import Client, NotFoundError


class Last(msgspec.Struct, frozen=True, rename="camel"):
    """What the status says of the last run; None where it says nothing."""

    last_run_name: str | None = None
    last_run_phase: str | None = None

    @classmethod
    def of(cls, run: Run | None) -> Last:
        """Describe a run."""
        return cls() if run is None else cls(run.name, run.phase)


class Team(msgspec.Struct):
    """The few fields of an ArkTeam that matter here."""

    metadata: Metadata
    spec: TeamSpec = msgspec.field(default_factory=TeamSpec)
    status: Last = msgspec.field(default_factory=Last)


async def read_team(client: Client, key: Key) -> Team | None:
    """Read a team by quorum; None when there is none. Raises KubeError."""
    try:
        return await client.get(TEAMS.path(*key), model=Team)
    except NotFoundError:
        return None


async def write_last(client: Client, team: Team, last: Last) -> Last:
    """Write the team's last run, and only that; gives what the API server has made of it.

    A ConflictError when the team is another by now.
    """
    status = {"lastRunName": last.last_run_name, "lastRunPhase": last.last_run_phase}
    path = TEAMS.path(team.metadata.namespace, team.metadata.name, "status")
    answer = await client.merge(path, {"metadata": {"uid": team.metadata.uid}, "status": status})
    return msgspec.convert(answer, Team).status
