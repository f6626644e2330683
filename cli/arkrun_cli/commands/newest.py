"""--last: the newest run of a team or of the namespace."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from arkrun_cli.cluster import RUNS, Cluster, team_selector
from arkrun_cli.errors import BadInputError, NoRunError
from arkrun_kube import METADATA_LIST


class Metadata(msgspec.Struct):
    """What tells runs apart, and which is newer."""

    name: str
    created: str | None = msgspec.field(default=None, name="creationTimestamp")


class RunMetadata(msgspec.Struct):
    """One run, without spec and status."""

    metadata: Metadata


class RunList(msgspec.Struct):
    """A list of runs."""

    items: list[RunMetadata] | None = None


def check_run_argument(run: str | None, *, last: bool) -> None:
    """Raise BadInputError unless a run is named or --last is given."""
    if not run and not last:
        raise BadInputError("expected RUN, the name of a run; or --last [TEAM], for the newest one")


async def resolve_run(cluster: Cluster, run: str | None, *, last: bool) -> str:
    """Return the run's name, or with `last` the newest run's of the team `run`. Raises what they raise."""
    return await newest_run(cluster, run or "") if last else run or ""


async def newest_run(cluster: Cluster, team: str, selector: str = "") -> str:
    """Return the name of a team's newest run, of the namespace's without a team.

    `selector` is a field selector. Raises NoRunError and KubeError.
    """
    return select_newest(await list_runs(cluster, team, selector), team, cluster.namespace)


async def list_runs(cluster: Cluster, team: str, selector: str = "") -> list[Metadata]:
    """List the runs of a team, or of the namespace without a team."""
    query = {"labelSelector": team_selector(team)} if team else {}
    query |= {"fieldSelector": selector} if selector else {}
    path = RUNS.path(cluster.namespace)
    runs = await cluster.client.list_all(path, model=RunList, accept=METADATA_LIST, query=query)
    return [run.metadata for run in runs.items or ()]


def select_newest(runs: Sequence[Metadata], team: str, namespace: str) -> str:
    """Return the name of the newest run. Raises NoRunError if there is no single one.

    Creation times have whole seconds, so two runs may be equally new.
    """
    whose = f"arkteam {team}" if team else f"namespace {namespace}"
    if not runs:
        where = f" in namespace {namespace}" if team else ""
        raise NoRunError(f"{whose} has no runs{where}: start one with ark trigger {team or 'TEAM'}")
    newest = max(run.created or "" for run in runs)
    names = sorted(run.name for run in runs if (run.created or "") == newest)
    if len(names) > 1:
        raise NoRunError(f"{len(names)} runs of {whose} are equally new: name one of {', '.join(names)}")
    return names[0]
